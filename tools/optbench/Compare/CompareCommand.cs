using NetTools.Measure;
using NetTools.OptBench.Report;
using NetTools.Terminal;

namespace NetTools.OptBench.Compare;

/// <summary>optbench compare: reads two runs and prints how they differ.</summary>
internal static class CompareCommand
{
    /// <summary>Compares two files.</summary>
    public static int Run(CompareOptions options)
    {
        JsonHead head = new("compare");
        CompareSettings settings = options.ToSettings();
        (string a, string b) = SavedRuns.Read(settings.A, settings.B, options.NoSandbox);
        RunComparison comparison = RunComparison.Of(
            SavedRun.Parse(settings.A, a), SavedRun.Parse(settings.B, b), settings.SmallestEffect);
        if (options.Json)
        {
            CompareReport.WriteJson(Output.Standard, head, comparison);
        }
        else
        {
            CompareReport.Write(Output.Standard, comparison);
        }

        return ExitCode.Success;
    }
}
