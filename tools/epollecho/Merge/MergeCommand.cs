using NetTools.EpollEcho.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Merge;

/// <summary><c>epollecho merge</c>.</summary>
internal static class MergeCommand
{
    /// <summary>Adds the logs up and prints the sum.</summary>
    /// <returns>The exit code: 1 when one of the runs had failures.</returns>
    /// <exception cref="OperationFailedException">A file cannot be read, or is not a histogram log.</exception>
    public static int Run(MergeOptions options)
    {
        JsonHead head = new("merge");
        MergedRuns sum = new();
        foreach (string file in options.Files)
        {
            try
            {
                HistogramLog.Read(file, File.ReadLines(file), sum);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OperationFailedException($"reading {file}: {e.Message}");
            }
        }

        MergeReport.Write(Output.Standard, options, sum, head);
        return sum.Good ? ExitCode.Success : ExitCode.Negative;
    }
}
