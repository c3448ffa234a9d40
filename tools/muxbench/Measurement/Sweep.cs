using NetTools.Libc;
using NetTools.Measure;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Terminal;

namespace NetTools.MuxBench.Measurement;

/// <summary>Measures every mechanism at every size, in random order, block by block.</summary>
internal static class Sweep
{
    private const int Seed = 20_060_101;

    /// <summary>Opens the descriptors, measures, and closes them.</summary>
    /// <param name="settings">What to measure.</param>
    /// <param name="stop">Asked before each visit: true ends the run with what there is.</param>
    /// <param name="progress">Says where the run is.</param>
    /// <exception cref="OperationFailedException">The limit is too low, or a system call failed.</exception>
    public static Results Run(Settings settings, Func<bool> stop, Progress progress)
    {
        int limit = Linux.RaiseDescriptorLimit();
        int[] sizes = settings.Fds ?? DescriptorBudget.Sweep(limit, DescriptorSet.PerWatched);
        DescriptorBudget.Check(sizes[^1], limit, DescriptorSet.PerWatched);
        int cpu = Linux.AllowedCpus()[^1];
        Linux.PinThread(cpu);
        double overhead = Clock.MeasureOverhead();
        CallTimer timer = new(overhead);

        using DescriptorSet descriptors = new(sizes[^1]);
        Arm[] arms = [.. from share in settings.Ready
                         from fds in sizes
                         from mechanism in settings.Mechanisms
                         select new Arm(mechanism, fds, descriptors.Highest(fds), share.Of(fds), share)];

        bool interrupted = false;
        double[][] samples = Blocks.Run(arms.Length, settings.Blocks, new Random(Seed), (index, block) =>
        {
            Arm arm = arms[index];
            if (progress.IsVisible)
            {
                progress.Show($"block {block + 1} of {settings.Blocks}: {arm.Mechanism}, {arm.Fds} descriptors");
            }

            return Visit(arm, descriptors, timer);
        }, () => interrupted = stop());

        IEnumerable<Point> points = arms.Zip(samples)
            .Where(pair => pair.Second.Length > 0)
            .Select(pair => Point.Of(pair.First, pair.Second));
        return new([.. points], MeasuringEnvironment.Read(), overhead, cpu, limit, interrupted);
    }

    /// <summary>A mechanism is made anew at each visit: where its memory lies is part of the chance that the blocks average out.</summary>
    private static double Visit(Arm arm, DescriptorSet descriptors, CallTimer timer)
    {
        descriptors.MakeReady(arm.Fds, arm.Ready);
        using Mechanism mechanism = Catalogue.Create(arm.Mechanism, new Room(arm.Fds, arm.MaxFd));
        foreach (int descriptor in descriptors.Watched[..arm.Fds])
        {
            mechanism.Add(descriptor);
        }

        return timer.Sample(mechanism, descriptors, arm.Ready);
    }
}
