using NetTools.MuxBench.Measurement;
using NetTools.MuxBench.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Bench;

/// <summary>One run of the tool: measure, then report.</summary>
internal static class BenchCommand
{
    /// <summary>Measures what the settings say and prints it; a signal ends it early with what was measured until then.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(BenchSettings settings)
    {
        Privileges.DropSetuid();
        using OutputFile? csv = settings.Csv is string path ? new OutputFile(path) : null;
        using OutputFile? script = settings.Gnuplot is string file ? new OutputFile(file) : null;
        if (settings.NoSandbox)
        {
            Sandbox.Enter(Allowances.None, off: true); // if that is refused, then at once
        }

        Privileges.DropAll();
        Results results;
        using (StopSignals signals = new())
        using (Progress progress = new())
        {
            results = Sweep.Run(settings, () => signals.Requested, progress);
        }

        if (!settings.NoSandbox)
        {
            Sandbox.Enter(Allowances.None); // not before: a filter would add some 12 ns to each of the calls that are timed
        }

        if (settings.Json)
        {
            JsonReport.Write(results, Output.Standard);
        }
        else
        {
            TextReport.Write(results, Output.Standard);
        }

        Output.Standard.Flush(); // a file that cannot be written takes none of it away
        if (csv is not null)
        {
            CsvReport.Write(results, csv.Output);
        }

        if (script is not null)
        {
            GnuplotReport.Write(results, script.Output);
        }

        if (results.Interrupted)
        {
            ErrorLine.Write("interrupted: these are the blocks that were complete");
        }

        return results.Points.Count > 0 ? ExitCode.Success : ExitCode.Negative;
    }
}
