using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.RawPing.Results;
using NetTools.RawPing.Trace;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>A trace as a table or as one JSON object.</summary>
/// <param name="names">Names for the addresses of hops.</param>
internal sealed class TraceReport(HostNames names)
{
    private const int NarrowestHost = 20;

    private static readonly string[] s_columns =
        ["hop host", "loss %", "sent", "last", "best", "avg", "worst", "mdev", "jitter", "p50", "p95", "kernel avg"];

    /// <summary>The lines of the table: a row for each hop, further hosts of a hop and labels below it.</summary>
    /// <param name="results">The hops so far.</param>
    /// <param name="width">Columns there are: host names are cut so that the figures fit.</param>
    public IEnumerable<string> Lines(TraceResults results, int width = int.MaxValue)
    {
        List<string> lines = Rows(results, int.MaxValue, out int excess, width);
        if (excess > 0)
        {
            int widest = lines[0].IndexOf("loss %", StringComparison.Ordinal) - 2;
            lines = Rows(results, Math.Max(NarrowestHost, widest - excess), out _, width);
        }

        return [.. lines, .. Ending(results)];
    }

    /// <summary>Writes the table and how the path ended.</summary>
    public void WriteTable(Output output, TraceResults results)
    {
        foreach (string line in Lines(results))
        {
            output.WriteLine(line);
        }
    }

    /// <summary>The word for why a trace ended.</summary>
    public static string NameOf(TraceEnd end) => end switch
    {
        TraceEnd.Reached => "reached",
        TraceEnd.Refused => "refused",
        TraceEnd.MaxHops => "max_hops",
        TraceEnd.NotSent => "not_sent",
        _ => "silent",
    };

