using NetTools.Libc;
using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Report;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using Tmds.Linux;

namespace NetTools.OptBench.Run;

/// <summary>optbench EXPERIMENT...: measures and reports.</summary>
internal static class RunCommand
{
    private const int SIOCGIFFLAGS = 0x8913;
    private const int SizeOfIfreq = 40;
    private const string NoLoopback = "the loopback interface is down here: ip link set lo up";

    /// <summary>
    /// Runs the experiments one after another; each is printed as soon as it is done, and a failure stays its own.
    /// </summary>
    public static int Run(RunOptions options)
    {
        Privileges.DropSetuid();
        JsonHead head = new();
        RunSettings settings = options.ToSettings();
        if (options.Cpu is string cpu)
        {
            Cpus.Choose(cpu);
            CallingThread.PinTo(Cpus.Near);
        }

        IReadOnlyList<Experiment> experiments = Catalog.Choose(options.Experiments);
        string token = Tokens.Choose(options.Token);
        Endpoint? remote = options.Server is string text ? Endpoint.Parse(text) : null;
        using OutputFile? csv = options.Csv is string path ? new OutputFile(path) : null;
        using OutputFile? plot = options.Gnuplot is string script ? new OutputFile(script) : null;

        // Before the signal thread exists: the child is a copy of this process until it becomes the server.
        bool needsServer = experiments.Any(experiment => experiment.NeedsServer);
        bool loopback = LoopbackIsUp();
        string? noServer = remote is null && needsServer && !loopback ? NoLoopback : null;
        bool IsImpossible(Experiment experiment) =>
            !loopback && !experiment.MakesNetwork && (remote is null || !experiment.NeedsServer);
        using LocalServer? local = remote is null && needsServer && noServer is null ? LocalServer.Start() : null;
        string congestion = options.Congestion ?? RunOptions.UsualCongestion;
        Peer peer = remote is Endpoint far ? new(far.Resolve(), token, congestion) { IsRemote = true }
            : local is null ? new(default, "", congestion) : new(local.Address, local.Token, congestion);
        using Awake? awake = options.LetIdle ? null : new Awake();
        Restrict(experiments, options.NoSandbox);
        using StopSignals stop = new();
        using Progress progress = new();
        NetworkPath? between = needsServer && noServer is null ? Probe(peer) : null;
        Lab shared = new(peer, settings, progress.IsVisible ? progress.Show : null, () => stop.Requested, awake)
        {
            RoundTripUs = between?.RoundTripUs,
        };

        MeasuringEnvironment environment = MeasuringEnvironment.Read();
        List<ExperimentResult> results = [];
        List<Duration> durations = [];
        int code = ExitCode.Success;
        if (!options.Json)
        {
            TextReport.Write(Output.Standard, environment, options.Server, between);
        }

        foreach (Experiment experiment in experiments)
        {
            if (stop.Requested)
            {
                break;
            }

            MachineState before = MachineState.Read();
            long begin = Clock.Nanoseconds;
            Lab lab = shared.Next();
            TimeAllowance allowance = lab.Allowance;
            ExperimentResult[] found;
            try
            {
                found = IsImpossible(experiment) ? [ExperimentResult.NotRun(experiment.Name, "", NoLoopback)]
                    : experiment.Run(lab);
            }
            catch (InterruptedException)
            {
                break;
            }
            catch (OptionRefusedException e)
            {
                found = [ExperimentResult.NotRun(experiment.Name, "refused by the far end", e.Message)];
                code = ExitCode.Negative;
            }
            catch (TimeTooShortException e)
            {
                progress.Show("");
                ErrorLine.Write($"{experiment.Name}: {e.Message}", "give more --time");
                found = [.. allowance.Finished, ExperimentResult.NotRun(experiment.Name, "too little time", e.Message)];
                code = ExitCode.Negative;
            }
            catch (Exception e) when (e is PeerLostException or TimeSpentException
                or (OperationFailedException and not OutputException))
            {
                if (stop.Requested)
                {
                    break;
                }

                progress.Show("");
                ErrorLine.Write($"{experiment.Name}: {e.Message}", (e as OperationFailedException)?.Hint);
                found = [.. allowance.Finished, ExperimentResult.NotRun(experiment.Name, "failed", e.Message)];
                code = ExitCode.Negative;
            }

            durations.Add(new(experiment.Name, TimeUnits.Seconds(Clock.Nanoseconds - begin),
                allowance.Seconds > 0 ? allowance.Seconds : null)
            {
                BrokenOff = allowance.BrokenOff,
            });
            code = allowance.IsPeerSilent ? ExitCode.Negative : code;
            Disturbance disturbance = Disturbance.Between(before, MachineState.Read());
            foreach (ExperimentResult result in found.Select(result => result.Arms.Count > 0
                ? result with { Disturbance = disturbance } : result))
            {
                results.Add(result);
                progress.Show("");
                if (!options.Json)
                {
                    TextReport.Write(Output.Standard, result);
                    Output.Standard.Flush();
                }
            }
        }

        code = stop.Requested || experiments.Any(IsImpossible) ? ExitCode.Negative : code;
        RunResult run = new(environment, settings, options.Server, results)
        {
            Path = between,
            Durations = durations,
            Interrupted = stop.Requested,
            LetIdle = options.LetIdle,
            Quick = options.Quick,
        };
        Report(head, run, options.Json, csv, plot);
        return code;
    }

    private static void Report(JsonHead head, RunResult run, bool asJson, OutputFile? csv, OutputFile? plot)
    {
        if (asJson)
        {
            JsonReport.Write(Output.Standard, head, run);
        }
        else
        {
            TextReport.WriteEnd(Output.Standard, run);
        }

        Output.Standard.Flush(); // a file that cannot be written takes none of it away
        if (csv is not null)
        {
            CsvReport.Write(csv.Output, run.Experiments);
        }

        if (plot is not null)
        {
            GnuplotReport.Write(plot.Output, run.Experiments);
        }
    }

    private static NetworkPath Probe(Peer peer)
    {
        try
        {
            return NetworkPath.Probe(peer);
        }
        catch (PeerLostException e)
        {
            throw new OperationFailedException(e.Message, "is an optbench server there?");
        }
    }

    /// <summary>A fresh network namespace has lo, but down and without its address.</summary>
    private static unsafe bool LoopbackIsUp()
    {
        byte* request = stackalloc byte[SizeOfIfreq]; // netdevice(7)
        new Span<byte>(request, SizeOfIfreq).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, SizeOfIfreq));
        using Descriptor socket = Descriptor.Open(LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0),
            "creating a socket");
        return LibC.ioctl(socket.Value, SIOCGIFFLAGS, request) < 0
            || (*(short*)(request + Linux.IF_NAMESIZE) & Linux.IFF_UP) != 0;
    }

    /// <summary>Leaves this process what the chosen experiments make use of.</summary>
    private static void Restrict(IReadOnlyList<Experiment> experiments, bool noSandbox)
    {
        // Congestion control and busy polling may ask for CAP_NET_ADMIN.
        Privileges.DropAllBut([Linux.CAP_NET_ADMIN, .. experiments.SelectMany(experiment => experiment.Capabilities)]);
        // The far end is ended and waited for.
        Sandbox.Enter(Allowances.OtherSockets | Allowances.Forks | Allowances.EarlierChildren
            | (experiments.Any(experiment => experiment.MakesNetwork) ? Allowances.Programs | Allowances.Files
                : Allowances.None), noSandbox);
    }
}
