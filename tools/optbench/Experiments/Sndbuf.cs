using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_SNDBUF against throughput: the send buffer holds what is not yet acknowledged, so it bounds what is in flight.
/// </summary>
internal static class Sndbuf
{
    public const string Name = "sndbuf";
    public const string Auto = "sndbuf=auto";
    public const string Small = "sndbuf=4096";
    public const string LateSmall = "sndbuf-late=4096";
    public const string LateLarge = "sndbuf-late=4194304";
    private static readonly int[] s_sizes = [4 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];

    /// <summary>Measures the sizes, the kernel's own choice, and the smallest and the largest set after the handshake.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        UploadArm[] arms =
        [
            .. s_sizes.Select(size => new UploadArm(
                lab.Peer, $"{Name}={size}", new OptionSetting(SocketOption.SendBuffer, size))),
            new UploadArm(lab.Peer, Auto, null),
            new UploadArm(lab.Peer, LateSmall, new OptionSetting(SocketOption.SendBuffer, s_sizes[0]), afterConnect: true),
            new UploadArm(lab.Peer, LateLarge, new OptionSetting(SocketOption.SendBuffer, s_sizes[^1]), afterConnect: true),
        ];
        int auto = s_sizes.Length;
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) =
                lab.Measure(Name, arms, [(auto, 0), (auto, 1), (auto, 2), (auto, 3), (auto, 4), (0, auto + 1), (4, auto + 2)]);
            string done = string.Create(CultureInfo.InvariantCulture,
                $"Send at most {lab.Settings.BytesPerArm / 1e9:0.##} GB and for "
                + $"{lab.Settings.SecondsPerArm:0.##} s in each arm, a new connection for each of {results[0].Blocks.Count} "
                + $"blocks, ")
                + $"timed once the rate is steady, counting what the far end acknowledges; SO_SNDBUF set before connect (late: "
                    + $"after), congestion control {results[0].Congestion}.";
            return [Explain(new(Name, "bulk", "MB/s", done, results, differences) { Facts = BufferGrant.Of(results) })];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        ArmResult auto = result.Arm(Auto);
        ArmResult enough = result.Arms.First(arm => arm == auto || arm.Median.Value >= 0.9 * auto.Median.Value);
        string verdict = enough == auto ? "no fixed size comes within 10 % of that"
            : $"{Numbers.Size(enough.Requested!.Value)} is the smallest that comes within 10 % of that "
                + $"({Numbers.Show(enough.Median.Value)} MB/s)";
        ArmResult small = result.Arm(Small), late = result.Arm(LateSmall);
        string change = result.Difference(LateSmall) is DifferenceResult difference ? $" ({Numbers.Change(difference)})" : "";
        string clamped = result.Arms.FirstOrDefault(BufferGrant.IsClamped) is ArmResult cut
            ? $" {Numbers.Size(cut.Requested!.Value)} were cut to {Numbers.Size(cut.Effective!.Value / 2)} by net.core.wmem_max."
                : "";
        return result with
        {
            Meaning = $"A 4 KiB send buffer moves {Numbers.Show(small.Median.Value)} MB/s, the kernel's autotuning "
                + $"{Numbers.Show(auto.Median.Value)} MB/s; {verdict}. "
                + $"4096 asked for became {small.Effective}: the kernel doubles the number and has a floor.{clamped} "
                + $"Set after the handshake 4 KiB move {Numbers.Show(late.Median.Value)} MB/s{change}: "
                + "no SYN carries anything of the send buffer, so it may be set at any time.",
            Textbook = "Textbooks advise to leave the send buffer to autotuning: "
                + (result.Differences.Any(d => d.A == Auto && d.Verdict == Verdict.Effect && d.Median.Value > 0)
                    ? "here a fixed size does better." : "no fixed size is shown to do better here."),
        };
    }
}
