using NetTools.MuxBench.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Compare;

/// <summary>Reads two runs and prints how they differ.</summary>
internal static class CompareCommand
{
    /// <summary>Compares; nothing that the files hold is looked at before the privileges are gone.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(CompareSettings settings)
    {
        Privileges.DropAll();
        string a = Read(settings.A);
        string b = Read(settings.B);
        Sandbox.Enter(Allowances.None, off: settings.NoSandbox);
        RunComparison comparison = RunComparison.Of(SavedRun.Parse(settings.A, a), SavedRun.Parse(settings.B, b), settings.SmallestEffect);
        CompareReport.Write(comparison, settings, Output.Standard);
        return ExitCode.Success;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperationFailedException($"reading {path}: {e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "ENOENT: No such file or directory",
                UnauthorizedAccessException => "EACCES: Permission denied",
                _ => e.Message,
            }}");
        }
    }
}
