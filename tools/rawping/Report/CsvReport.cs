using System.Globalization;
using NetTools.RawPing.Results;
using NetTools.RawPing.Trace;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>A trace as values separated by commas: a line of headings and one for each hop; times are ms.</summary>
internal static class CsvReport
{
    private const string Headings =
        "ttl,hosts,lost_percent,sent,received,last,best,avg,worst,mdev,jitter,p50,p95,p99,errors,reached,mpls,end";

    /// <summary>The lines. Each has why the path ended; label stack entries are label/class/bottom/TTL.</summary>
    public static IEnumerable<string> Lines(TraceResults results) =>
        [Headings, .. results.Shown.Select(ttl => string.Join(',', Values(results, ttl)))];

    /// <summary>Writes the lines.</summary>
    public static void Write(Output output, TraceResults results)
    {
        foreach (string line in Lines(results))
        {
            output.WriteLine(line);
        }
    }

    private static string[] Values(TraceResults results, int ttl)
    {
        Hop hop = results.Of(ttl);
        RttSummary rtt = hop.Rtt;
        string[] times = rtt.Count == 0 ? ["", "", "", "", "", "", "", "", ""]
            : [Ms(hop.Last), Ms(rtt.Min), Ms(rtt.Average), Ms(rtt.Max), Ms(rtt.Mdev), Ms(hop.Jitter),
                Ms(rtt.Percentile(50)), Ms(rtt.Percentile(95)), Ms(rtt.Percentile(99))];
        return
        [
            Text(ttl), string.Join(' ', hop.Hosts.Select(host => host.Address)),
            hop.LostPercent is double loss ? Figures.Percent(Math.Round(loss, 4)) : "", Text(hop.Sent), Text(hop.Received),
            .. times,
            string.Join(' ', hop.Errors.Keys), hop.IsReached ? "1" : "0",
            string.Join(' ', hop.Hosts.SelectMany(host => host.Labels).Select(Text)), TraceReport.NameOf(results.End),
        ];
    }

    private static string Text(MplsLabel label) => string.Create(CultureInfo.InvariantCulture,
        $"{label.Label}/{label.TrafficClass}/{(label.IsLast ? 1 : 0)}/{label.Ttl}");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Ms(double nanoseconds) => Figures.Milliseconds(nanoseconds);
}
