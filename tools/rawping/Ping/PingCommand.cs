using NetTools.Libc;
using NetTools.Os;
using NetTools.RawPing.DryRun;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.PathMtu;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Report;
using NetTools.Terminal;

namespace NetTools.RawPing.Ping;

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

        Sandbox.Enter(Allowances.Sockets, options.NoSandbox); // names are yet to be resolved
        PingSettings settings = SettingsReader.Read(options);
        Output output = Output.Standard;
        if (options.DryRun)
        {
            PacketDump.Run(settings, output, options.Json);
            return ExitCode.Success;
        }

        settings = settings with { HardwareStamps = HardwareStamps.Find(settings.Device) };
        PingResults results;
        if (options.FindPathMtu)
        {
            return PathMtuSearch.Run(settings, sockets, output, options.Json);
        }

        if (settings.IsTrace)
        {
            TraceReport report = new();
            results = Ping(settings, sockets, report);
            Action<Output, PingResults> write = options.Json ? report.WriteJson : report.WriteTable;
            write(output, results);
            return ExitCodeOf(results, settings);
        }

        if (options.Json)
        {
            JsonReport report = new(output, options.Quiet);
            results = Ping(settings, sockets, report);
            report.Write(results);
        }
        else if (settings.IsSweep)
        {
            SweepReport report = new(output, PrintSettings.Read(options));
            output.LineBuffered = true;
            results = Ping(settings, sockets, report);
            report.WriteSummary(results);
        }
        else
        {
            TextReport report = new(output, settings, PrintSettings.Read(options));
            output.LineBuffered = !options.Flood;
            results = Ping(settings, sockets, report, report.WriteHeader);
            report.WriteSummary(results);
        }

        return ExitCodeOf(results, settings);
    }

    private static PingResults Ping(PingSettings settings, RawSockets sockets, IPingObserver observer, Action? begin = null)
    {
        using Pinger pinger = new(settings, sockets, observer);
        using StopSignals stop = new();
        stop.OnQuit(pinger.AskStatus);
        // Now that the signals have their thread: later ones would share the table again. Without, each call only costs more.
        _ = CallingThread.UnshareDescriptors();
        begin?.Invoke();
        return pinger.Run(stop);
    }

    // As ping: 0 when something answered, or all that was asked for when there was a deadline for it. Of several hosts named
    // each must; of a network, a file or a path any.
    private static int ExitCodeOf(PingResults results, PingSettings settings)
    {
        long least = settings.Deadline == long.MaxValue ? 1 : Math.Max(1, settings.Count);
        bool good = settings.IsSweep || settings.IsTrace
            ? results.Targets.Any(target => target.Received > 0)
            : results.Targets.All(target => target.Received >= least);
        return good ? ExitCode.Success : ExitCode.Negative;
    }
}
