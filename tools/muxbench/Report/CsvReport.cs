using System.Globalization;
using NetTools.Measure;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;

namespace NetTools.MuxBench.Report;

/// <summary>
/// The points as comma-separated values with a heading: for gnuplot and spreadsheets. A field that is unknown is empty.
/// </summary>
internal static class CsvReport
{
    /// <summary>Writes a line for each point.</summary>
    public static void Write(Results results, Output output)
    {
        output.WriteLine("mechanism,fds,max_fd,ready,median_ns,lo,hi,measure,timeout_ms,position");
        foreach (Point point in results.Points)
        {
            Arm arm = point.Arm;
            Interval? interval = point.Nanoseconds.Interval;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{arm.Mechanism},{arm.Fds},{arm.MaxFd},{arm.Ready},{point.Nanoseconds.Value:F1},")
                + string.Create(CultureInfo.InvariantCulture, $"{interval?.Low:F1},{interval?.High:F1},")
                + string.Create(CultureInfo.InvariantCulture,
                $"{arm.Series.Metric.Name()},{arm.Series.TimeoutMs},{arm.Series.Position.ToString().ToLowerInvariant()}"));
        }

        output.Flush();
    }
}
