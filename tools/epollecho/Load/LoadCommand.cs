using NetTools.EpollEcho.Report;
using NetTools.EpollEcho.Serve;
using NetTools.Os;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary><c>epollecho load</c>.</summary>
internal static class LoadCommand
{
    private const int OtherDescriptors = 24; // standard input to error, epoll, signals, the parent, the files of a report

    /// <summary>Runs the load and prints what it measured.</summary>
    /// <returns>The exit code: 1 when anything failed, was due and not sent, or was cut short.</returns>
    public static int Run(LoadOptions options)
    {
        StartLine start = new(new ReadySignal(options.ReadyDescriptor), options.StartAt == LoadOptions.LineOfInput);
        LoadSettings settings = options.ToSettings();
        CheckDescriptors(settings);
        using OutputFile? distribution = Create(options.Hgrm);
        using OutputFile? seconds = Create(options.Csv);
        using OutputFile? histograms = Create(options.Hlog);
        using RequestLog? log = options.Log is null ? null : new RequestLog(options.Log);
        Privileges.DropAll();
        using SignalDescriptor signals =
            settings.Processes > 1 ? new(SIGINT, SIGTERM, SIGHUP, SIGCHLD) : new(SIGINT, SIGTERM, SIGHUP);
        RateSearch? search = options.FindRate ? new RateSearch(settings, options.LimitNs) : null;
        HistogramLog? histogramLog = histograms is null ? null : new HistogramLog(histograms.Output, settings.Name);
        LoadLogs logs = new(log, search is null ? histogramLog : null);
        LoadResult? result;
        if (search is not null)
        {
            if (search.Run(trial => Measure(trial, signals, start, logs)) is not (LoadSettings best, LoadResult found))
            {
                return ExitCode.Success;
            }

            (settings, result) = (best, found);
        }
        else
        {
            result = Measure(settings, signals, start, logs);
        }

        if (result is null)
        {
            return ExitCode.Success; // one process of several: its parent prints
        }

        Write(options, settings, result, search);
        if (distribution is not null)
        {
            LoadTextReport.WriteHgrm(distribution.Output, result.Latency);
        }

        if (seconds is not null)
        {
            LoadCsvReport.Write(seconds.Output, result);
        }

        histogramLog?.End(result);
        bool good = search is null ? result.Good : search is { Found: > 0, Interrupted: false };
        return good ? ExitCode.Success : ExitCode.Negative;
    }

    private static OutputFile? Create(string? path) => path is null ? null : new OutputFile(path);

    private static void Write(LoadOptions options, LoadSettings settings, LoadResult result, RateSearch? search)
    {
        if (options.Json)
        {
            LoadJsonReport.Write(Output.Standard, settings, result, search);
        }
        else
        {
            LoadTextReport.Write(Output.Standard, settings, result, search, options.Histogram || Output.Standard.IsTerminal);
        }
    }

    private static LoadResult? Measure(LoadSettings settings, SignalDescriptor signals, StartLine start, LoadLogs logs)
    {
        if (settings.Processes == 1)
        {
            return Work(settings, signals, null, start, logs);
        }

        using LoadTeam team = new(settings, signals, start, logs.Seconds);
        return team.Run((share, member) => member.Report(Work(share, signals, member, start, logs)));
    }

    private static LoadResult Work(
        LoadSettings settings, SignalDescriptor signals, LoadMember? member, StartLine start, LoadLogs logs)
    {
        LoadRun run = new(settings, signals, member, start, logs);
        if (settings.Udp)
        {
            using UdpFlow flow = new(run);
            flow.Run();
        }
        else if (settings.Protocol == Protocol.Http)
        {
            using TcpFlow<HttpVerifier> flow = new(run, new HttpVerifier(new HttpRequests(settings)));
            flow.Run();
        }
        else
        {
            using TcpFlow<EchoVerifier> flow = new(run, new EchoVerifier(new EchoRequests(settings.Sizes)));
            flow.Run();
        }

        run.End();
        return run.Result;
    }

    private static void CheckDescriptors(LoadSettings settings)
    {
        int each = DescriptorLimit.Raise() - OtherDescriptors;
        int needed = (settings.Connections + settings.Processes - 1) / settings.Processes;
        if (each > 0 && needed > each) // with none at all, opening the first says so
        {
            string may = settings.Processes == 1 ? "a process may" : $"{settings.Processes} processes may";
            throw new OperationFailedException(
                $"{settings.Connections} connections are more than {may} have descriptors for, {each} each",
                $"--processes {(settings.Connections + each - 1) / each}, or ulimit -n");
        }
    }
}
