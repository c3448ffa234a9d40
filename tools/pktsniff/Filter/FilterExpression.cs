using System.Text;
using NetTools.Os;

namespace NetTools.PktSniff.Filter;

/// <summary>A filter as it was typed, or read from a file.</summary>
/// <param name="Text">In the language of pcap-filter(7); empty takes everything.</param>
/// <param name="File">The file it was read from, or null. What a file holds is never printed.</param>
internal sealed record FilterExpression(string Text, string? File = null)
{
    /// <summary>Whether libpcap optimises it.</summary>
    public bool IsOptimized { get; init; } = true;

    private const int LongestFile = 64 * 1024;

    /// <summary>Takes everything.</summary>
    public static FilterExpression All { get; } = new("");

    /// <summary>True when it takes everything.</summary>
    public bool IsEmpty => Text.Length == 0;

    /// <summary>Reads a filter from a file, of at most 64 KiB. From <c>#</c> to the end of a line is a comment.</summary>
    /// <exception cref="OperationFailedException">It cannot be read, is too long, or is not text.</exception>
    public static FilterExpression ReadFile(string path)
    {
        byte[] bytes = UserFile.Read(path, LongestFile);
        return bytes.AsSpan().Contains((byte)0) ? throw new OperationFailedException($"the filter in {path} is not text")
            : new FilterExpression(WithoutComments(Encoding.UTF8.GetString(bytes)), path);
    }

    /// <summary>The error of a filter that does not compile; of a filter from a file only what does not quote it.</summary>
    /// <param name="why">libpcap's message.</param>
    public OperationFailedException Refused(string why) => File is null
        ? new OperationFailedException($"filter '{Text}': {why}")
        : new OperationFailedException(
            $"filter in {File}: {(why.StartsWith("inbound", StringComparison.Ordinal) ? why : "it does not compile")}",
            "check it with: pktsniff -d \"$(cat FILE)\"");

    private static string WithoutComments(string text)
    {
        StringBuilder kept = new();
        foreach (string line in text.Split('\n'))
        {
            int comment = line.IndexOf('#');
            kept.Append(comment < 0 ? line : line[..comment]).Append(' ');
        }

        return kept.ToString().Trim();
    }
}
