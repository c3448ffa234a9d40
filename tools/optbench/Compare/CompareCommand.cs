using System.Text;
using NetTools.OptBench.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Compare;

/// <summary>optbench compare: reads two runs and prints how they differ.</summary>
internal static class CompareCommand
{
    private const int MostBytes = 256 << 20;

    /// <summary>Compares; nothing that the files hold is looked at before the privileges are gone.</summary>
    public static int Run(CompareOptions options)
    {
        JsonHead head = new("compare");
        CompareSettings settings = options.ToSettings();
        Privileges.DropAll();
        string a = Read(settings.A), b = Read(settings.B);
        Sandbox.Enter(Allowances.None, options.NoSandbox);
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

    private static string Read(string path) => Encoding.UTF8.GetString(UserFile.Read(path, MostBytes));
}
