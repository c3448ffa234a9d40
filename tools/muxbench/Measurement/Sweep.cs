using NetTools.Measure;
using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;

using NetTools.Terminal;

namespace NetTools.MuxBench.Measurement;

/// <summary>Measures every mechanism at every size, in random order, block by block.</summary>
internal static class Sweep
{
    private static readonly ReadyShare None = ReadyShare.Parse("0");

    /// <summary>Opens the descriptors, measures, and closes them.</summary>
    /// <param name="settings">What to measure.</param>
    /// <param name="stop">Asked before each visit: true ends the run with what there is.</param>
    /// <param name="progress">Says where the run is.</param>
    /// <exception cref="OperationFailedException">The limit is too low, or a system call failed.</exception>
    public static Results Run(BenchSettings settings, Func<bool> stop, Progress progress)
    {
        Machine machine = Prepare(settings);
        int each = DescriptorOpener.Each(settings.Kind);
        int[] sizes = settings.Fds ?? DescriptorBudget.Sweep(machine.DescriptorLimit, each);
        DescriptorBudget.Check(sizes[^1], machine.DescriptorLimit, each);
        (string[] mechanisms, string[] missing) = Available(settings.Mechanisms);

        using DescriptorSet descriptors = new(settings.Kind, settings.Placement, sizes[^1], machine.DescriptorLimit);
        Arm[] arms = [.. from series in SeriesOf(settings)
                         from fds in sizes
                         from mechanism in mechanisms
                         select new Arm(series, mechanism, fds, descriptors.Part(fds).Highest, series.Share.Of(fds))];

        using Visits visits = new(descriptors, machine, settings);
        int[] controls = Controls(arms);
        bool interrupted = false;
        DateTimeOffset started = DateTimeOffset.UtcNow;
        MachineState before = MachineState.Read(machine.Cpus);
        BlockSamples samples = Blocks.RunWithControls(
            arms.Length, controls, settings.Blocks, new Random(settings.Seed), (index, block) =>
        {
            Arm arm = arms[index];
            if (progress.IsVisible)
            {
                string where = block < 0 ? "warm-up" : $"block {block + 1} of {settings.Blocks}";
                progress.Show($"{where}: {arm.Series.Metric.Name()}, {arm.Mechanism}, "
                    + $"{Figures.PlainCount(arm.Fds, "descriptor")}");
            }

            return visits.Sample(arm);
        }, () => interrupted = stop());
        Disturbance disturbance = Disturbance.Between(before, MachineState.Read(machine.Cpus));
        ILookup<(Series, int), double?> floors = controls.Zip(samples.Again).ToLookup(
            pair => (arms[pair.First].Series, arms[pair.First].Fds), pair =>
                Verdicts.NoiseFloor(samples.Arms[pair.First], pair.Second));
        IEnumerable<Point> points = arms.Zip(samples.Arms)
            .Where(pair => pair.Second.Length > 0)
            .Select(pair => Point.Of(pair.First, pair.Second)
                with
            { NoiseFloor = floors[(pair.First.Series, pair.First.Fds)].Max() });
        return new(settings, [.. points], machine, missing, interrupted)
        {
            Started = started,
            Ended = DateTimeOffset.UtcNow,
            Disturbance = disturbance,
        };
    }

    /// <summary>
    /// The arms to visit twice: of each series and size the first and the last mechanism, which differ most.
    /// </summary>
    private static int[] Controls(Arm[] arms) =>
    [
        .. from index in Enumerable.Range(0, arms.Length)
           group index by (arms[index].Series, arms[index].Fds) into family
           from control in new[] { family.First(), family.Last() }.Distinct()
           select control,
    ];

    private static Machine Prepare(BenchSettings settings)
    {
        int limit = DescriptorLimit.Raise();
        MeasuringEnvironment environment = MeasuringEnvironment.Read();
        int[] cpus = CallingThread.AllowedCpus();
        int cpu = settings.Cpu ?? cpus[^1];
        CallingThread.PinTo(cpu);
        int other = cpus.LastOrDefault(one => one != cpu, cpu);
        // This program has threads, though only one measures: left as it is, each call would pay for them.
        bool own = !settings.SharedTable && CallingThread.UnshareDescriptors();
        return new(environment, limit, cpu, other, own, ClockOverhead.Measure()) { Cpus = cpus };
    }

    private static IEnumerable<Series> SeriesOf(BenchSettings settings) =>
        from metric in settings.Metrics
        from share in metric.HasReady() ? settings.Ready : [None]
        from timeout in Timeouts(settings, metric, share)
        from position in metric == Metric.Call && share.Amount > 0 && share.Text != "all" ? settings.Positions
            : [ReadyPosition.Even]
        select new Series(metric, share, timeout, position);

    private static int?[] Timeouts(BenchSettings settings, Metric metric, ReadyShare share) =>
        metric != Metric.Call ? [metric.FixedTimeoutMs()]
        : share.Amount == 0 ? [BenchSettings.Looks] // with nothing readable a call that waits would not return
        : [.. settings.Timeouts.Select(timeout => (int?)timeout)];

    /// <summary>Leaves out what this kernel does not have, io_uring above all.</summary>
    private static (string[] Mechanisms, string[] Missing) Available(string[] names)
    {
        List<string> available = [];
        List<string> missing = [];
        foreach (string name in names)
        {
            try
            {
                Catalog.Create(name, new Room(1, 0)).Dispose();
                available.Add(name);
            }
            catch (LibcException e)
            {
                missing.Add($"{name}: {e.Message}");
            }
        }

        return available.Count > 0 ? ([.. available], [.. missing])
            : throw new OperationFailedException($"not on this machine: {string.Join("; ", missing)}");
    }
}
