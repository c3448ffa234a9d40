using NetTools.Libc;
using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING, socket(7): when a packet came, told apart from when it was read.
/// </summary>
internal static class Timestamp
{
    public const string Name = "timestamp";
    private const int BusyUs = 1000;

    /// <summary>Measures a reader that reads at once and one that is busy for a millisecond.</summary>
    public static ExperimentResult[] Run(Lab lab) =>
    [
        lab.Keep(Explain(Measure(lab, "read at once", 0,
            "Send a datagram to ourselves and read it at once: the time from the kernel's stamp to ours."), 0)),
        Explain(Measure(lab, "read after 1 ms", BusyUs, "The same with a program that is busy for 1 ms before it reads."),
            BusyUs),
    ];

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result, int busyUs)
    {
        bool shown = result.Arms.All(arm => arm.Median.Value >= busyUs && arm.Median.Value < 2 * busyUs);
        string medians = string.Join(", ", result.Arms.Select(arm => $"{Numbers.Show(arm.Median.Value)} us by {arm.Name}"));
        return result with
        {
            Meaning = busyUs == 0
                ? $"A datagram waits {medians} until this program has it: that much every time taken in user space is late by, "
                    + $"on an idle reader."
                : !shown ? $"A datagram waits {medians}: not the {busyUs} us of other work alone. The reader waited for a CPU "
                    + "as well; this run does not tell the two apart."
                : $"A datagram waits {medians}: the {busyUs} us of other work are all in it. A time taken after the read would "
                    + $"have blamed the network for them.",
            Textbook = busyUs == 0
                ? "Textbooks speak of hardware and kernel timestamps together; these options give the kernel's, SO_TIMESTAMPING "
                    + "a network card's too where it has a clock. "
                    + "SO_TIMESTAMP counts whole microseconds, the others nanoseconds."
                : "",
        };
    }

    private static ExperimentResult Measure(Lab lab, string pattern, int busyUs, string done)
    {
        List<Arm> arms = [];
        try
        {
            arms.Add(new TimestampArm("timestamp=us", SocketOption.Timestamp, 1, busyUs));
            arms.Add(new TimestampArm("timestamp=ns", SocketOption.TimestampNs, 1, busyUs));
            arms.Add(new TimestampArm("timestamping=software", SocketOption.Timestamping,
                Linux.SOF_TIMESTAMPING_RX_SOFTWARE | Linux.SOF_TIMESTAMPING_SOFTWARE, busyUs));
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure($"{Name} {pattern}", arms, [(1, 0), (1, 2)]);
            return new(Name, pattern, "us", done, results, differences);
        }
        finally
        {
            arms.ForEach(arm => arm.Dispose());
        }
    }
}
