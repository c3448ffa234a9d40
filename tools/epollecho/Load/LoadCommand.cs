using NetTools.EpollEcho.Processes;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary><c>epollecho load</c>.</summary>
internal static class LoadCommand
{
    /// <summary>Runs the load and prints what it measured.</summary>
    /// <returns>The exit code: 1 when anything failed.</returns>
    public static int Run(LoadSettings settings, bool json)
    {
        using Signals signals = new(SIGINT, SIGTERM, SIGHUP);
        using LoadGenerator generator = new(settings, signals);
        LoadResult result = generator.Run();
        LoadReport.Write(Output.Standard, json, settings, result);
        return result.Good ? ExitCode.Success : ExitCode.Negative;
    }
}
