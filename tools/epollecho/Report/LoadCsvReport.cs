using System.Globalization;
using NetTools.EpollEcho.Load;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>A load run second by second, as CSV; latencies are empty where nothing was answered.</summary>
internal static class LoadCsvReport
{
    /// <summary>Writes a heading and a line for each second.</summary>
    public static void Write(Output output, LoadResult result)
    {
        output.WriteLine("end_s,requests,failed,p50_us,p90_us,p99_us,max_us,connection_failures");
        foreach (LoadInterval second in result.Intervals)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{second.EndSeconds:0.###},{second.Requests},{second.Failed},{second.P50Us:0.###},{second.P90Us:0.###},")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{second.P99Us:0.###},{second.MaxUs:0.###},{second.ConnectionFailures}"));
        }

        output.Flush();
    }
}
