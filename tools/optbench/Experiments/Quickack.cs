using NetTools.OptBench.Results;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// TCP_QUICKACK does not stick, tcp(7): set once it is gone at the first reply; set before each read it undoes the delayed ACK.
/// </summary>
internal static class Quickack
{
    public const string Name = "quickack";
    public const string Off = "quickack=off";
    public const string Once = "quickack=once";
    public const string Rearmed = "quickack=rearmed";
    private const int Exchanges = 4;

    /// <summary>Reads the option back over a conversation, then measures write-write-read with Nagle's algorithm on.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        ExperimentResult stick = ExplainReadBack(Converse());
        List<Arm> arms = [];
        try
        {
            arms.Add(new ExchangeArm(lab.Peer, Off, 2, new OptionSetting(SocketOption.QuickAck, 0), atServer: true));
            arms.Add(new ExchangeArm(lab.Peer, Once, 2, new OptionSetting(SocketOption.QuickAck, 1), atServer: true));
            arms.Add(new ExchangeArm(lab.Peer, Rearmed, 2, new OptionSetting(SocketOption.QuickAck, 1), atServer: true,
                rearmQuickAck: true));
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(0, 1), (0, 2)]);
            return
            [
                stick,
                Explain(new(Name, Nodelay.WriteWriteRead, "us",
                    "Write 1 byte, write 1 byte more, wait for the reply; Nagle's algorithm on, TCP_QUICKACK at the far end."
                        + lab.Conditions, results, differences)),
            ];
        }
        finally
        {
            arms.ForEach(arm => arm.Dispose());
        }
    }

    /// <summary>Says whether the option stuck.</summary>
    /// <param name="values">As read back: when set, then after each exchange.</param>
    public static ExperimentResult ExplainReadBack(IReadOnlyList<int> values)
    {
        int gone = values.ToList().IndexOf(0);
        return new(Name, "read back", "", "Set TCP_QUICKACK once, exchange single bytes, and read the option back each time.", [],
            [])
        {
            Facts = new(["moment", "tcp_quickack"], [.. values.Select((value, i) => (Fact[])[Moment(i), value])]),
            Meaning = gone < 0 ? $"After {Figures.PlainCount(values.Count - 1, "exchange")} the option still reads 1 here."
                : $"The option reads {values[0]} right after it is set and 0 {Moment(gone)}: the kernel cleared it.",
            Textbook = "Textbooks list TCP_QUICKACK beside TCP_NODELAY, as if it stayed set. It holds for the moment only.",
        };
    }

    /// <summary>Says what the medians mean.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        double off = result.Arm(Off).Median.Value;
        double once = result.Arm(Once).Median.Value;
        double rearmed = result.Arm(Rearmed).Median.Value;
        return result with
        {
            Meaning = $"Without it an exchange takes {Numbers.Show(off)} us, set once {Numbers.Show(once)} us, set again before "
                + $"each read {Numbers.Show(rearmed)} us: "
                + $"the delayed ACK costs {Numbers.Show(off - rearmed)} us, and only setting the option again and again removes "
                    + $"it.",
        };
    }

    private static string Moment(int exchanges) => exchanges == 0 ? "when set" : $"after exchange {exchanges}";

    private static List<int> Converse()
    {
        using ConnectedPair pair = new();
        SocketOption.QuickAck.Set(pair.Server, true);
        List<int> values = [Read(pair.Server)];
        for (int i = 1; i <= Exchanges; i++)
        {
            pair.Exchange();
            values.Add(Read(pair.Server));
        }

        return values;
    }

    private static int Read(int socket) => SocketOption.QuickAck.Get(socket) == 0 ? 0 : 1;
}
