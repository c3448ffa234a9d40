using NetTools.EpollEcho.Report;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary><c>epollecho check</c>.</summary>
internal static class CheckCommand
{
    /// <summary>Examines the server and prints what was seen.</summary>
    /// <returns>The exit code: 1 when a trial failed.</returns>
    /// <exception cref="OperationFailedException">Nothing listens there, or there is no such process.</exception>
    public static int Run(CheckSettings settings, bool json)
    {
        JsonHead head = new("check");
        int limit = DescriptorLimit.Raise();
        SocketAddress address = settings.Target.Resolve();
        ServerProcess? process = settings.Pid is int pid ? new ServerProcess(pid) : null;
        if (process is { Lives: false })
        {
            throw new OperationFailedException($"there is no process {settings.Pid}");
        }

        Subject subject = new(address, process, limit);
        using (EchoPeer first = subject.Connect())
        {
            if (!first.AwaitConnected())
            {
                string why = first.Error ?? "no connection";
                throw new OperationFailedException($"{settings.Target}: {why}", "is the server running there?");
            }
        }

        // It is to be accepted and gone before the first trial: clients that come together are a trial of their own.
        Thread.Sleep(100);
        using StopSignals signals = new();
        List<TrialResult> results = [];
        string? gone = null;
        foreach (Trial trial in settings.Chosen)
        {
            if (signals.Requested)
            {
                break;
            }

            Seen seen = trial.NeedsPid && process is null ? new Seen(null, "not tried: it needs --pid")
                : gone is not null ? new Seen(null, gone) : trial.Run(subject);
            results.Add(new TrialResult(trial, seen));
            if (seen.Passed == false && gone is null && Gone(subject))
            {
                gone = $"not tried: the server was gone after {trial.Name}";
            }
        }

        CheckReport.Write(Output.Standard, json, settings, results, head, signals.Requested);
        return results.Any(result => result.Seen.Passed == false) || signals.Requested ? ExitCode.Negative : ExitCode.Success;
    }

    private static bool Gone(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        return !peer.AwaitConnected(1000) && peer.Error == "ECONNREFUSED";
    }
}
