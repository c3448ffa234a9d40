using NetTools.Measure;
using NetTools.Sockets;

namespace NetTools.OptBench.Results;

/// <summary>One way of setting the option, and what came of it.</summary>
/// <param name="Name"><c>option=value</c>.</param>
/// <param name="Requested">What was asked for; null when nothing was.</param>
/// <param name="Effective">What the kernel reads back; null where there is nothing to read.</param>
/// <param name="Median">Median of the block medians, in the experiment's unit, and its interval.</param>
/// <param name="Samples">Every sample behind it, warm-up left out, in order.</param>
internal sealed record ArmResult(string Name, long? Requested, long? Effective, Estimate Median, IReadOnlyList<double> Samples)
{
    /// <summary>The congestion control of the sending end, or null where it plays no part.</summary>
    public string? Congestion { get; init; }

    /// <summary>TCP_INFO at our end before and after the arm; null where there is no one connection.</summary>
    public (TcpInfo Before, TcpInfo After)? Tcp { get; init; }
}

/// <summary>What was seen where there is nothing to take a median of: a table of words.</summary>
/// <param name="Columns">The headings; in JSON the names of the fields, so lower case with underscores.</param>
/// <param name="Rows">A cell for each column.</param>
internal sealed record FactTable(string[] Columns, IReadOnlyList<string[]> Rows);

/// <summary>Two arms compared, block by block.</summary>
/// <param name="A">The arm compared with.</param>
/// <param name="B">The arm compared.</param>
/// <param name="Median">Median of B - A over the blocks, and its interval.</param>
/// <param name="Verdict">What may be said.</param>
internal sealed record DifferenceResult(string A, string B, Estimate Median, EffectVerdict Verdict);

/// <summary>What an experiment found, complete: the reports only print it.</summary>
/// <param name="Name">The experiment's name on the command line.</param>
/// <param name="Pattern">What was repeated: <c>ping-pong</c>, <c>write-write-read</c>, <c>bulk</c>.</param>
/// <param name="Unit"><c>us</c> or <c>MB/s</c>.</param>
/// <param name="Done">One sentence: what was done.</param>
/// <param name="Arms">The arms, in the order they are printed.</param>
/// <param name="Differences">The comparisons.</param>
internal sealed record ExperimentResult(
    string Name, string Pattern, string Unit, string Done, IReadOnlyList<ArmResult> Arms, IReadOnlyList<DifferenceResult> Differences)
{
    /// <summary>What was seen besides the arms, or instead of them; null for nothing.</summary>
    public FactTable? Facts { get; init; }

    /// <summary>An experiment that this machine or this user cannot do.</summary>
    public static ExperimentResult NotRun(string name, string pattern, string reason) =>
        new(name, pattern, "", $"Not run: {reason}.", [], []);

    /// <summary>What it means, with the numbers in it.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>What the textbook says, where that is not what was seen; empty otherwise.</summary>
    public string Textbook { get; init; } = "";

    /// <summary>The arm of that name.</summary>
    public ArmResult Arm(string name) => Arms.First(arm => arm.Name == name);
}
