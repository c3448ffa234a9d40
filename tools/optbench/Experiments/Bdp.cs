using System.Globalization;
using NetTools.OptBench.Client;
using NetTools.OptBench.Link;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Bandwidth times delay: throughput over links of known delay and rate between two network namespaces made for it, against
/// min(window / round trip, rate).
/// </summary>
internal static class Bdp
{
    public const string Name = "bdp";
    private const string Near = "10.88.0.1/24";
    private const string Far = "10.88.0.2";
    private const double LinkMbit = 100;

    /// <summary>
    /// More than any window here, that of autotuning too, so that nothing is ever lost and a window alone is what bounds.
    /// </summary>
    private const string QueueKB = "4000";
    private const string LargestBuffer = "4194304";

    /// <summary>
    /// Its slow start ends with a loss and not before. Cubic's HyStart leaves it at the first uneven round trips, and then needs
    /// a minute to open the congestion window to what the receiver's allows.
    /// </summary>
    private const string UsualCongestion = "reno";
    private const int MostBlocks = 7;
    private const int CurvePoints = 60;
    private const int HeaderBytes = 52; // IPv4 and TCP with timestamps
    private static readonly int[] s_roundTripsMs = [0, 10, 40];
    private static readonly int[] s_sizes = [64 << 10, 256 << 10, 1 << 20];

    /// <summary>Measures each round trip with each window.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        try
        {
            TunDevice.RequireDevice();
            using NetworkNamespace near = NetworkNamespace.Create();
            using NetworkNamespace far = NetworkNamespace.Create();
            using Urgency urgency = new();
            far.Inside(() => Write("tcp_no_metrics_save", "1")); // or one connection hands its thresholds down to the next
            near.Inside(() => Write("tcp_rmem", $"4096 131072 {LargestBuffer}"));
            return [.. s_roundTripsMs.Select(roundTrip => lab.Keep(Measure(lab, near, far, roundTrip)))];
        }
        catch (LibcException e) when (e.Errno == EPERM || e.Errno == EACCES || e.Errno == ENOENT)
        {
            return [ExperimentResult.NotRun(Name, "bulk", $"it makes network namespaces and a link, which needs root; "
                + $"{e.Message}")];
        }
    }

    /// <summary>What a window and a link allow, MB/s of payload.</summary>
    /// <param name="windowBytes">What may be on its way.</param>
    /// <param name="roundTripMs">0 for a window that does not matter.</param>
    public static double Expected(double windowBytes, double roundTripMs)
    {
        double link = LinkMbit / 8 * (LinkSettings.Mtu - HeaderBytes) / LinkSettings.Mtu;
        return roundTripMs == 0 ? link : Math.Min(link, windowBytes / 1e3 / roundTripMs);
    }

    /// <summary>Sets what was measured beside what was to be expected.</summary>
    public static ExperimentResult Explain(ExperimentResult result, double roundTripMs)
    {
        List<Fact[]> rows = [];
        double worst = 1;
        foreach (ArmResult arm in result.Arms)
        {
            double window = arm.Tcp?.After.ReceiveWindow ?? 0;
            double expected = Expected(window, roundTripMs);
            double ratio = arm.Median.Value / expected;
            worst = Math.Abs(ratio - 1) > Math.Abs(worst - 1) ? ratio : worst;
            rows.Add([arm.Name, (long)window, Shown(expected), Shown(arm.Median.Value),
                Fact.Shown(Math.Round(ratio, 3), ratio.ToString("0.00", CultureInfo.InvariantCulture))]);
        }

        ArmResult small = result.Arms[0];
        ArmResult auto = result.Arms[^1];
        return result with
        {
            Curve = Line(result, roundTripMs),
            Facts = new(["arm", "window_bytes", "expected_mb_per_s", "measured_mb_per_s", "ratio"], rows),
            Meaning = $"At {Numbers.Show(roundTripMs)} ms round trip a {Numbers.Size(s_sizes[0])} buffer moves "
                + $"{Numbers.Show(small.Median.Value)} MB/s and the kernel's autotuning {Numbers.Show(auto.Median.Value)} MB/s; "
                + $"bandwidth x delay is {Numbers.Show(LinkMbit / 8 * roundTripMs)} kB. Window / round trip, or the link's rate "
                    + $"where that is less, predicts each within {Numbers.Show(Math.Abs(worst - 1) * 100)} %.",
        };
    }

    private static Fact Shown(double value) => Fact.Shown(Math.Round(value, 3), Numbers.Show(value));

    private static Curve Line(ExperimentResult result, double roundTripMs)
    {
        double[] at = [.. result.Arms.Select(arm => (double)(arm.Tcp?.After.ReceiveWindow ?? 0))];
        double least = Math.Max(at.Min() / 2, 1), most = Math.Max(at.Max() * 2, 2);
        return new("receive window, bytes", at, [.. Enumerable.Range(0, CurvePoints + 1)
            .Select(i => least * Math.Pow(most / least, (double)i / CurvePoints))
                .Select(window => (window, Expected(window, roundTripMs)))]);
    }

    /// <summary>Sets a sysctl of the namespace; where there is no /proc/sys to write to, it is measured all the same.</summary>
    private static bool Write(string name, string value)
    {
        try
        {
            File.WriteAllText($"/proc/sys/net/ipv4/{name}", value);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static ExperimentResult Measure(Lab lab, NetworkNamespace near, NetworkNamespace far, int roundTripMs)
    {
        string delay = (roundTripMs / 2.0).ToString(CultureInfo.InvariantCulture);
        CallingThread.AllowOn(Cpus.Allowed); // the link inherits it: it must not wait for either end's CPU
        using SelfProcess link = SelfProcess.Start(
            ["optbench", "link", "--namespace-a", near.PathInChild, "--namespace-b", far.PathInChild, "--delay", delay, "--rate",
                LinkMbit.ToString(CultureInfo.InvariantCulture), "--queue", QueueKB,
                "--address-a", Near, "--address-b", $"{Far}/24", "--json"],
            "PATH=/", kept: [near.FileDescriptor, far.FileDescriptor]);
        using LocalServer server = LocalServer.Start(Far, far.FileDescriptor);
        Peer peer = new(server.Address, server.Token, lab.Settings.Congestion ?? UsualCongestion);
        Lab inside = lab.With(peer, lab.Settings with { Blocks = Math.Min(lab.Settings.Blocks, MostBlocks) });
        DownloadArm[] arms =
        [
            .. s_sizes.Select(size =>
                new DownloadArm(peer, $"rcvbuf={size}", new OptionSetting(SocketOption.ReceiveBuffer, size))),
            new DownloadArm(peer, "rcvbuf=auto", null),
        ];
        (ArmResult[] results, DifferenceResult[] differences) =
            near.Inside(() => inside.Measure($"{Name} {roundTripMs} ms", arms, [(0, 1), (1, 2), (2, 3)]));
        Array.ForEach(arms, arm => near.Inside(() =>
        {
            arm.Dispose();
            return true;
        }));
        return Explain(new(Name, $"rtt {roundTripMs} ms", "MB/s",
            string.Create(CultureInfo.InvariantCulture,
                $"Receive over a link of {roundTripMs} ms round trip and {LinkMbit} Mbit/s, congestion control "
                + $"{results[0].Congestion} at the sender, timed once the rate is steady."),
            results, differences), roundTripMs);
    }
}
