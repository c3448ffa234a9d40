using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.RawPing.Results;
using NetTools.RawPing.Trace;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>A trace as a table, as CSV, or as one JSON object.</summary>
/// <param name="names">Names for the addresses of hops.</param>
internal sealed class TraceReport(HostNames names)
{
    private static readonly string[] s_columns =
        ["hop host", "loss %", "sent", "last", "best", "avg", "worst", "mdev", "jitter", "p50", "p95", "kernel avg"];

    /// <summary>The lines of the table: a row for each hop, further hosts of a hop and labels below it.</summary>
    public IEnumerable<string> Lines(TraceResults results)
    {
        Table table = new(s_columns);
        foreach (int ttl in results.Shown)
        {
            AddRows(table, results, ttl);
        }

        return [.. table.Lines(), .. Ending(results)];
    }

    /// <summary>Writes the table and how the path ended.</summary>
    public void WriteTable(Output output, TraceResults results)
    {
        foreach (string line in Lines(results))
        {
            output.WriteLine(line);
        }
    }

    /// <summary>Writes a line of headings and one for each hop, separated by commas; times are ms.</summary>
    public void WriteCsv(Output output, TraceResults results)
    {
        output.WriteLine("ttl,hosts,lost_percent,sent,received,last,best,avg,worst,mdev,jitter,p50,p95,p99,errors,reached");
        foreach (int ttl in results.Shown)
        {
            Hop hop = results.Of(ttl);
            RttSummary rtt = hop.Rtt;
            string[] times = rtt.Count == 0 ? ["", "", "", "", "", "", "", "", ""]
                : [Ms(hop.Last), Ms(rtt.Min), Ms(rtt.Average), Ms(rtt.Max), Ms(rtt.Mdev), Ms(hop.Jitter),
                    Ms(rtt.Percentile(50)), Ms(rtt.Percentile(95)), Ms(rtt.Percentile(99))];
            output.WriteLine(string.Join(',',
            [
                Text(ttl), string.Join(' ', hop.Hosts.Select(host => host.Address)),
                hop.LostPercent is double loss ? Figures.Percent(Math.Round(loss, 4)) : "", Text(hop.Sent), Text(hop.Received),
                .. times,
                string.Join(' ', hop.Errors.Keys), hop.IsReached ? "1" : "0",
            ]));
        }
    }

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
        json.WriteString("end", results.End switch
        {
            TraceEnd.Reached => "reached",
            TraceEnd.Refused => "refused",
            TraceEnd.MaxHops => "max_hops",
            TraceEnd.NotSent => "not_sent",
            _ => "silent",
        });
        if (results.End == TraceEnd.Refused)
        {
            json.WriteString("end_error", results.Of(results.LastAnswered).Errors.Keys.LastOrDefault());
        }

        if (settings.Flows > 1)
        {
            if (results.PartsAt is int ttl)
            {
                json.WriteNumber("parts_at_ttl", ttl);
            }
            else
            {
                json.WriteNull("parts_at_ttl");
            }
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
        json.WriteNumber("duplicates", hop.Duplicates);
        if (hop.LostPercent is double loss)
        {
            json.WriteNumber("lost_percent", Math.Round(loss, 4));
            json.WriteNumber("loss_percent", Math.Round(loss, 4)); // the name of the contract's trace; the other is older
        }
        else
        {
            json.WriteNull("lost_percent");
            json.WriteNull("loss_percent");
        }

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
        json.WriteNumber("last_ms", JsonCounts.Milliseconds(hop.Last));
        json.WriteNumber("jitter_ms", JsonCounts.Milliseconds(hop.Jitter));
        JsonCounts.WriteTimes(json, "kernel_rtt_ms", hop.KernelRtt);
        json.WriteEndObject();
    }

    private void AddRows(Table table, TraceResults results, int ttl)
    {
        Hop hop = results.Of(ttl);
        RttSummary rtt = hop.Rtt;
        string[] times = rtt.Count == 0 ? ["-", "-", "-", "-", "-", "-", "-", "-"]
            : [Ms(hop.Last), Ms(rtt.Min), Ms(rtt.Average), Ms(rtt.Max), Ms(rtt.Mdev), Ms(hop.Jitter), Ms(rtt.Percentile(50)),
                Ms(rtt.Percentile(95))];
        string kernel = hop.KernelRtt.Count == 0 ? "-" : Ms(hop.KernelRtt.Average);
        string signs = string.Concat(hop.Errors.Keys.Select(sign => $" {sign}"));
        string first = hop.Hosts.Count == 0 ? "???" : names.Describe(hop.Hosts[0].Address);
        table.Add([string.Create(CultureInfo.InvariantCulture, $"{ttl,3} {first}{signs}"),
            hop.LostPercent is double loss ? Figures.Percent(Math.Round(loss, 1)) : "-", Text(hop.Sent), .. times, kernel]);
        for (int i = 0; i < hop.Hosts.Count; i++)
        {
            if (i > 0)
            {
                AddText(table, $"    {names.Describe(hop.Hosts[i].Address)}");
            }

            foreach (MplsLabel label in hop.Hosts[i].Labels)
            {
                AddText(table, string.Create(CultureInfo.InvariantCulture,
                    $"    [MPLS: label {label.Label} class {label.TrafficClass} "
                    + $"bottom {(label.IsLast ? 1 : 0)} TTL {label.Ttl}]"));
            }
        }
    }

    private static void AddText(Table table, string text) => table.Add([text, .. Enumerable.Repeat("", s_columns.Length - 1)]);

    private static IEnumerable<string> Ending(TraceResults results)
    {
        TraceSettings settings = results.Settings;
        string target = settings.Target.Name;
        yield return "times in ms";
        if (settings.Flows > 1)
        {
            yield return results.PartsAt is int ttl ? $"paths of {Text(settings.Flows)} flows part at hop {Text(ttl)}"
                : $"{Text(settings.Flows)} flows, one path";
        }

        foreach ((int errno, long count) in results.SendErrors)
        {
            yield return $"{Text(count)} probes not sent: {Errno.Describe(errno)}";
        }

        switch (results.End)
        {
            case TraceEnd.Reached:
                yield break;
            case TraceEnd.Refused:
                string? sign = results.Of(results.LastAnswered).Errors.Keys.LastOrDefault();
                yield return $"{target} not reached: {sign} from hop {Text(results.LastAnswered)}";
                break;
            case TraceEnd.MaxHops:
                yield return $"{target} not reached: it is more than {Text(settings.LastHop)} hops away";
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
