using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary><c>epollecho check</c>.</summary>
internal static class CheckCommand
{
    /// <summary>Examines the server and writes what was seen.</summary>
    /// <returns>The exit code: 1 when a required trial failed.</returns>
    /// <exception cref="OperationFailedException">Nothing listens there, or there is no such process.</exception>
    public static int Run(CheckSettings settings, ExamReport report)
    {
        int limit = DescriptorLimit.Raise();
        SocketAddress address = settings.Target.Resolve();
        using ServerCommand? command = settings.Command.Count == 0 ? null
            : new ServerCommand(settings.Command, settings.Target.Port);
        command?.Start();
        ServerProcess? process = command?.First ?? (settings.Pid is int pid ? new ServerProcess(pid) : null);
        if (process is { Lives: false })
        {
            throw new OperationFailedException($"there is no process {settings.Pid}");
        }

        Subject subject = new(address, process, command, limit);
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
        List<ExamResult> results = [];
        string? gone = null;
        foreach (EchoTrial trial in settings.Chosen)
        {
            if (signals.Requested)
            {
                break;
            }

            long begun = Clock.Nanoseconds;
            Seen seen = (gone ?? Missing(trial, subject)) is string why ? new Seen(null, why) : trial.Run(subject);
            results.Add(new ExamResult(trial.Info, seen.Passed, seen.Text, (Clock.Nanoseconds - begun) / 1e9));
            if (seen.Passed == false && gone is null && Gone(subject))
            {
                // With its command at hand every trial gets a server that runs.
                gone = command?.Restart() == true ? null : $"not tried: the server was gone after {trial.Info.Name}";
            }
        }

        ExamSheet sheet = new(settings.Name, settings.Profile, results, signals.Requested);
        report.Write(sheet);
        return sheet.ExitCode;
    }

    private static string? Missing(EchoTrial trial, Subject subject) => trial.Needs switch
    {
        TrialNeeds.Process when subject.Process is null => "not tried: it needs --pid",
        TrialNeeds.Command when subject.Command is null => "not tried: it needs the server's command",
        _ => null,
    };

    private static bool Gone(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        return !peer.AwaitConnected(1000) && peer.Error == "ECONNREFUSED";
    }
}
