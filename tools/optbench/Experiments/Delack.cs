using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>TCP_DELACK_MAX_US (Linux 6.16): how long the far end may delay an ACK, seen through write-write-read.</summary>
internal static class Delack
{
    public const string Name = "delack";
    private const string Standard = "delack=default";
    private static readonly int[] s_microseconds = [20_000, 5_000];

    /// <summary>Measures write-write-read with the kernel's delay and with shorter ones.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        if (!IsKnown())
        {
            return [ExperimentResult.NotRun(
                Name, Nodelay.WriteWriteRead, "this kernel has no TCP_DELACK_MAX_US; Linux 6.16 brought it")];
        }

        List<Arm> arms = [];
        try
        {
            arms.Add(new ExchangeArm(lab.Peer, Standard, 2, null, atServer: true));
            arms.AddRange(s_microseconds.Select(us =>
                new ExchangeArm(lab.Peer, $"{Name}={us}", 2, new OptionSetting(SocketOption.DelayedAckMax, us), atServer: true)));
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(0, 1), (0, 2)]);
            return
            [
                Explain(new(Name, Nodelay.WriteWriteRead, "us",
                    "Write 1 byte, write 1 byte more, wait for the reply; Nagle's algorithm on, the far end's ACKs delayed by "
                        + "less." + lab.Conditions, results, differences)),
            ];
        }
        finally
        {
            arms.ForEach(arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result) => result with
    {
        Meaning = $"The exchange takes {Numbers.Show(result.Arms[0].Median.Value)} us with the kernel's own delay, "
            + string.Join(", ", result.Arms.Skip(1)
                .Select(arm => $"{Numbers.Show(arm.Median.Value)} us with {arm.Requested} us asked for ({arm.Effective} "
                    + $"granted: the kernel counts in ticks)"))
            + ": what Nagle's algorithm waits for is the far end's delayed ACK, and its timer can be set.",
        Textbook = "Textbooks know no such option: until Linux 6.16 the 40 ms were a constant of the kernel.",
    };

    private static bool IsKnown()
    {
        using ConnectedPair pair = new();
        return SocketOption.DelayedAckMax.TryGet(pair.Client, out _);
    }
}
