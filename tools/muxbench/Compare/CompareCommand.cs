using NetTools.Measure;
using NetTools.MuxBench.Report;
using NetTools.Terminal;

namespace NetTools.MuxBench.Compare;

/// <summary>Reads two runs and prints how they differ.</summary>
internal static class CompareCommand
{
    /// <summary>Compares two files.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(CompareSettings settings)
    {
        JsonHead head = new("compare");
        (string a, string b) = SavedRuns.Read(settings.A, settings.B, settings.NoSandbox);
        RunComparison comparison = RunComparison.Of(
            SavedRun.Parse(settings.A, a), SavedRun.Parse(settings.B, b), settings.SmallestEffect);
        CompareReport.Write(comparison, settings, head, Output.Standard);
        return ExitCode.Success;
    }
}
