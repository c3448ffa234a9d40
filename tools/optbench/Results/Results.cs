using NetTools.Measure;
using NetTools.Sockets;

namespace NetTools.OptBench.Results;

/// <summary>One way of setting the option, and what was measured.</summary>
/// <param name="Name"><c>option=value</c>.</param>
/// <param name="Requested">What was asked for; null when nothing was.</param>
/// <param name="Effective">What the kernel reads back; null where there is nothing to read.</param>
/// <param name="Median">
/// Median of the block medians, in the experiment's unit, and its interval; no interval where the rate was not steady.
/// </param>
/// <param name="Samples">Every sample behind it, warm-up left out, in order.</param>
internal sealed record ArmResult(
    string Name, long? Requested, long? Effective, MedianEstimate Median, IReadOnlyList<double> Samples)
{
    /// <summary>The median of each block.</summary>
    public IReadOnlyList<double> Blocks { get; init; } = [];

    /// <summary>False where the clock had to start before the rate was steady.</summary>
    public bool Steady { get; init; } = true;

    /// <summary>The 95 % interval, also when another level was asked for; null where the blocks carry none.</summary>
    public Interval? Usual { get; init; }

    /// <summary>The congestion control of the sending end; null where it plays no part.</summary>
    public string? Congestion { get; init; }

    /// <summary>TCP_INFO at our end before and after the arm's last visit; null where TCP plays no part.</summary>
    public (TcpInfo Before, TcpInfo After)? Tcp { get; init; }

    /// <summary>The same at the far end; null also where it could not be asked.</summary>
    public (TcpInfo Before, TcpInfo After)? FarTcp { get; init; }

    /// <summary>True when ours is the end that sends the bytes that are measured.</summary>
    public bool IsSender { get; init; } = true;

    /// <summary>TCP_INFO at the end that sends: the one that knows round trips, windows and retransmits.</summary>
    public (TcpInfo Before, TcpInfo After)? Sender => IsSender ? Tcp : FarTcp;

    /// <summary>What moving bytes cost both ends; null where bytes are not what is measured.</summary>
    public CpuCost? Cost { get; init; }
}

/// <summary>
/// CPU time both ends have used and the bytes they have moved with it, and the segments the sender had to repeat. Of all visits,
/// the beginning of each included; of the far end only those after which it was asked.
/// </summary>
/// <param name="NearNs">Our thread's CPU time, nanoseconds.</param>
/// <param name="NearBytes">What it moved.</param>
/// <param name="FarNs">The server's thread's CPU time.</param>
/// <param name="FarBytes">What it moved.</param>
/// <param name="Retransmits">Segments sent again.</param>
internal readonly record struct CpuCost(long NearNs, long NearBytes, long FarNs, long FarBytes, long Retransmits)
{
    /// <summary>Nanoseconds a byte at our end; null when nothing was moved.</summary>
    public double? NearNsPerByte => NearBytes > 0 ? (double)NearNs / NearBytes : null;

    /// <summary>Nanoseconds a byte at the far end; null when it moved nothing or was not asked.</summary>
    public double? FarNsPerByte => FarBytes > 0 ? (double)FarNs / FarBytes : null;

    /// <summary>Both together.</summary>
    public static CpuCost operator +(CpuCost a, CpuCost b) =>
        new(a.NearNs + b.NearNs, a.NearBytes + b.NearBytes, a.FarNs + b.FarNs,
        a.FarBytes + b.FarBytes, a.Retransmits + b.Retransmits);
}

/// <summary>One value of a fact table: a number, a word, or unknown.</summary>
/// <param name="Number">The number; null for a word and for the unknown.</param>
/// <param name="Word">The word; beside a number or the unknown, how people read it.</param>
internal readonly record struct Fact(double? Number, string? Word)
{
    /// <summary>A number, or the unknown.</summary>
    public static implicit operator Fact(long? number) => new(number, null);

    /// <inheritdoc cref="op_Implicit(long?)"/>
    public static implicit operator Fact(long number) => new(number, null);

    /// <inheritdoc cref="op_Implicit(long?)"/>
    public static implicit operator Fact(int number) => new(number, null);

    /// <summary>A word.</summary>
    public static implicit operator Fact(string word) => new(null, word);

    /// <summary>A number that people read in another form: <c>0xb8</c>, <c>0.80</c>, <c>never</c>.</summary>
    public static Fact Shown(double? number, string shown) => new(number, shown) { IsWord = false };

    /// <summary>True for a word that stands for no number.</summary>
    public bool IsWord { get; init; } = Number is null && Word is not null;
}

/// <summary>What was seen where there is nothing to take a median of.</summary>
/// <param name="Columns">The headings; in JSON the names of the fields, so lower case with underscores.</param>
/// <param name="Rows">A value for each column.</param>
internal sealed record FactTable(string[] Columns, IReadOnlyList<Fact[]> Rows);

/// <summary>Arms that lie along an axis, and what was to be expected there: for a plot.</summary>
/// <param name="Axis">What the axis is, with its unit.</param>
/// <param name="At">Where each arm lies.</param>
/// <param name="Expected">Points of the line on which they should lie.</param>
internal sealed record Curve(string Axis, IReadOnlyList<double> At, IReadOnlyList<(double X, double Y)> Expected);

/// <summary>Facts that lie along the time: for a plot.</summary>
/// <param name="Time">The column of the time, seconds.</param>
/// <param name="Latencies">Columns of latencies, microseconds.</param>
/// <param name="Rates">Columns of rates, MB/s.</param>
internal sealed record Timeline(string Time, string[] Latencies, string[] Rates);

