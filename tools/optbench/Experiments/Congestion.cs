using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>TCP_CONGESTION, tcp(7): throughput by the sender's congestion control and the size of a write.</summary>
internal static class Congestion
{
    public const string Name = "congestion";
    private const long LongRoundTripUs = 5_000;
    private static readonly int[] s_sizes = [1 << 10, 16 << 10, 256 << 10];

    /// <summary>Measures each control that this kernel has loaded with each size.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        string[] controls = CongestionControls.ReadAvailable();
        if (controls.Length < 2)
        {
            return [ExperimentResult.NotRun(Name, "bulk", "this kernel does not name two congestion controls")];
        }

        UploadArm[] arms = [.. s_sizes.SelectMany(size => controls.Select(control =>
            new UploadArm(lab.Peer with { Congestion = control }, $"{Name}={control}", null, size)))];
        int each = controls.Length - 1;
        (int, int)[] pairs = [.. s_sizes.SelectMany(
            (_, row) => Enumerable.Range(1, each).Select(i => (row * controls.Length, (row * controls.Length) + i)))];
        // The sizes share the time and the bytes of an arm, as a kernel may have many controls; not over a path with a delay,
        // where opening a connection alone may take that time.
        Lab shared = lab.RoundTripUs > LongRoundTripUs ? lab : lab.With(lab.Peer, lab.Settings with
        {
            SecondsPerArm = lab.Settings.SecondsPerArm / s_sizes.Length,
            BytesPerArm = lab.Settings.BytesPerArm / s_sizes.Length,
        });
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) = shared.Measure(Name, arms, pairs);
            DifferenceResult[] Of(int row) => differences.Length == pairs.Length ? differences[(row * each)..((row + 1) * each)]
                : row == 0 ? differences : [];
            return [.. s_sizes.Select((size, row) => Explain(new(Name, $"bulk {Numbers.Size(size)}", "MB/s",
            $"Send in writes of {Numbers.Size(size)}, counting what the far end acknowledges; buffers tuned by the kernel.",
            results[(row * controls.Length)..((row + 1) * controls.Length)], Of(row)), size))];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians mean.</summary>
    /// <param name="result">An arm for each control, compared with the first.</param>
    /// <param name="size">Of a write, bytes.</param>
    public static ExperimentResult Explain(ExperimentResult result, int size)
    {
        ArmResult[] refused = [.. result.Arms.Where(arm => !arm.Name.EndsWith($"={arm.Congestion}", StringComparison.Ordinal))];
        ArmResult first = result.Arms[0];
        return result with
        {
            Meaning = $"In writes of {Numbers.Size(size)} {first.Congestion} moves {Numbers.Show(first.Median.Value)} MB/s; "
                + $"against it "
                + string.Join(", ", result.Arms.Skip(1).Select(arm => $"{arm.Congestion} {Numbers.Show(arm.Median.Value)} MB/s"
                    + (result.Difference(arm.Name) is DifferenceResult difference ? $" ({Numbers.Change(difference)})" : "")))
                        + "."
                + (size != s_sizes[^1] ? "" : " On loopback nothing is lost and the round trip is microseconds, so what differs "
                    + "is what a control spends on each segment "
                    + "(bbr paces them by timers); the controls show their nature on a link with delay, rate and loss (optbench "
                        + "link).")
                + string.Concat(refused.Select(
                    arm => $" {arm.Name} was refused (it needs CAP_NET_ADMIN here); {arm.Congestion} ran instead.")),
        };
    }
}
