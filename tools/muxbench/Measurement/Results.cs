using NetTools.Measure;

namespace NetTools.MuxBench.Measurement;

/// <summary>One thing to measure.</summary>
/// <param name="Mechanism">Its name.</param>
/// <param name="Fds">Descriptors watched.</param>
/// <param name="MaxFd">The highest of their numbers.</param>
/// <param name="Ready">How many are readable.</param>
/// <param name="Share">How the user asked for that many.</param>
internal sealed record Arm(string Mechanism, int Fds, int MaxFd, int Ready, ReadyShare Share);

/// <summary>What a call takes.</summary>
/// <param name="Arm">What was measured.</param>
/// <param name="Nanoseconds">The median and its 95 % interval.</param>
/// <param name="Samples">The samples behind it, one a block.</param>
internal sealed record Point(Arm Arm, Estimate Nanoseconds, double[] Samples)
{
    /// <summary>Makes a point of its samples.</summary>
    public static Point Of(Arm arm, double[] samples) => new(arm, Bootstrap.Median(samples), samples);
}

/// <summary>All that a run found.</summary>
/// <param name="Points">In order of ready share, number of descriptors, mechanism.</param>
/// <param name="Environment">The machine.</param>
/// <param name="ClockOverhead">What was taken off for each reading of the clock, nanoseconds.</param>
/// <param name="Cpu">The CPU the measuring thread was kept on.</param>
/// <param name="DescriptorLimit">How many descriptors this process may open.</param>
/// <param name="Interrupted">Whether the run was stopped before its end.</param>
internal sealed record Results(
    IReadOnlyList<Point> Points, MeasuringEnvironment Environment, double ClockOverhead, int Cpu, int DescriptorLimit, bool Interrupted);
