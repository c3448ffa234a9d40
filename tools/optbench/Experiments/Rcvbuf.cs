using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Sockets;
using static System.FormattableString;

namespace NetTools.OptBench.Experiments;

/// <summary>SO_RCVBUF against throughput: the receive buffer bounds the window, and the window bounds what is in flight.</summary>
internal static class Rcvbuf
{
    public const string Name = "rcvbuf";
    public const string Auto = "rcvbuf=auto";
    public const string Small = "rcvbuf=4096";
    public const string Middle = "rcvbuf=262144";
    public const string Large = "rcvbuf=4194304";
    public const string Late = "rcvbuf-late=4194304";
    private static readonly int[] s_sizes = [4 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];

    /// <summary>Measures 4 KB to 4 MB, the kernel's own choice, and 4 MB set too late.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        BulkArm[] arms =
        [
            .. s_sizes.Select(size => new BulkArm(lab.Peer, $"{Name}={size}", new OptionSetting(SocketOption.ReceiveBuffer, size))),
            new BulkArm(lab.Peer, Auto, null),
            new BulkArm(lab.Peer, Late, new OptionSetting(SocketOption.ReceiveBuffer, 4 << 20), afterConnect: true),
        ];
        (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(2, 0), (2, 1), (2, 3), (2, 4), (2, 5), (4, 6)]);
        string[] cut = [.. arms.Where(arm => arm.CutByTime).Select(arm => arm.Name)];
        string done = Invariant($"Receive {lab.Settings.BytesPerArm / 1e9:0.##} GB in each arm, in {lab.Settings.Blocks} connections, ")
            + $"SO_RCVBUF set before connect, congestion control {results[0].Congestion} at the sender."
            + (cut.Length == 0 ? "" : Invariant($" Cut at {lab.Settings.SecondsPerArm:0.##} s: {string.Join(", ", cut)}."));
        return [Explain(new(Name, "bulk", "MB/s", done, results, differences)
        {
            Facts = BufferGrant.Of(results),
        })];
    }

    /// <summary>Says in a sentence what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        ArmResult small = result.Arm(Small);
        ArmResult middle = result.Arm(Middle);
        ArmResult large = result.Arm(Large);
        ArmResult auto = result.Arm(Auto);
        string bigger = result.Differences.First(d => d.B == large.Name).Verdict switch
        {
            EffectVerdict.Effect => large.Median.Value > middle.Median.Value ? "more than with 256 KB" : "less than with 256 KB",
            EffectVerdict.NoEffect => "no different from 256 KB",
            _ => "not shown to differ from 256 KB",
        };
        string clamped = BufferGrant.IsClamped(large)
            ? $" The 4 MB were cut to {Numbers.Size(large.Effective!.Value / 2)} by net.core.rmem_max." : "";
        return result with
        {
            Meaning = $"A 4 KB buffer moves {Numbers.Show(small.Median.Value)} MB/s, 256 KB {Numbers.Show(middle.Median.Value)} MB/s "
                + $"({Numbers.Show(middle.Median.Value / small.Median.Value)} times as much), 4 MB {Numbers.Show(large.Median.Value)} MB/s, {bigger}, "
                + $"and the kernel's autotuning {Numbers.Show(auto.Median.Value)} MB/s. At most a window is on its way at any time, so the rate is at most "
                + $"window / round-trip time.{clamped} What is asked for before the handshake also fixes the window scale in our SYN: 4 MB set after it keep the scale of the default.",
            Textbook = "Textbooks give the rule buffer >= bandwidth x delay. On loopback the delay is some 20 us, so a few hundred KB hold the product; "
                + "beyond that a buffer only absorbs pauses of the reader. On a link of 20 ms round trip 256 KB allow no more than 13 MB/s (try: optbench link). "
                + "The kernel doubles what is asked for, and asking switches its autotuning off.",
        };
    }
}
