using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Sockets;
using static System.FormattableString;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// TCP_NODELAY in the two patterns that matter. Nagle's algorithm (RFC 896) holds a small segment back only while earlier data is
/// unacknowledged: never in a strict ping-pong, always at the second of two writes, where it waits for the far end's delayed ACK
/// (RFC 1122).
/// </summary>
internal static class Nodelay
{
    public const string Name = "nodelay";
    public const string PingPong = "ping-pong";
    public const string WriteWriteRead = "write-write-read";
    public const string Off = "nodelay=off";
    public const string On = "nodelay=on";
    public const string Rearmed = "quickack=rearmed";

    /// <summary>Measures both patterns.</summary>
    public static ExperimentResult[] Run(Lab lab) =>
        [lab.Keep(Measure(lab, PingPong, 1)), Measure(lab, WriteWriteRead, 2)];

    /// <summary>Says in a sentence what the medians mean.</summary>
    /// <param name="result">Of one of the patterns.</param>
    /// <param name="size">Of a message, bytes.</param>
    public static ExperimentResult Explain(ExperimentResult result, int size = 1)
    {
        double off = result.Arm(Off).Median.Value;
        double on = result.Arm(On).Median.Value;
        double rearmed = result.Arm(Rearmed).Median.Value;
        DifferenceResult? difference = result.Difference(On);
        bool pingPong = result.Pattern == PingPong;
        string verdict = difference?.Verdict switch
        {
            Verdict.NoEffect => "no difference worth naming",
            Verdict.WithinNoise => "no more than two visits of the same arm differ by",
            Verdict.Undecided => "no difference shown, but too much noise to rule one out",
            Verdict.Effect => Invariant($"a difference of {Numbers.Show(Math.Abs(difference.Median.Value))} us"),
            _ => "not compared",
        };
        return result with
        {
            Meaning = pingPong
                ? $"With Nagle's algorithm on, a strict {size}-byte ping-pong takes {Numbers.Show(off)} us, with TCP_NODELAY "
                    + $"{Numbers.Show(on)} us: "
                  + $"{verdict}. Nothing is unacknowledged when the next byte is written (the reply carried the ACK), so there "
                      + $"is nothing to wait for."
                : $"With Nagle's algorithm on, two {size}-byte writes and a read take {Numbers.Show(off)} us, with TCP_NODELAY "
                    + $"{Numbers.Show(on)} us: "
                  + $"{Numbers.Show(off / on)} times as long. The second write waits for the ACK of the first, and the far end "
                      + $"delays that ACK because it has "
                  + $"nothing to send yet; when it acknowledges at once (TCP_QUICKACK set again before each read) it takes "
                      + $"{Numbers.Show(rearmed)} us with Nagle still on.",
            Textbook = pingPong
                ? "Textbooks expect about 0.2 ms with TCP_NODELAY and up to 40 ms without it for this test. That is not seen "
                    + "here, "
                  + "and cannot be: the 40 ms belong to the write-write-read pattern."
                : "This is where the textbook's 40 ms come from: the delayed ACK timer's floor. A program that writes its "
                    + "message in one call never meets it.",
        };
    }

    private static ExperimentResult Measure(Lab lab, string pattern, int writes)
    {
        List<Arm> arms = [];
        try
        {
            int size = lab.Settings.MessageBytes;
            arms.Add(new ExchangeArm(lab.Peer, Off, writes, new OptionSetting(SocketOption.NoDelay, 0), atServer: false,
                messageBytes: size));
            arms.Add(new ExchangeArm(lab.Peer, On, writes, new OptionSetting(SocketOption.NoDelay, 1), atServer: false,
                messageBytes: size));
            arms.Add(new ExchangeArm(lab.Peer, Rearmed, writes, new OptionSetting(SocketOption.QuickAck, 1), atServer: true,
                rearmQuickAck: true, messageBytes: size));
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure($"{Name} {pattern}", arms, [(0, 1), (0, 2)]);
            string bytes = size == 1 ? "1 byte" : $"{size} bytes";
            string done = writes == 1
                ? $"Write {bytes}, wait for the {size}-byte reply, again and again, a new connection for each block."
                : $"Write {bytes}, write {bytes} more, wait for the {size}-byte reply to both, again and again, a new "
                    + $"connection for each block.";
            return Explain(new(Name, pattern, "us", done + lab.Conditions, results, differences), size);
        }
        finally
        {
            arms.ForEach(arm => arm.Dispose());
        }
    }
}
