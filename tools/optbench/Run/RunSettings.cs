using NetTools.Measure;
using NetTools.Os;

namespace NetTools.OptBench.Run;

/// <summary>How long and how often to measure.</summary>
/// <param name="Blocks">The most randomised blocks: each arm is measured once in each.</param>
/// <param name="SecondsPerArm">The budget of an arm, warm-up and the second visits of the A/A arm included.</param>
/// <param name="BytesPerArm">Throughput: the most that the measured parts of one arm move together.</param>
/// <param name="Seed">Orders the arms in the blocks.</param>
internal sealed record RunSettings(int Blocks, double SecondsPerArm, long BytesPerArm, int Seed)
{
    /// <summary>The level of every interval, and of what is called even or an effect, between 0 and 1.</summary>
    public double Confidence { get; init; } = MedianEstimate.UsualConfidence;

    /// <summary>The smallest relative difference worth naming.</summary>
    public double SmallestEffect { get; init; } = Verdicts.SmallestEffect;

    /// <summary>The budget is overdrawn by this factor at most: what is not done by then is broken off.</summary>
    public double Overdraft { get; init; } = 1.1;

    /// <summary>However small the budget, the first visits to all arms together may take this long, nanoseconds.</summary>
    public long LeastNs { get; init; } = TimeUnits.Second;

    /// <summary>Compare each arm with itself instead of with the others.</summary>
    public bool CompareWithItself { get; init; }

    /// <summary>The congestion control the user named; null when each experiment may take what suits it.</summary>
    public string? Congestion { get; init; }

    /// <summary>Bytes of each write and reply of <c>nodelay</c>.</summary>
    public int MessageBytes { get; init; } = 1;

    /// <summary>Bytes for one visit to one arm.</summary>
    public long VisitBytes => Math.Max(BytesPerArm / Blocks, 1);
}
