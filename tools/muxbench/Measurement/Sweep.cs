using NetTools.Libc;
using NetTools.Measure;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;
using NetTools.Terminal;

using NetTools.MuxBench.Bench;

namespace NetTools.MuxBench.Measurement;

/// <summary>Measures every mechanism at every size, in random order, block by block.</summary>
internal static class Sweep
{
    private const int Seed = 20_060_101;
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

        using Visits visits = new(descriptors, machine, settings.Cold, settings.Metrics.Contains(Metric.WakeUp));
        bool interrupted = false;
        double[][] samples = Blocks.Run(arms.Length, settings.Blocks, new Random(Seed), (index, block) =>
        {
            Arm arm = arms[index];
            if (progress.IsVisible)
            {
                progress.Show($"block {block + 1} of {settings.Blocks}: {arm.Series.Metric.Name()}, {arm.Mechanism}, {arm.Fds} descriptors");
            }

            return visits.Sample(arm);
        }, () => interrupted = stop());

        IEnumerable<Point> points = arms.Zip(samples)
            .Where(pair => pair.Second.Length > 0)
            .Select(pair => Point.Of(pair.First, pair.Second));
        return new(settings, [.. points], machine, missing, interrupted);
    }

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
        return new(environment, limit, cpu, other, own, ClockOverhead.Measure());
    }

    private static IEnumerable<Series> SeriesOf(BenchSettings settings) =>
        from metric in settings.Metrics
        from share in metric.HasReady() ? settings.Ready : [None]
        select new Series(metric, share);

    /// <summary>Leaves out what this kernel does not have, io_uring above all.</summary>
    private static (string[] Mechanisms, string[] Missing) Available(string[] names)
    {
        List<string> available = [];
        List<string> missing = [];
        foreach (string name in names)
        {
            try
            {
                Catalogue.Create(name, new Room(1, 0)).Dispose();
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
