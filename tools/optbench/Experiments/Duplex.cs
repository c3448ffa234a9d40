using NetTools.Measure;
using NetTools.OptBench.Results;

namespace NetTools.OptBench.Experiments;

/// <summary>Both directions at once: what each moves alone, and while the other moves too.</summary>
internal static class Duplex
{
    public const string Name = "duplex";
    public const string Down = "down=alone";
    public const string DownToo = "down=with-up";
    public const string Up = "up=alone";
    public const string UpToo = "up=with-down";

    /// <summary>Measures each direction alone and with the other, a connection for each.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        FlowsArm[] arms =
        [
            new(lab.Peer, Down, null, measuresUp: false, along: 1, against: 0),
            new(lab.Peer, DownToo, null, measuresUp: false, along: 1, against: 1),
            new(lab.Peer, Up, null, measuresUp: true, along: 1, against: 0),
            new(lab.Peer, UpToo, null, measuresUp: true, along: 1, against: 1),
        ];
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(0, 1), (2, 3)]);
            return [Explain(new(Name, "bulk", "MB/s",
                "Move bytes from the far end (down) and to it (up), alone and both at once, a connection for each "
                    + "direction, one thread "
                + $"at this end; timed once the rate is steady, buffers tuned by the kernel, congestion control "
                + $"{results[0].Congestion}.",
                results, differences))];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        double Median(string name) => result.Arm(name).Median.Value;
        string Change(string name) =>
            result.Difference(name) is DifferenceResult difference ? $" ({Numbers.Change(difference)})" : "";
        bool slower = result.Difference(DownToo) is { Verdict: Verdict.Effect, Median.Value: < 0 }
            || result.Difference(UpToo) is { Verdict: Verdict.Effect, Median.Value: < 0 };
        return result with
        {
            Meaning = $"Down moves {Numbers.Show(Median(Down))} MB/s alone and {Numbers.Show(Median(DownToo))} MB/s while "
                + $"up moves too"
                + $"{Change(DownToo)}; up {Numbers.Show(Median(Up))} MB/s alone and {Numbers.Show(Median(UpToo))} MB/s "
                + $"while down moves "
                + $"too{Change(UpToo)}." + (slower ? " What one direction costs the other is the CPU that both share, "
                + "where both ends are one "
                    + "machine, or ACKs that wait behind the data of the other direction in the queue of a slow link." : ""),
            Textbook = "Textbooks call a link full duplex: each direction has its own rate. The ACKs of each direction "
                + "travel in the other.",
        };
    }
}
