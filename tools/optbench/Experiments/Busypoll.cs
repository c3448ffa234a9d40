using NetTools.Libc;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>SO_BUSY_POLL, socket(7): a read polls the device queue before it sleeps. Loopback has no such queue.</summary>
internal static class Busypoll
{
    public const string Name = "busypoll";
    public const string Off = "busypoll=off";
    private const int Microseconds = 50;

    /// <summary>Measures 1-byte ping-pong without and with the option at our end.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        List<Arm> arms = [];
        try
        {
            arms.Add(new ExchangeArm(lab.Peer, Off, 1, new OptionSetting(SocketOption.BusyPoll, 0), atServer: false));
            arms.Add(new ExchangeArm(lab.Peer, $"{Name}={Microseconds}", 1, new OptionSetting(SocketOption.BusyPoll, Microseconds), atServer: false));
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(0, 1)]);
            return
            [
                Explain(new(Name, Nodelay.PingPong, "us", $"Write 1 byte, wait for the reply; SO_BUSY_POLL of {Microseconds} us at our end.", results, differences)),
            ];
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
    public static ExperimentResult Explain(ExperimentResult result)
    {
        DifferenceResult difference = result.Differences[0];
        string verdict = difference.Verdict switch
        {
            EffectVerdict.Effect => $"a difference of {Numbers.Show(difference.Median.Value)} us",
            EffectVerdict.NoEffect => "no effect",
            _ => "too noisy to tell: run longer",
        };
        return result with
        {
            Meaning = $"{Numbers.Show(result.Arms[0].Median.Value)} us without, {Numbers.Show(result.Arms[1].Median.Value)} us with: {verdict}. The option polls the receive "
                + "queue of a network card's driver; on loopback there is none to poll. Between two hosts (--server) a driver with NAPI may gain.",
        };
    }
}
