using NetTools.Os;
using NetTools.RawPing.DryRun;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.PathMtu;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Report;
using NetTools.RawPing.Results;
using NetTools.RawPing.Trace;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Ping;

/// <summary>From the command line to the exit code: picks the mode, and runs the plain ping and the sweep.</summary>
internal static class PingCommand
{
    /// <param name="args">Main's arguments.</param>
    public static int Run(string[] args)
    {
        using RawSockets sockets = RawSockets.OpenAndDropPrivileges(TransportIn(args));
        PingOptions? options = CommandLineReader.Read<PingOptions>(args, Help.Page);
        if (options is null)
        {
            return ExitCode.Success;
        }

        Allowances allowed = Allowances.Sockets | (options.Prometheus is null ? Allowances.None : Allowances.Files);
        Sandbox.Enter(allowed, options.NoSandbox); // names are yet to be resolved
        PingSettings settings = SettingsReader.Read(options);
        Output output = Output.Standard;
        if (options.DryRun)
        {
            return DryRunCommand.Run(settings, output, options.Json);
        }

        settings = settings with { HardwareStamps = HardwareStamps.Find(settings.Device) };
        if (options.FindPathMtu)
        {
            return PathMtuCommand.Run(settings, sockets, output, options);
        }

        if (options.Trace)
        {
            return TraceCommand.Run(settings, options, sockets, output);
        }

        return ExitCodeOf(Ping(settings, options, sockets, output), settings);
    }

    // A raw socket of TCP or UDP has to be opened before privileges are dropped, and the command line is read after: so a glance
    // at the last word of each argument decides, which opens one too many at worst.
    private static int TransportIn(string[] args)
    {
        foreach (string word in args)
        {
            if (word.EndsWith("tcp", StringComparison.OrdinalIgnoreCase))
            {
                return IPPROTO_TCP;
            }

            if (word.EndsWith("udp", StringComparison.OrdinalIgnoreCase))
            {
                return IPPROTO_UDP;
            }
        }

        return 0;
    }

    private static PingResults Ping(PingSettings settings, PingOptions options, RawSockets sockets, Output output)
    {
        PingResults results;
        if (options.JsonLines)
        {
            using JsonLinesReport report = new(output, new RunHead("ping"), settings, options.Quiet);
            results = Ping(settings, sockets, report);
            report.WriteSummary(results);
        }
        else if (options.Json)
        {
            JsonReport report = new(output, new RunHead("ping"), settings, PrintSettings.Read(options));
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

        return results;
    }

    private static PingResults Ping(PingSettings settings, RawSockets sockets, IPingObserver observer, Action? begin = null)
    {
        PrometheusReport? file = settings.Prometheus is string path ? new PrometheusReport(path, settings.Unknown) : null;
        PingResults results = PingOnce(settings, sockets, observer, begin, [], file);
        double timeout = settings.Timeout;
        for (int retry = 0; retry < settings.Retries && !results.Interrupted; retry++)
        {
            // The silent ones again, with their counters; the others stay as they are.
            TargetResult[] silent = [.. results.Targets.Where(target => target.Received == 0)];
            if (silent.Length == 0)
            {
                break;
            }

            timeout = Math.Min(timeout * settings.Backoff, PingSettings.LongestTimeout);
            PingResults again = PingOnce(settings with
            {
                Timeout = (long)timeout,
                Targets = [.. silent.Select(one =>
                one.Target)]
            },
                sockets, observer, null, silent);
            results = results with { Interrupted = again.Interrupted };
        }

        file?.Write(results.Targets);
        return results;
    }

    private static PingResults PingOnce(
        PingSettings settings, RawSockets sockets, IPingObserver observer, Action? begin, TargetResult[] counters,
        PrometheusReport? file = null)
    {
        using Pinger pinger = new(settings, sockets, observer, counters);
        if (file is not null)
        {
            file.Begin(pinger.Targets);
            pinger.OnSave = file.Write;
        }

        using StopSignals stop = new();
        stop.OnQuit(pinger.AskStatus);
        // Now that the signals have their thread: later ones would share the table again. Without, each call only costs more.
        _ = CallingThread.UnshareDescriptors();
        begin?.Invoke();
        return pinger.Run(stop);
    }

    // As ping: 0 when something answered, or all that was asked for when there was a deadline for it. Of several hosts named
    // each must, and each must have an address; of a network or a file any.
    private static int ExitCodeOf(PingResults results, PingSettings settings)
    {
        long least = settings.Deadline == long.MaxValue ? 1 : Math.Max(1, settings.Count);
        bool good = settings.IsSweep
            ? results.Targets.Count(target => target.Received > 0) >= settings.MinReachable
            : results.Targets.All(target => target.Received >= least);
        return good && settings.Unknown.Count == 0 ? ExitCode.Success : ExitCode.Negative;
    }
}
