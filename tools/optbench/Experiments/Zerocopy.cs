using System.Globalization;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// MSG_ZEROCOPY, send(2): gain or loss by the size of a write, and whether the kernel did without the copy at all.
/// </summary>
internal static class Zerocopy
{
    public const string Name = "zerocopy";
    private const string Copying = "copy";
    private static readonly int[] s_sizes = [4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];

    /// <summary>Measures each size of a write with and without.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        if (!IsKnown())
        {
            return [ExperimentResult.NotRun(Name, "bulk", "this kernel has no SO_ZEROCOPY for TCP; Linux 4.14 brought it")];
        }

        UploadArm[] arms = [.. s_sizes.SelectMany(size => (UploadArm[])
        [
            new UploadArm(lab.Peer, $"{Copying}={size}", null, size), new ZerocopyArm(lab.Peer, $"{Name}={size}", size),
        ])];
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) =
                lab.Measure(Name, arms, [.. Enumerable.Range(0, s_sizes.Length).Select(i => (2 * i, (2 * i) + 1))]);
            ZerocopyArm[] without = [.. arms.OfType<ZerocopyArm>()];
            return
            [
                Explain(new(Name, "bulk", "MB/s",
                    $"Send in writes of 4 KiB to 1 MiB, with and without MSG_ZEROCOPY, congestion control "
                        + $"{results[0].Congestion}; the kernel's notes are read from the error queue.",
                    results, differences)
                {
                    Facts = new(["arm", "writes_done", "copied_all_the_same", "copied_percent"], [.. without.Select(Row)]),
                }, without.Sum(arm => arm.Completed), without.Sum(arm => arm.Copied)),
            ];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians, the notes and the CPU times mean.</summary>
    /// <param name="result">An arm without and one with for each size.</param>
    /// <param name="done">Writes the kernel was done with.</param>
    /// <param name="copied">Those that it copied after all.</param>
    public static ExperimentResult Explain(ExperimentResult result, long done, long copied)
    {
        string[] gains =
        [
            .. result.Differences.Select(difference =>
            {
                string size = Numbers.Size(long.Parse(difference.A.AsSpan(Copying.Length + 1), CultureInfo.InvariantCulture));
                return $"{size} {Numbers.Change(difference)}";
            }),
        ];
        ArmResult largestCopy = result.Arms[^2];
        ArmResult largest = result.Arms[^1];
        string cpu = largest.Cost?.NearNsPerByte is double with && largestCopy.Cost?.NearNsPerByte is double without
            ? $" Writing 1 MB costs this end {Numbers.Show(without * 1e3)} us of CPU time by copying and "
                + $"{Numbers.Show(with * 1e3)} us with MSG_ZEROCOPY." : "";
        string notes = string.Create(CultureInfo.InvariantCulture,
            $"Of {Figures.PlainCount(done, "write")} the kernel copied {copied} all the same (SO_EE_CODE_ZEROCOPY_COPIED)");
        return result with
        {
            Meaning = $"Change of throughput by MSG_ZEROCOPY: {string.Join(", ", gains)}.{cpu} "
                + (done == 0 ? "The kernel had not finished with a single write in the time." : copied == done
                    ? $"{notes}: on loopback it must, because the receiver may hold the pages as long as it likes. So what is "
                        + $"seen here is the price, pinning pages and reading notes, without the gain."
                    : copied == 0 ? $"{notes}: the pages went out from where they lay."
                        : $"{notes}; the rest went out from where they lay."),
            Textbook = "Textbooks promise that zero-copy is faster. The kernel's own documentation says: from about 10 kB a "
                + "write, and on a network card that can gather; never on loopback.",
        };
    }

    private static Fact[] Row(ZerocopyArm arm) =>
        [arm.Name, arm.Completed, arm.Copied, arm.Completed == 0 ? new Fact(null, null) : arm.Copied * 100 / arm.Completed];

    private static bool IsKnown()
    {
        using Descriptor socket = Descriptor.Open(Tmds.Linux.LibC.socket(
            Tmds.Linux.LibC.AF_INET, Tmds.Linux.LibC.SOCK_STREAM | Tmds.Linux.LibC.SOCK_CLOEXEC, 0), "creating a socket");
        return SocketOption.ZeroCopy.TrySet(socket.Value, 1);
    }
}
