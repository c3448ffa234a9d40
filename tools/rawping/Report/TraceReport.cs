using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Trace;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>Gathers what each distance answered and prints it as mtr's table or as one JSON object.</summary>
internal sealed class TraceReport : IPingObserver
{
    private readonly Dictionary<TargetResult, Hop> _hops = [];

    public void Sent(TargetResult target, long sequence) => Of(target).Sent++;

    public void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
        if (verdict == Verdict.Reply)
        {
            Of(target).Add(reply);
        }
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        Hop hop = Of(target);
        hop.Add(about);
        hop.Error = IcmpHeader.TryRead(message, out IcmpHeader icmp) ? ErrorText.Describe(icmp, about.From.IsV6) : null;
    }

    public void NotSent(TargetResult target, long sequence, int errno) => ErrorLine.Write($"sending: {Errno.Describe(errno)}");

    /// <summary>The hops up to the host, or up to the last that answered when the host did not.</summary>
    public List<Hop> Hops(PingResults results)
    {
        List<Hop> hops = [.. results.Targets.Select(Of)];
        int last = hops.FindIndex(hop => hop.Received > 0 && (hop.Error is null || !IsOnTheWay(hop.Error)));
        last = last >= 0 ? last : hops.FindLastIndex(hop => hop.Received > 0);
        return hops[..(last + 1)];
    }

    /// <summary>Writes the table; hops that nobody answered for have a question mark.</summary>
    public void WriteTable(Output output, PingResults results)
    {
        Table table = new("hop host", "loss %", "sent", "last", "avg", "best", "worst", "mdev", "kernel avg");
        int ttl = 0;
        foreach (Hop hop in Hops(results))
        {
            ttl++;
            string who = hop.Hosts.Count == 0 ? "?" : string.Join(' ', hop.Hosts.Select(host => host.ToString()));
            RttSummary rtt = hop.Rtt;
            string[] times = rtt.Count == 0 ? ["-", "-", "-", "-", "-"]
                : [Ms(hop.Last), Ms(rtt.Average), Ms(rtt.Min), Ms(rtt.Max), Ms(rtt.Mdev)];
            string kernel = hop.KernelRtt.Count == 0 ? "-" : Ms(hop.KernelRtt.Average);
            table.Add([string.Create(CultureInfo.InvariantCulture, $"{ttl,3} {who}"), Figures.Percent(Math.Round(hop.LostPercent, 1)),
                hop.Sent.ToString(CultureInfo.InvariantCulture), .. times, kernel]);
        }

        table.Write(output);
        output.WriteLine("times in ms");
    }

    /// <summary>Writes one JSON object.</summary>
    public void WriteJson(Output output, PingResults results)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("tool", "rawping");
        json.WriteString("command", "trace");
        json.WriteString("target", results.Targets[0].Target.Name);
        json.WriteString("address", results.Targets[0].Target.Address.ToString());
        json.WriteString("socket", results.Targets[0].SocketName);
        json.WriteStartArray("hops");
        int ttl = 0;
        foreach (Hop hop in Hops(results))
        {
            json.WriteStartObject();
            json.WriteNumber("ttl", ++ttl);
            json.WriteStartArray("hosts");
            hop.Hosts.ForEach(host => json.WriteStringValue(host.ToString()));
            json.WriteEndArray();
            json.WriteNumber("transmitted", hop.Sent);
            json.WriteNumber("received", hop.Received);
            json.WriteNumber("lost_percent", Math.Round(hop.LostPercent, 4));
            JsonReport.Write(json, "rtt_ms", hop.Rtt);
            JsonReport.Write(json, "kernel_rtt_ms", hop.KernelRtt);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        lines.End();
    }

    private static bool IsOnTheWay(string error) =>
        error is "Time to live exceeded" or "Time exceeded: Hop limit" || error.StartsWith("Redirect", StringComparison.Ordinal);

    private static string Ms(double nanoseconds) => Figures.Milliseconds(nanoseconds);

    private Hop Of(TargetResult target)
    {
        if (!_hops.TryGetValue(target, out Hop? hop))
        {
            _hops[target] = hop = new Hop();
        }

        return hop;
    }
}
