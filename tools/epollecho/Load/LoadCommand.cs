using NetTools.EpollEcho.Report;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary><c>epollecho load</c>.</summary>
internal static class LoadCommand
{
    private const int OtherDescriptors = 16; // standard input to error, epoll, signals, the parent

    /// <summary>Runs the load and prints what it measured.</summary>
    /// <returns>The exit code: 1 when anything failed.</returns>
    /// <param name="settings">What to do.</param>
    /// <param name="json">Print JSON.</param>
    /// <param name="hgrm">A file for the latency distribution, or null.</param>
    public static int Run(LoadSettings settings, bool json, string? hgrm)
    {
        CheckDescriptors(settings);
        using OutputFile? distribution = hgrm is null ? null : new OutputFile(hgrm);
        Privileges.DropAll();
        using SignalDescriptor signals = settings.Processes > 1 ? new(SIGINT, SIGTERM, SIGHUP, SIGCHLD) : new(SIGINT, SIGTERM, SIGHUP);
        if (Measure(settings, signals) is not LoadResult result)
        {
            return ExitCode.Success; // one process of several: its parent prints
        }

        LoadReport.Write(Output.Standard, json, settings, result);
        if (distribution is not null)
        {
            LoadReport.WriteHgrm(distribution.Output, result);
        }

        return result.Good ? ExitCode.Success : ExitCode.Negative;
    }

    private static LoadResult? Measure(LoadSettings settings, SignalDescriptor signals)
    {
        if (settings.Processes == 1)
        {
            return Work(settings, signals, null);
        }

        using LoadTeam team = new(settings, signals);
        return team.Run((share, member) => member.Tell(Work(share, signals, member)));
    }

    private static LoadResult Work(LoadSettings settings, SignalDescriptor signals, LoadMember? member)
    {
        if (settings.Udp)
        {
            using UdpLoad datagrams = new(settings, signals, member);
            return datagrams.Run();
        }

        using LoadGenerator connections = new(settings, signals, member);
        return connections.Run();
    }

    private static void CheckDescriptors(LoadSettings settings)
    {
        int each = DescriptorLimit.Raise() - OtherDescriptors;
        int needed = (settings.Connections + settings.Processes - 1) / settings.Processes;
        if (each > 0 && needed > each) // with none at all, opening the first says so
        {
            string may = settings.Processes == 1 ? "a process may" : $"{settings.Processes} processes may";
            throw new OperationFailedException($"{settings.Connections} connections are more than {may} have descriptors for, {each} each",
                $"--processes {(settings.Connections + each - 1) / each}, or ulimit -n");
        }
    }
}
