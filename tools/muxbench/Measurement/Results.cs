using NetTools.Measure;

using NetTools.MuxBench.Bench;

namespace NetTools.MuxBench.Measurement;

/// <summary>What belongs on one curve family: points that differ in mechanism and size alone.</summary>
/// <param name="Metric">What is timed.</param>
/// <param name="Share">How many descriptors are readable, where that matters.</param>
internal sealed record Series(Metric Metric, ReadyShare Share);

/// <summary>One thing to measure.</summary>
/// <param name="Series">Its curve family.</param>
/// <param name="Mechanism">Its name.</param>
/// <param name="Fds">Descriptors watched.</param>
/// <param name="MaxFd">The highest of their numbers.</param>
/// <param name="Ready">How many are readable.</param>
internal sealed record Arm(Series Series, string Mechanism, int Fds, int MaxFd, int Ready);

/// <summary>What it takes.</summary>
/// <param name="Arm">What was measured.</param>
/// <param name="Nanoseconds">The median and its 95 % interval.</param>
/// <param name="Samples">The samples behind it, one a block.</param>
internal sealed record Point(Arm Arm, Estimate Nanoseconds, double[] Samples)
{
    /// <summary>Makes a point of its samples.</summary>
    public static Point Of(Arm arm, double[] samples) => new(arm, Bootstrap.Median(samples), samples);
}

/// <summary>All that a run found.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Points">In order of series, number of descriptors, mechanism.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Missing">Mechanisms that this kernel refuses, and why.</param>
/// <param name="Interrupted">Whether the run was stopped before its end.</param>
internal sealed record Results(
    BenchSettings Settings, IReadOnlyList<Point> Points, Machine Machine, IReadOnlyList<string> Missing, bool Interrupted);

/// <summary>What the measurements ran on.</summary>
/// <param name="Environment">Kernel, processors and so on.</param>
/// <param name="DescriptorLimit">How many descriptors the process may open.</param>
/// <param name="Cpu">The CPU the measuring thread stayed on.</param>
/// <param name="WakerCpu">The CPU of the thread that writes to wake it.</param>
/// <param name="OwnTable">Whether the measuring thread had a descriptor table of its own.</param>
/// <param name="ClockOverhead">What was taken off for each reading of the clock, nanoseconds.</param>
internal sealed record Machine(MeasuringEnvironment Environment, int DescriptorLimit, int Cpu, int WakerCpu, bool OwnTable, double ClockOverhead);
