using NetTools.Measure;
using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;

namespace NetTools.MuxBench.Measurement;

/// <summary>What belongs on one family of curves: points that differ in mechanism and size alone.</summary>
/// <param name="Metric">What is timed.</param>
/// <param name="Share">How many descriptors are readable, where that matters.</param>
/// <param name="TimeoutMs">The timeout of the calls: -1 waits, 0 only looks; null where nothing is called.</param>
/// <param name="Position">Where the readable ones lie.</param>
internal sealed record Series(Metric Metric, ReadyShare Share, int? TimeoutMs, ReadyPosition Position = ReadyPosition.Even);

/// <summary>One thing to measure.</summary>
/// <param name="Series">Its family of curves.</param>
/// <param name="Mechanism">Its name.</param>
/// <param name="Fds">Descriptors watched.</param>
/// <param name="MaxFd">The highest of their numbers.</param>
/// <param name="Ready">How many are readable.</param>
internal sealed record Arm(Series Series, string Mechanism, int Fds, int MaxFd, int Ready);

/// <summary>What it takes.</summary>
/// <param name="Arm">What was measured.</param>
/// <param name="Nanoseconds">The median of the blocks.</param>
/// <param name="Samples">The samples behind it, one a block, nanoseconds.</param>
internal sealed record Point(Arm Arm, MedianEstimate Nanoseconds, double[] Samples)
{
    private const double SteadyWithin = 0.05;

    /// <summary>
    /// What two visits of one arm of this series and size show, as a fraction; null where no block was complete.
    /// </summary>
    public double? NoiseFloor { get; init; }

    /// <summary>
    /// Whether the second half of the blocks is within 5 %, or the noise floor, of the first half; null below six blocks, where
    /// that cannot be said.
    /// </summary>
    public bool? Steady
    {
        get
        {
            int half = Samples.Length / 2;
            if (Samples.Length < MedianEstimate.FewestSamples)
            {
                return null;
            }

            double first = Statistics.Median(Samples.AsSpan(0, half));
            return Math.Abs(Statistics.Median(Samples.AsSpan(half)) - first) <= Math.Max(SteadyWithin, NoiseFloor ?? 0) * first;
        }
    }

    /// <summary>Makes a point of its samples.</summary>
    public static Point Of(Arm arm, double[] samples) => new(arm, MedianEstimate.Of(samples), samples);
}

/// <summary>All that a run found.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Points">In order of series, number of descriptors, mechanism.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Missing">Mechanisms that this kernel refuses, and why.</param>
/// <param name="Interrupted">Whether the run was stopped before its end.</param>
internal sealed record Results(
    BenchSettings Settings, IReadOnlyList<Point> Points, Machine Machine, IReadOnlyList<string> Missing, bool Interrupted)
{
    /// <summary>When the first visit began.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When the last visit ended.</summary>
    public DateTimeOffset Ended { get; init; }

    /// <summary>What else happened on the machine meanwhile.</summary>
    public required Disturbance Disturbance { get; init; }

    /// <summary>The largest noise floor of all points, as a fraction; null where none was measured.</summary>
    public double? NoiseFloor => Points.Max(point => point.NoiseFloor);
}

/// <summary>What the measurements ran on.</summary>
/// <param name="Environment">Kernel, processors and so on.</param>
/// <param name="DescriptorLimit">How many descriptors the process may open.</param>
/// <param name="Cpu">The CPU the measuring thread stayed on.</param>
/// <param name="WakerCpu">The CPU of the thread that writes to wake it.</param>
/// <param name="OwnTable">Whether the measuring thread had a descriptor table of its own.</param>
/// <param name="ClockOverhead">What was taken off for each reading of the clock, nanoseconds.</param>
internal sealed record Machine(
    MeasuringEnvironment Environment, int DescriptorLimit, int Cpu, int WakerCpu, bool OwnTable, double ClockOverhead)
{
    /// <summary>The CPUs that the process might use when it started; null for all.</summary>
    public int[]? Cpus { get; init; }
}
