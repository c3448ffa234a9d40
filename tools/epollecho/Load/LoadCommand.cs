using NetTools.EpollEcho.Processes;
using NetTools.EpollEcho.Udp;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary><c>epollecho load</c>.</summary>
internal static class LoadCommand
{
    /// <summary>Runs the load and prints what it measured.</summary>
    /// <returns>The exit code: 1 when anything failed.</returns>
    /// <param name="settings">What to do.</param>
    /// <param name="json">Print JSON.</param>
    /// <param name="hgrm">A file for the latency distribution, or null.</param>
    public static int Run(LoadSettings settings, bool json, string? hgrm)
    {
        using Signals signals = new(SIGINT, SIGTERM, SIGHUP);
        LoadResult result = settings.Udp ? Udp(settings, signals) : Tcp(settings, signals);
        LoadReport.Write(Output.Standard, json, settings, result);
        if (hgrm is not null)
        {
            LoadReport.WriteHgrm(hgrm, result);
        }

        return result.Good ? ExitCode.Success : ExitCode.Negative;
    }

    private static LoadResult Tcp(LoadSettings settings, Signals signals)
    {
        using LoadGenerator generator = new(settings, signals);
        return generator.Run();
    }

    private static LoadResult Udp(LoadSettings settings, Signals signals)
    {
        using UdpLoad load = new(settings, signals);
        return load.Run();
    }
}
