using NetTools.OptBench.Results;

namespace NetTools.OptBench.Experiments;

/// <summary>TCP_CONGESTION, tcp(7): throughput by the sender's congestion control.</summary>
internal static class Congestion
{
    public const string Name = "congestion";
    private const string Available = "/proc/sys/net/ipv4/tcp_available_congestion_control";

    /// <summary>Measures each control that this kernel has loaded.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        string[] controls = Read();
        if (controls.Length < 2)
        {
            return [ExperimentResult.NotRun(Name, "bulk", $"{Available} does not name two congestion controls")];
        }

        BulkArm[] arms = [.. controls.Select(control => new BulkArm(lab.Peer with { Congestion = control }, $"{Name}={control}", null))];
        (ArmResult[] results, DifferenceResult[] differences) =
            lab.Measure(Name, arms, [.. Enumerable.Range(1, controls.Length - 1).Select(i => (0, i))]);
        return [Explain(new(Name, "bulk", "MB/s", "Receive as fast as the sender sends; buffers tuned by the kernel.", results, differences))];
    }

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        ArmResult[] refused = [.. result.Arms.Where(arm => !arm.Name.EndsWith($"={arm.Congestion}", StringComparison.Ordinal))];
        ArmResult best = result.Arms.MaxBy(arm => arm.Median.Value)!;
        ArmResult worst = result.Arms.MinBy(arm => arm.Median.Value)!;
        return result with
        {
            Meaning = string.Join(", ", result.Arms.Select(arm => $"{arm.Congestion} {Numbers.Show(arm.Median.Value)} MB/s"))
                + $": between {best.Congestion} and {worst.Congestion} {Numbers.Show(best.Median.Value / worst.Median.Value)} times. "
                + "On loopback nothing is lost and the round trip is microseconds, so what differs is what a control spends on each segment (bbr paces them by timers); "
                + "the controls show their nature on a link with delay, rate and loss (optbench link)."
                + string.Concat(refused.Select(arm => $" {arm.Name} was refused (it needs root here); {arm.Congestion} ran instead.")),
        };
    }

    private static string[] Read()
    {
        try
        {
            return File.ReadAllText(Available).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
