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
    /// <summary>The 95 % interval, whatever level was asked for; null where it is <see cref="Median"/>'s own.</summary>
    public Interval? Usual { get; init; }

    /// <summary>The congestion control of the sending end, or null where it plays no part.</summary>
    public string? Congestion { get; init; }

    /// <summary>
    /// TCP_INFO at our end before and after the arm, of its last connection where each visit has its own; null where TCP plays no part.
    /// </summary>
    public (TcpInfo Before, TcpInfo After)? Tcp { get; init; }

    /// <summary>The same at the far end.</summary>
    public (TcpInfo Before, TcpInfo After)? FarTcp { get; init; }

    /// <summary>True when ours is the end that sends the bytes that are measured.</summary>
    public bool IsSender { get; init; } = true;

    /// <summary>TCP_INFO at the end that sends: the one that knows round trips, windows and retransmits.</summary>
    public (TcpInfo Before, TcpInfo After)? Sender => IsSender ? Tcp : FarTcp;

    /// <summary>What moving bytes cost both ends; null where bytes are not what is measured.</summary>
    public CpuCost? Cost { get; init; }
}

/// <summary>
/// CPU time both ends have used, and the bytes they have moved with it; and the segments the sender had to repeat. Of all visits, the
/// beginning of each included.
/// </summary>
/// <param name="NearNs">Our thread's CPU time, nanoseconds.</param>
/// <param name="NearBytes">What it moved.</param>
/// <param name="FarNs">The server's thread's CPU time.</param>
/// <param name="FarBytes">What it moved.</param>
/// <param name="Retransmits">Segments sent again.</param>
internal readonly record struct CpuCost(long NearNs, long NearBytes, long FarNs, long FarBytes, long Retransmits)
{
    /// <summary>Nanoseconds a byte at our end; 0 when nothing was moved.</summary>
    public double NearNsPerByte => NearBytes > 0 ? (double)NearNs / NearBytes : 0;

    /// <summary>Nanoseconds a byte at the far end.</summary>
    public double FarNsPerByte => FarBytes > 0 ? (double)FarNs / FarBytes : 0;

    /// <summary>Both together.</summary>
    public static CpuCost operator +(CpuCost a, CpuCost b) => new(a.NearNs + b.NearNs, a.NearBytes + b.NearBytes, a.FarNs + b.FarNs,
        a.FarBytes + b.FarBytes, a.Retransmits + b.Retransmits);
}

/// <summary>What was seen where there is nothing to take a median of: a table of words.</summary>
/// <param name="Columns">The headings; in JSON the names of the fields, so lower case with underscores.</param>
/// <param name="Rows">A cell for each column.</param>
internal sealed record FactTable(string[] Columns, IReadOnlyList<string[]> Rows);

/// <summary>Arms that lie along an axis, and what was to be expected there: for a plot.</summary>
/// <param name="Axis">What the axis is, with its unit.</param>
/// <param name="At">Where each arm lies.</param>
/// <param name="Expected">Points of the line on which they should lie.</param>
internal sealed record Curve(string Axis, IReadOnlyList<double> At, IReadOnlyList<(double X, double Y)> Expected);

/// <summary>Two arms compared, block by block.</summary>
/// <param name="A">The arm compared with.</param>
/// <param name="B">The arm compared.</param>
/// <param name="Median">Median of B - A over the blocks, and its interval.</param>
/// <param name="Verdict">What may be said.</param>
internal sealed record DifferenceResult(string A, string B, Estimate Median, EffectVerdict Verdict)
{
    /// <inheritdoc cref="ArmResult.Usual"/>
    public Interval? Usual { get; init; }
}

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

    /// <summary>Where the arms lie along an axis; null when they only stand side by side.</summary>
    public Curve? Curve { get; init; }

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
