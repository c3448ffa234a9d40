using NetTools.Measure;

namespace NetTools.OptBench.Run;

/// <summary>How long and how often to measure.</summary>
/// <param name="Blocks">Randomised blocks: each arm is measured once in each.</param>
/// <param name="SecondsPerArm">The longest all blocks of one arm may take together.</param>
/// <param name="BytesPerArm">Throughput: the most all blocks of one arm move together.</param>
/// <param name="Seed">Orders the arms in the blocks.</param>
internal sealed record RunSettings(int Blocks, double SecondsPerArm, long BytesPerArm, int Seed)
{
    /// <summary>The level of every interval, and of what is called even or an effect, between 0 and 1.</summary>
    public double Confidence { get; init; } = Estimate.Usual;

    /// <summary>The congestion control the user named; null when each experiment may take what suits it.</summary>
    public string? Congestion { get; init; }

    /// <summary>Bytes of each write and reply of <c>nodelay</c>.</summary>
    public int MessageBytes { get; init; } = 1;

    /// <summary>Nanoseconds for one visit to one arm.</summary>
    public long VisitNs => (long)(SecondsPerArm / Blocks * 1e9);

    /// <summary>Bytes for one visit to one arm.</summary>
    public long VisitBytes => BytesPerArm / Blocks;
}