    /// <summary>Writes the whole object.</summary>
    public static void WriteJson(Output output, RunHead run, TraceResults results)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        run.Write(json, results.Settings.Target, results.Interrupted);
        WriteMembers(json, results);
        lines.End();
    }

    /// <summary>Writes the members of a trace's final object after its head.</summary>
    public static void WriteMembers(Utf8JsonWriter json, TraceResults results)
    {
        TraceSettings settings = results.Settings;
        json.WriteString("socket", TargetResult.NameOf(results.IsDatagram));
        json.WriteStartObject("settings");
        json.WriteString("protocol", settings.Protocol.ToString().ToLowerInvariant());
        if (settings.Protocol != TraceProtocol.Icmp)
        {
            json.WriteNumber("port", settings.Port);
        }

        json.WriteNumber("count", settings.Rounds);
        json.WriteNumber("first_hop", settings.FirstHop);
        json.WriteNumber("max_hops", settings.LastHop);
        json.WriteNumber("max_silent", settings.MaxSilent);
        json.WriteNumber("flows", settings.Flows);
        json.WriteNumber("size_bytes", settings.Base.Size);
        json.WriteEndObject();
        json.WriteBoolean("reached", results.IsReached);
        json.WriteString("end", NameOf(results.End));
        if (results.End == TraceEnd.Refused)
        {
            json.WriteString("end_error", results.Of(results.LastAnswered).LastError);
        }

        if (settings.Flows > 1)
        {
            json.WriteNumberOrNull("parts_at_ttl", results.PartsAt);
        }

        json.WriteStartObject("send_errors");
        foreach ((int errno, long count) in results.SendErrors)
        {
            json.WriteNumber(Errno.Name(errno), count);
        }

        json.WriteEndObject();
        json.WriteStartArray("hops");
        foreach (int ttl in results.Shown)
        {
            WriteHop(json, results, ttl);
        }

        json.WriteEndArray();
    }

    private static void WriteHop(Utf8JsonWriter json, TraceResults results, int ttl)
    {
        Hop hop = results.Of(ttl);
        json.WriteStartObject();
        json.WriteNumber("ttl", ttl);
        json.WriteStartArray("hosts");
        hop.Hosts.ForEach(host => json.WriteStringValue(host.Address.ToString()));
        json.WriteEndArray();
        json.WriteNumber("transmitted", hop.Sent);
        json.WriteNumber("received", hop.Received);
        json.WriteNumber("lost", hop.Lost);
        json.WriteNumber("in_flight", hop.InFlight);
        json.WriteNumber("duplicates", hop.Duplicates);
        json.WriteNumber("late", hop.Late);
        json.WriteNumberOrNull("lost_percent", hop.LostPercent, 4);
        json.WriteNumberOrNull("loss_percent", hop.LostPercent, 4); // the name of the contract's trace; the other is older
        json.WriteBoolean("reached", hop.IsReached);
        json.WriteStartObject("errors");
        foreach ((string sign, long count) in hop.Errors)
        {
            json.WriteNumber(sign, count);
        }

        json.WriteEndObject();
        json.WriteStartArray("mpls");
        foreach (MplsLabel label in hop.Hosts.SelectMany(host => host.Labels))
        {
            json.WriteStartObject();
            json.WriteNumber("label", label.Label);
            json.WriteNumber("traffic_class", label.TrafficClass);
            json.WriteBoolean("bottom", label.IsLast);
            json.WriteNumber("ttl", label.Ttl);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (results.Settings.Flows > 1)
        {
            json.WriteStartArray("flows");
            for (int flow = 0; flow < results.Settings.Flows; flow++)
            {
                Hop seen = results.Of(ttl, flow);
                json.WriteStartObject();
                json.WriteNumber("flow", flow + 1);
                json.WriteStartArray("hosts");
                seen.Hosts.ForEach(host => json.WriteStringValue(host.Address.ToString()));
                json.WriteEndArray();
                json.WriteNumber("transmitted", seen.Sent);
                json.WriteNumber("received", seen.Received);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        JsonCounts.WriteTimes(json, "rtt_ms", hop.Rtt);
        JsonReport.WriteTime(json, "last_ms", hop.Rtt.Count == 0 ? null : hop.Last);
        JsonReport.WriteTime(json, "jitter_ms", hop.Rtt.Count == 0 ? null : hop.Jitter);
        JsonCounts.WriteTimes(json, "kernel_rtt_ms", hop.KernelRtt);
        json.WriteEndObject();
    }

    // The rows with labels of MPLS between them, which do not widen the first column; how much the rows exceed the width.
    private List<string> Rows(TraceResults results, int widestHost, out int excess, int width)
    {
        Table table = new(s_columns);
        List<(int Row, string Text)> labels = [];
        int rows = 0;
        foreach (int ttl in results.Shown)
        {
            Hop hop = results.Of(ttl);
            string signs = string.Concat(hop.Errors.Keys.Select(sign => $" {sign}"));
            for (int i = 0; i < Math.Max(1, hop.Hosts.Count); i++)
            {
                string host = hop.Hosts.Count == 0 ? "???" : names.Describe(hop.Hosts[i].Address);
                string first = string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? $"{ttl}" : ""),3} {host}");
                int room = widestHost - (i == 0 ? signs.Length : 0);
                first = first.Length > room ? first[..Math.Max(0, room)] : first;
                table.Add(i == 0 ? [first + signs, .. FiguresOf(hop)] : [first, .. Enumerable.Repeat("", s_columns.Length - 1)]);
                rows++;
                labels.AddRange(hop.Hosts.ElementAtOrDefault(i)?.Labels.Select(label => (rows, Text(label))) ?? []);
            }
        }

        List<string> lines = [.. table.Lines()];
        excess = lines.Max(line => line.Length) - width;
        for (int i = labels.Count - 1; i >= 0; i--)
        {
            lines.Insert(labels[i].Row + 1, labels[i].Text);
        }

        return lines;
    }

    private static string[] FiguresOf(Hop hop)
    {
        RttSummary rtt = hop.Rtt;
        string[] times = rtt.Count == 0 ? ["-", "-", "-", "-", "-", "-", "-", "-"]
            : [Ms(hop.Last), Ms(rtt.Min), Ms(rtt.Average), Ms(rtt.Max), Ms(rtt.Mdev), Ms(hop.Jitter), Ms(rtt.Percentile(50)),
                Ms(rtt.Percentile(95))];
        return [hop.LostPercent is double loss ? Figures.Percent(Math.Round(loss, 1)) : "-", Text(hop.Sent), .. times,
            hop.KernelRtt.Count == 0 ? "-" : Ms(hop.KernelRtt.Average)];
    }

    private static string Text(MplsLabel label) => string.Create(CultureInfo.InvariantCulture,
        $"    [MPLS: label {label.Label} class {label.TrafficClass} bottom {(label.IsLast ? 1 : 0)} TTL {label.Ttl}]");

    private static IEnumerable<string> Ending(TraceResults results)
    {
        TraceSettings settings = results.Settings;
        string target = settings.Target.Name;
        yield return "times in ms";
        if (settings.Flows > 1)
        {
            yield return results.PartsAt is int ttl ? $"paths of {Terminal.Figures.PlainCount(settings.Flows, "flow")} part "
                + $"at hop {Text(ttl)}"
                : $"{Terminal.Figures.PlainCount(settings.Flows, "flow")}, one path";
        }

        foreach ((int errno, long count) in results.SendErrors)
        {
            yield return $"{Terminal.Figures.PlainCount(count, "probe")} not sent: {Errno.Describe(errno)}";
        }

        if (results.Shown.Sum(ttl => results.Of(ttl).Late) is long late and > 0)
        {
            yield return $"{Text(late)} answers came after the timeout and do not count";
        }

        switch (results.Rounds == 0 ? TraceEnd.Reached : results.End)
        {
            case TraceEnd.Reached:
                yield break;
            case TraceEnd.Refused:
                yield return $"{target} not reached: {results.Of(results.LastAnswered).LastError} from hop "
                    + $"{Text(results.LastAnswered)}";
                break;
            case TraceEnd.MaxHops:
                yield return $"{target} not reached: it is more than {Terminal.Figures.PlainCount(settings.LastHop, "hop")} away";
                break;
            case TraceEnd.NotSent:
                yield return $"{target} not reached: no probe was sent";
                break;
            default:
                yield return results.LastAnswered == 0 ? $"{target} not reached: no answer"
                    : $"{target} not reached: no answer after hop {Text(results.LastAnswered)}";
                break;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Ms(double nanoseconds) => Figures.Milliseconds(nanoseconds);
}
