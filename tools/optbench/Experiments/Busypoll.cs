using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_BUSY_POLL, socket(7), by message size: a read polls the device queue before it sleeps. Loopback has no such queue.
/// </summary>
internal static class Busypoll
{
    public const string Name = "busypoll";
    public const string Off = "busypoll=off";
    public const string On = "busypoll=50";
    private const int Microseconds = 50;
    private static readonly int[] s_sizes = [1, 1 << 10, 16 << 10, 64 << 10];

    /// <summary>Measures ping-pong of each size without and with the option at our end, all in the same blocks.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        List<Arm> arms = [];
        try
        {
            foreach (int size in s_sizes)
            {
                arms.Add(Open(lab, Off, 0, size));
                arms.Add(Open(lab, On, Microseconds, size));
            }

            (ArmResult[] results, DifferenceResult[] differences) =
                lab.Measure(Name, arms, [.. Enumerable.Range(0, s_sizes.Length).Select(i => (2 * i, (2 * i) + 1))]);
            return [.. s_sizes.Select((size, i) => Explain(new(Name, $"{Nodelay.PingPong} {Numbers.Size(size)}", "us",
                $"Write {Numbers.Size(size)}, wait for a reply as long; SO_BUSY_POLL of {Microseconds} us at our "
                    + $"end.{lab.Conditions}",
                results[(2 * i)..(2 * (i + 1))], i < differences.Length ? [differences[i]] : []), size))];
        }
        catch (LibcException e) when (e.Errno == Tmds.Linux.LibC.EPERM || e.Errno == Tmds.Linux.LibC.ENOPROTOOPT)
        {
            return [ExperimentResult.NotRun(Name, Nodelay.PingPong, e.Message)];
        }
        finally
        {
            arms.ForEach(arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians mean.</summary>
    /// <param name="result">Without and with.</param>
    /// <param name="size">Of a message, bytes.</param>
    public static ExperimentResult Explain(ExperimentResult result, int size)
    {
        double without = result.Arm(Off).Median.Value, with = result.Arm(On).Median.Value;
        return result with
        {
            Meaning = $"Messages of {Numbers.Size(size)}: {Numbers.Show(without)} us without the option, {Numbers.Show(with)} "
                + $"us with it: "
                + $"{(result.Difference(On) is DifferenceResult difference ? Numbers.Change(difference) : "not compared")}."
                + (size != s_sizes[^1] ? "" : " The option polls the receive queue of a network card's driver; on loopback "
                    + "there is none to poll. "
                    + "Between two hosts (--server) a driver with NAPI may gain."),
        };
    }

    private static ExchangeArm Open(Lab lab, string name, int microseconds, int size) =>
        new(lab.Peer, name, 1, new OptionSetting(SocketOption.BusyPoll, microseconds), atServer: false, messageBytes: size);
}
