using NetTools.Os;
using NetTools.PktSniff.Inject.Rewrite;

namespace NetTools.PktSniff.Inject.Split;

/// <summary>What decides by which of two interfaces a frame leaves.</summary>
internal enum SplitBy
{
    /// <summary>Hosts that open conversations are on one side, those that answer on the other.</summary>
    Client,

    /// <summary>The direction that the file records.</summary>
    Direction,

    /// <summary>The source address.</summary>
    Source,
}

/// <summary>How frames are split between two interfaces, checked.</summary>
internal sealed record SplitSettings
{
    /// <summary>The second interface.</summary>
    public required string Interface { get; init; }

    /// <summary>What decides.</summary>
    public SplitBy By { get; init; }

    /// <summary>With <see cref="SplitBy.Source"/>: IP sources whose frames leave by the first interface.</summary>
    public IReadOnlyList<AddressPrefix> Prefixes { get; init; } = [];

    /// <summary>With <see cref="SplitBy.Source"/>: hardware sources whose frames leave by the first interface.</summary>
    public IReadOnlyList<byte[]> Macs { get; init; } = [];

    /// <summary>Reads <c>client</c>, <c>direction</c>, or IP prefixes and hardware addresses with commas between them.</summary>
    /// <exception cref="OperationFailedException">It is none of them.</exception>
    public static SplitSettings Read(string @interface, string how)
    {
        if (how is "client" or "direction")
        {
            return new() { Interface = @interface, By = how == "client" ? SplitBy.Client : SplitBy.Direction };
        }

        string[] parts = how.Split(',', StringSplitOptions.TrimEntries);
        return new()
        {
            Interface = @interface,
            By = SplitBy.Source,
            Prefixes = [.. parts.Where(part => !IsMac(part)).Select(part => AddressText.ReadPrefix(part, "--split"))],
            Macs = [.. parts.Where(IsMac).Select(part => AddressText.ReadMac(part, "--split"))],
        };
    }

    private static bool IsMac(string text) => text.Split(':', '-').Length == 6 && !text.Contains("::", StringComparison.Ordinal)
        && !text.Contains('/');
}
