using System.Globalization;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;

namespace NetTools.MuxBench.Report;

/// <summary>The points as comma-separated values, the names of the columns in the first line: for gnuplot and spreadsheets.</summary>
internal static class CsvReport
{
    public static void Write(Results results, Output output)
    {
        output.WriteLine("mechanism,fds,max_fd,ready,median_ns,lo,hi,measure");
        foreach (Point point in results.Points)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{point.Arm.Mechanism},{point.Arm.Fds},{point.Arm.MaxFd},{point.Arm.Ready},{point.Nanoseconds.Value:F1},{point.Nanoseconds.Interval.Low:F1},{point.Nanoseconds.Interval.High:F1},{point.Arm.Series.Metric.Name()}"));
        }

        output.Flush();
    }
}
