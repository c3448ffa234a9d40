using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Os;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Latency under load: one-byte exchanges while nothing, an upload, a download, or both fill the path; and second by second.
/// </summary>
internal static class Load
{
    public const string Name = "load";
    public const string None = "load=none";
    private const int IntervalMs = 1_000;
    private const int PauseMs = 1;
    private static readonly (string Name, int Down, int Up)[] s_loads =
        [(None, 0, 0), ("load=up", 0, 1), ("load=down", 1, 0), ("load=both", 1, 1)];

    /// <summary>What one interval saw.</summary>
    /// <param name="EndS">Its end, seconds since the beginning.</param>
    /// <param name="Load">What loaded the path.</param>
    /// <param name="DownMBps">Bytes from the far end, MB/s.</param>
    /// <param name="UpMBps">Bytes acknowledged by it, MB/s.</param>
    /// <param name="Us">The exchanges that ended in it, microseconds.</param>
    internal sealed record Interval(double EndS, string Load, double DownMBps, double UpMBps, double[] Us);

    /// <summary>Measures each load in blocks, then one load after another along the time.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        LoadedArm[] arms = [.. s_loads.Select(load => new LoadedArm(lab.Peer, load.Name, load.Down, load.Up))];
        ExperimentResult blocks;
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(0, 1), (0, 2), (0, 3)]);
            blocks = Explain(new(Name, "ping-pong", "us",
                "Write a byte, wait for the byte, again and again, while nothing, an upload, a download, or both fill the "
                    + "path, a "
                + "connection for each direction." + lab.Conditions, results, differences));
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }

        return [blocks, ExplainIntervals(Along(lab))];
    }

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        ArmResult idle = result.Arm(None);
        double floor = Math.Max(idle.Median.Value, 1e-3);
        return result with
        {
            Meaning = $"An exchange takes {Numbers.Show(idle.Median.Value)} us on the idle path, "
                + string.Join(", ", result.Arms.Skip(1).Select(arm => $"{Numbers.Show(arm.Median.Value)} us under "
                    + $"{arm.Name["load=".Length..].Replace("both", "both directions", StringComparison.Ordinal)} load ("
                    + $"{Numbers.Show(arm.Median.Value / floor)} times)")) + ". Over a link the difference is the time "
                    + "that a byte waits "
                + "behind the bulk data in the queue before the slowest hop; where both ends are one machine it is the CPU "
                + "that they share.",
            Textbook = "Textbooks give a path one round-trip time. A full queue adds its length / rate to it: 150 kB "
                + "before 10 Mbit/s are "
                + "120 ms.",
        };
    }

    /// <summary>Says what was seen along the time.</summary>
    public static ExperimentResult ExplainIntervals(IReadOnlyList<Interval> intervals)
    {
        static Fact Round(double? value) => Fact.Shown(value is double v ? Math.Round(v, 3) : null,
            value is double known ? Numbers.Show(known) : "-");
        static double? Quantile(double[] us, double part) =>
            Statistics.KnownQuantile([.. us.Order()], part);
        Interval? worst = intervals.Where(one => one.Us.Length > 0).MaxBy(one => Quantile(one.Us, 0.5));
        return new(Name, "intervals", "",
            "The same along the time, one load after another, an exchange a millisecond at most.", [], [])
        {
            Facts = new(["end_s", "load", "down_mb_per_s", "up_mb_per_s", "exchanges", "p50_us", "p99_us", "max_us"],
            [
                .. intervals.Select(one => (Fact[])[Round(one.EndS), one.Load["load=".Length..], Round(one.DownMBps),
                    Round(one.UpMBps), one.Us.Length, Round(Quantile(one.Us, 0.5)), Round(Quantile(one.Us, 0.99)),
                    Round(Quantile(one.Us, 1))]),
            ]),
            Timeline = new("end_s", ["p50_us", "p99_us"], ["down_mb_per_s", "up_mb_per_s"]),
            Meaning = worst is null ? "No exchange ended."
                : string.Create(CultureInfo.InvariantCulture,
                    $"The median exchange was slowest in the interval that ended at {worst.EndS:0.#} s "
                        + $"({worst.Load["load=".Length..]} load): ")
                    + $"{Numbers.Show(Quantile(worst.Us, 0.5)!.Value)} us, with {Numbers.Show(worst.DownMBps)} MB/s down and "
                    + $"{Numbers.Show(worst.UpMBps)} MB/s up.",
        };
    }

    private static List<Interval> Along(Lab lab)
    {
        // Two arms' worth of time; whole seconds where there are any.
        double phase = lab.Settings.SecondsPerArm / 2;
        int intervals = phase >= 1 ? (int)phase : 1;
        double interval = phase >= 1 ? IntervalMs / 1e3 : phase;
        List<Interval> seen = [];
        long deadline = lab.Grant(phase * s_loads.Length);
        using JobConnection exchange = LoadedArm.OpenEcho(lab.Peer, deadline);
        byte[] message = new byte[1];
        double[] one = new double[1];
        using SilenceGuard guard = new(exchange.Socket, JobConnection.SilenceMs, deadline);
        long begin = Clock.Nanoseconds;
        foreach ((string name, int down, int up) in s_loads)
        {
            using BackgroundLoad? load = down + up > 0 ? new(lab.Peer, down, up, deadline) : null;
            (long downBefore, long upBefore) = (0, 0);
            long phaseEnd = begin + (long)((seen.Count + intervals) * interval * 1e9);
            for (int i = 0; i < intervals; i++)
            {
                List<double> us = [];
                long start = Clock.Nanoseconds;
                long end = Math.Min((long)(start + (interval * 1e9)), phaseEnd);
                do
                {
                    if (lab.StopRequested)
                    {
                        return seen;
                    }

                    if (ExchangeLoop.Run(exchange.Socket, 1, message, one, 0) < 0)
                    {
                        return Clock.Nanoseconds >= deadline ? seen : throw new PeerLostException("timing exchanges under load");
                    }

                    us.Add(one[0]);
                    Thread.Sleep(PauseMs);
                }
                while (Clock.Nanoseconds < end);

                long now = Clock.Nanoseconds;
                (long downNow, long upNow) = (load?.Arrived(up: false) ?? 0, load?.Arrived(up: true) ?? 0);
                double microseconds = (now - start) / 1e3;
                seen.Add(new((now - begin) / 1e9, name, (downNow - downBefore) / microseconds,
                    (upNow - upBefore) / microseconds, [.. us]));
                (downBefore, upBefore) = (downNow, upNow);
            }
        }

        return seen;
    }
}
