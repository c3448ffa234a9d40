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

namespace NetTools.OptBench.Run;

/// <summary>optbench EXPERIMENT...: measures and reports.</summary>
internal static class RunCommand
{
    /// <summary>Runs the experiments one after another; each is printed as soon as it is done.</summary>
    public static int Run(RunOptions options)
    {
        RunSettings settings = options.ToSettings();
        IReadOnlyList<Experiment> experiments = Catalog.Choose(options.Experiments);
        string token = Tokens.Choose(options.Token);
        Endpoint? remote = options.Server is string text ? Endpoint.Parse(text) : null;
        using OutputFile? csv = options.Csv is string path ? new OutputFile(path) : null;
        using OutputFile? plot = options.Gnuplot is string script ? new OutputFile(script) : null;

        // Before the signal thread exists: the child is a copy of this process until it becomes the server.
        using LocalServer? local = remote is null ? LocalServer.Start() : null;
        Peer peer = remote is Endpoint far ? new(far.Resolve(), token, options.Congestion ?? RunOptions.UsualCongestion)
            : new(local!.Address, local.Token, options.Congestion ?? RunOptions.UsualCongestion);
        using Awake? awake = options.LetIdle ? null : new Awake();
        Restrict(experiments, options.NoSandbox);
        using StopSignals stop = new();
        using Progress progress = new();
        Lab lab = new(peer, settings, progress.IsVisible ? progress.Show : null, () => stop.Requested, awake);

        MeasuringEnvironment environment = MeasuringEnvironment.Read();
        List<ExperimentResult> results = [];
        int code = ExitCode.Success;
        try
        {
            if (!options.Json)
            {
                TextReport.Write(Output.Standard, environment);
            }

            foreach (Experiment experiment in experiments)
            {
                ExperimentResult[] found;
                try
                {
                    found = experiment.Run(lab);
                }
                catch (OptionRefusedException e)
                {
                    found = [ExperimentResult.NotRun(experiment.Name, "refused by the far end", e.Message)];
                    code = ExitCode.Negative;
                }

                foreach (ExperimentResult result in found)
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
        }
        catch (InterruptedException)
        {
            code = ExitCode.Negative;
        }
        catch (PeerLostException e)
        {
            ErrorLine.Write(e.Message);
            code = ExitCode.Negative;
        }

        if (options.Json)
        {
            JsonReport.Write(Output.Standard, environment, results);
        }

        if (csv is not null)
        {
            CsvReport.Write(csv.Output, results);
        }

        if (plot is not null)
        {
            GnuplotReport.Write(plot.Output, results);
        }

        return code;
    }

    /// <summary>Leaves this process what the chosen experiments make use of.</summary>
    private static void Restrict(IReadOnlyList<Experiment> experiments, bool noSandbox)
    {
        // Congestion control and busy polling may ask for CAP_NET_ADMIN.
        Privileges.DropAllBut([Linux.CAP_NET_ADMIN, .. experiments.SelectMany(experiment => experiment.Capabilities)]);
        Sandbox.Enter(Allowances.Sockets | Allowances.Forks // the far end is ended and waited for
            | (experiments.Any(experiment => experiment.MakesNetwork) ? Allowances.Programs | Allowances.Files : Allowances.None), noSandbox);
    }
}
