using System.Text;
using NetTools.MuxBench.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Compare;

/// <summary>Reads two runs and prints how they differ.</summary>
internal static class CompareCommand
{
    private const int MostBytes = 256 << 20;

    /// <summary>Compares; nothing that the files hold is looked at before the privileges are gone.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(CompareSettings settings)
    {
        JsonHead head = new("compare");
        Privileges.DropAll();
        string a = Read(settings.A);
        string b = Read(settings.B);
        Sandbox.Enter(Allowances.None, off: settings.NoSandbox);
        RunComparison comparison = RunComparison.Of(
            SavedRun.Parse(settings.A, a), SavedRun.Parse(settings.B, b), settings.SmallestEffect);
        CompareReport.Write(comparison, settings, head, Output.Standard);
        return ExitCode.Success;
    }

    private static string Read(string path) => Encoding.UTF8.GetString(UserFile.Read(path, MostBytes));
}
