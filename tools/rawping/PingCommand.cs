using NetTools.Terminal;

namespace NetTools.RawPing;

/// <summary>From the command line to the exit code.</summary>
internal static class PingCommand
{
    /// <param name="args">Main's arguments.</param>
    public static int Run(string[] args)
    {
        using RawSockets sockets = RawSockets.OpenAndDropPrivileges();
        PingOptions? options = CommandLineReader.Read<PingOptions>(args, Help.Page);
        if (options is null)
        {
            return ExitCode.Success;
        }

        PingSettings settings = SettingsReader.Read(options);
        Output output = Output.Standard;
        PingResults results;
        if (options.Json)
        {
            JsonReport report = new(output, options.Quiet);
            results = Ping(settings, sockets, report);
            report.Write(results);
        }
        else
        {
            TextReport report = new(output, settings, PrintSettings.Read(options));
            output.LineBuffered = !settings.Flood;
            results = Ping(settings, sockets, report, report.WriteHeader);
            report.WriteSummary(results);
        }

        return ExitCodeOf(results);
    }

    private static PingResults Ping(PingSettings settings, RawSockets sockets, IPingObserver observer, Action? begin = null)
    {
        using Pinger pinger = new(settings, sockets, observer);
        using StopSignals stop = new();
        begin?.Invoke();
        return pinger.Run(stop);
    }

    // As ping: 0 when something answered; with several targets, when each did.
    private static int ExitCodeOf(PingResults results) =>
        results.Targets.All(target => target.Received > 0) ? ExitCode.Success : ExitCode.Negative;
}
