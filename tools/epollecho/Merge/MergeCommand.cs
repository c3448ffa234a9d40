using NetTools.EpollEcho.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Merge;

/// <summary><c>epollecho merge</c>.</summary>
internal static class MergeCommand
{
    private const int LongestLog = 64 * 1024 * 1024; // bytes; an hour of seconds takes some megabytes

    /// <summary>Adds the logs up and prints the sum.</summary>
    /// <returns>The exit code: 1 when one of the runs had failures or was cut short.</returns>
    /// <exception cref="OperationFailedException">
    /// A file cannot be read, or is not a histogram log, or options exclude each other.
    /// </exception>
    public static int Run(MergeOptions options)
    {
        if (options.Histogram && options.Json)
        {
            throw new OperationFailedException("--histogram is not for --json", "--hgrm FILE");
        }

        JsonHead head = new("merge");
        using OutputFile? distribution = options.Hgrm is null ? null : new OutputFile(options.Hgrm);
        Privileges.DropAll();
        Sandbox.Enter(Allowances.None, options.NoSandbox);
        MergedRuns sum = new(options.Together);
        foreach (string file in options.Files)
        {
            using StreamReader log = new(new MemoryStream(UserFile.Read(file, LongestLog)));
            sum.Add(HistogramLog.Read(file, log));
        }

        MergeReport.Write(Output.Standard, options, sum, head);
        if (distribution is not null)
        {
            LoadTextReport.WriteHgrm(distribution.Output, sum.Latency);
        }

        return sum.Good ? ExitCode.Success : ExitCode.Negative;
    }
}
