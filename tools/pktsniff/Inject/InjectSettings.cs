using NetTools.PktSniff.Inject.Rewrite;
using NetTools.PktSniff.Inject.Split;

namespace NetTools.PktSniff.Inject;

/// <summary>What to send, checked.</summary>
internal sealed record InjectSettings
{
    /// <summary>The interface to send on.</summary>
    public required string Interface { get; init; }

    /// <summary>The second interface and which frames leave by it, or null.</summary>
    public SplitSettings? Split { get; init; }

    /// <summary>Capture files, sent one after the other.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>How many times the recorded pace.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>One frame, or null.</summary>
    public byte[]? Frame { get; init; }

    /// <summary>Frames after which to stop.</summary>
    public long Count { get; init; }

    /// <summary>How often to go through the frames.</summary>
    public long Loop { get; init; }

    /// <summary>Frames per second, or null; without any of the three, the recorded pace.</summary>
    public double? Rate { get; init; }

    /// <summary>Megabits per second, or null.</summary>
    public double? Mbit { get; init; }

    /// <summary>Whether to send as fast as the interface takes frames.</summary>
    public bool TopSpeed { get; init; }

    /// <summary>What to change in the frames, or null.</summary>
    public RewriteSettings? Rewrite { get; init; }

    /// <summary>Whether to go without a sandbox.</summary>
    public bool NoSandbox { get; init; }

    /// <summary>JSON instead of text.</summary>
    public bool Json { get; init; }
}
