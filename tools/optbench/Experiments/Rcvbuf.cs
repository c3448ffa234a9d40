using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_RCVBUF against throughput: the receive buffer bounds the window, and the window bounds what is in flight.
/// </summary>
internal static class Rcvbuf
{
    public const string Name = "rcvbuf";
    public const string Auto = "rcvbuf=auto";
    public const string Small = "rcvbuf=4096";
    public const string Middle = "rcvbuf=262144";
    public const string Large = "rcvbuf=4194304";
    public const string Late = "rcvbuf-late=4194304";
    private static readonly int[] s_sizes = [4 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];

    /// <summary>Measures 4 KiB to 4 MiB, the kernel's own choice, and 4 MiB set too late.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        DownloadArm[] arms =
        [
            .. s_sizes.Select(size => new DownloadArm(
                lab.Peer, $"{Name}={size}", new OptionSetting(SocketOption.ReceiveBuffer, size))),
            new DownloadArm(lab.Peer, Auto, null),
            new DownloadArm(lab.Peer, Late, new OptionSetting(SocketOption.ReceiveBuffer, 4 << 20), afterConnect: true),
        ];
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) =
                lab.Measure(Name, arms, [(2, 0), (2, 1), (2, 3), (2, 4), (2, 5), (4, 6)]);
            string done = string.Create(CultureInfo.InvariantCulture,
                $"Receive at most {lab.Settings.BytesPerArm / 1e9:0.##} GB and for "
                + $"{lab.Settings.SecondsPerArm:0.##} s in each arm, a new connection for each of {results[0].Blocks.Count} "
                + $"blocks, ")
                + $"timed once the rate is steady; SO_RCVBUF set before connect (late: after), an ample send buffer at the far "
                    + $"end (auto: the kernel's), congestion control {results[0].Congestion} at the sender.";
            return [Explain(new(Name, "bulk", "MB/s", done, results, differences) { Facts = BufferGrant.Of(results) })];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says in a sentence what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        ArmResult small = result.Arm(Small);
        ArmResult middle = result.Arm(Middle);
        ArmResult large = result.Arm(Large);
        ArmResult auto = result.Arm(Auto);
        string bigger = result.Difference(Large)?.Verdict switch
        {
            Verdict.Effect => large.Median.Value > middle.Median.Value ? "more than with 256 KiB" : "less than with 256 KiB",
            Verdict.NoEffect => "no different from 256 KiB",
            _ => "not shown to differ from 256 KiB",
        };
        string clamped = BufferGrant.IsClamped(large)
            ? $" The 4 MiB were cut to {Numbers.Size(large.Effective!.Value / 2)} by net.core.rmem_max." : "";
        uint roundTripUs = middle.Sender?.After.MinRttUs ?? 0;
        string bound = roundTripUs == 0 || middle.Tcp?.After.ReceiveWindow is not uint window ? ""
            : $" The window with 256 KiB is {window} bytes and the round trip {Numbers.Show(roundTripUs / 1e3)} ms, which "
                + $"allows {Numbers.Show(window / (double)roundTripUs)} MB/s; {Numbers.Show(middle.Median.Value)} MB/s were "
                + $"measured.";
        return result with
        {
            Meaning = $"A 4 KiB buffer moves {Numbers.Show(small.Median.Value)} MB/s, 256 KiB "
                + $"{Numbers.Show(middle.Median.Value)} MB/s "
                + $"({Numbers.Show(middle.Median.Value / small.Median.Value)} times as much), 4 MiB "
                    + $"{Numbers.Show(large.Median.Value)} MB/s, {bigger}, "
                + $"and the kernel's autotuning {Numbers.Show(auto.Median.Value)} MB/s. At most a window is on its way at any "
                    + $"time, so the rate is at most "
                + $"window / round-trip time.{bound}{clamped} What is asked for before the handshake also fixes the window "
                    + $"scale in our SYN: 4 MiB set after it keep the scale of the default.",
            Textbook = "Textbooks give the rule buffer >= bandwidth x delay. Where the delay is microseconds, a few hundred KiB "
                + "hold the product, and "
                + "a larger buffer only absorbs pauses of the reader. "
                + "The kernel doubles what is asked for, and asking switches its autotuning off.",
        };
    }
}