/// <summary>Two arms compared, block by block.</summary>
/// <param name="A">The arm compared with.</param>
/// <param name="B">The arm compared.</param>
/// <param name="Median">Median of B - A over the blocks, and its interval.</param>
/// <param name="Verdict">By <see cref="Verdicts"/>.</param>
internal sealed record DifferenceResult(string A, string B, MedianEstimate Median, Verdict Verdict)
{
    /// <inheritdoc cref="ArmResult.Usual"/>
    public Interval? Usual { get; init; }

    /// <summary>Median of B / A - 1; null where A is not positive.</summary>
    public MedianEstimate? Relative { get; init; }

    /// <summary>
    /// What two visits of A in one block differ by, as a part of A; null where there was no time for second visits.
    /// </summary>
    public double? NoiseFloor { get; init; }

    /// <summary>The smallest relative difference worth naming, by which the verdict was given.</summary>
    public double SmallestEffect { get; init; } = Verdicts.SmallestEffect;

    /// <summary>Whether more blocks than there are would help: it is undecided, and both arms were steady.</summary>
    public bool WantsBlocks { get; init; }

    /// <summary>
    /// About how many blocks would decide it, <see cref="MostBlocks"/> at most; null where that is not known, or more, or where
    /// it is decided.
    /// </summary>
    public int? BlocksToDecide => WantsBlocks && Relative is MedianEstimate relative
        ? Verdicts.BlocksToDecide(relative, SmallestEffect, MostBlocks) : null;

    /// <summary>The most blocks that can be asked for.</summary>
    public const int MostBlocks = 1_000;

    /// <summary>Compares B with A over the blocks that both have: a stop may leave one arm a block short.</summary>
    /// <param name="a">The arm compared with.</param>
    /// <param name="b">The arm compared.</param>
    /// <param name="noiseFloor">See <see cref="NoiseFloor"/>.</param>
    /// <param name="confidence">The level of the interval, by which the verdict is given.</param>
    /// <param name="smallestEffect">The smallest relative difference worth naming.</param>
    public static DifferenceResult Of(
        ArmResult a, ArmResult b, double? noiseFloor, double confidence = MedianEstimate.UsualConfidence,
        double smallestEffect = Verdicts.SmallestEffect)
    {
        double[] blocksOfA = [.. a.Blocks], blocksOfB = [.. b.Blocks];
        PairedComparison comparison = PairedComparison.Of(blocksOfA, blocksOfB, noiseFloor, confidence, smallestEffect);
        DifferenceResult result = new(a.Name, b.Name, comparison.Difference, comparison.Verdict)
        {
            Usual = PairedComparison.Of(blocksOfA, blocksOfB, noiseFloor).Difference.Interval,
            Relative = comparison.Relative,
            NoiseFloor = noiseFloor,
            SmallestEffect = smallestEffect,
            WantsBlocks = comparison.Verdict == Verdict.Undecided && a.Steady && b.Steady,
        };
        return a.Steady && b.Steady ? result : result with
        {
            Median = result.Median with { Interval = null },
            Usual = null,
            Relative = result.Relative is MedianEstimate relative ? relative with { Interval = null } : null,
            Verdict = Verdict.Undecided,
        };
    }
}

/// <summary>What an experiment found, complete: the reports only print it.</summary>
/// <param name="Name">The experiment's name on the command line.</param>
/// <param name="Pattern">What was repeated: <c>ping-pong</c>, <c>write-write-read</c>, <c>bulk</c>.</param>
/// <param name="Unit"><c>us</c> or <c>MB/s</c>.</param>
/// <param name="Done">One sentence: what was done.</param>
/// <param name="Arms">The arms, in the order they are printed.</param>
/// <param name="Differences">The comparisons.</param>
internal sealed record ExperimentResult(
    string Name, string Pattern, string Unit, string Done,
    IReadOnlyList<ArmResult> Arms, IReadOnlyList<DifferenceResult> Differences)
{
    /// <summary>What was seen besides the arms, or instead of them; null for nothing.</summary>
    public FactTable? Facts { get; init; }

    /// <summary>Where the arms lie along an axis; null when they only stand side by side.</summary>
    public Curve? Curve { get; init; }

    /// <summary>What of the facts lies along the time; null for none.</summary>
    public Timeline? Timeline { get; init; }

    /// <summary>What else happened on the machine meanwhile; null where nothing was timed.</summary>
    public Disturbance? Disturbance { get; init; }

    /// <summary>Why it was not run, or broke off; null when it was run.</summary>
    public string? NotRunBecause { get; init; }

    /// <summary>An experiment that this machine, this user or this far end cannot do.</summary>
    public static ExperimentResult NotRun(string name, string pattern, string reason) =>
        new(name, pattern, "", $"Not run: {reason.TrimEnd('.')}.", [], []) { NotRunBecause = reason };

    /// <summary>What it means, with the numbers in it.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>What the textbook says, where that is not what was seen; empty otherwise.</summary>
    public string Textbook { get; init; } = "";

    /// <summary>The arm of that name.</summary>
    public ArmResult Arm(string name) => Arms.First(arm => arm.Name == name);

    /// <summary>The comparison of that arm with the one named for it; null when it was not compared.</summary>
    public DifferenceResult? Difference(string b) => Differences.FirstOrDefault(difference => difference.B == b);
}
