using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.RawPing.Results;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>Writes the counters and times of a target.</summary>
internal static class JsonCounts
{
    /// <summary>Writes them into an open object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="target">Its counters.</param>
    /// <param name="strangers">Rejected messages from hosts that are not pinged; null to leave them out.</param>
    public static void Write(Utf8JsonWriter json, TargetResult target, Rejections? strangers)
    {
        json.WriteString("socket", target.SocketName);
        WriteCount(json, "due", target.Due);
        WriteCount(json, "transmitted", target.Transmitted);
        WriteCount(json, "received", target.Received);
        WriteCount(json, "lost", target.Lost);
        WriteCount(json, "in_flight", target.InFlight);
        WriteCount(json, "duplicates", target.Duplicates);
        WriteCount(json, "corrupted", target.Corrupted);
        WriteCount(json, "late", target.Late);
        WriteCount(json, "reordered", target.Reordered);
        WriteCount(json, "errors", target.Errors);
        WriteCount(json, "delayed", target.Delayed);
        json.WriteStartObject("send_errors");
        foreach ((int errno, long count) in target.SendErrors ?? [])
        {
            json.WriteNumber(Errno.Name(errno), count);
        }

        json.WriteEndObject();
        json.WriteStartObject("error_events");
        WriteCount(json, "icmp", target.Errors - target.Unsent);
        WriteCount(json, "advice", target.Advice);
        WriteCount(json, "rejected", target.Rejected.Total + target.Corrupted);
        WriteCount(json, "send", target.Unsent);
        WriteCount(json, "delayed", target.Delayed);
        json.WriteEndObject();
        WriteRejected(json, "rejected", target.Rejected, corrupted: null);
        if (strangers is not null && strangers.Total + strangers.Corrupted > 0)
        {
            WriteRejected(json, "rejected_from_others", strangers, strangers.Corrupted);
        }

        json.WriteNumberOrNull("lost_percent", target.LostPercent, 4);
        json.WriteStartArray("lost_seq");
        foreach ((long first, long last) in target.LostSequences.All)
        {
            json.WriteStringValue(first == last ? Text(first) : $"{Text(first)}-{Text(last)}");
        }

        json.WriteEndArray();
        if (target.LostSequences.Omitted is long omitted and > 0)
        {
            json.WriteNumber("lost_seq_omitted", omitted);
        }

        json.WriteNumber("outage_ms", Milliseconds(target.Outage));
        WriteTimes(json, "rtt_ms", target.Rtt);
        WriteTimes(json, "kernel_rtt_ms", target.KernelRtt);
        WriteTimes(json, "hardware_rtt_ms", target.HardwareRtt);
        json.WriteStartObject("send_lateness_ms");
        json.WriteNumber("last", Milliseconds(target.Lateness.Last));
        json.WriteNumber("max", Milliseconds(target.Lateness.Longest));
        json.WriteNumber("drift", Milliseconds(target.Lateness.Drift));
        json.WriteEndObject();
    }

    /// <summary>Writes a summary as an object, or null when there were no times.</summary>
    public static void WriteTimes(Utf8JsonWriter json, string name, RttSummary times)
    {
        if (times.Count == 0)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("min", Milliseconds(times.Min));
        json.WriteNumber("avg", Milliseconds(times.Average));
        json.WriteNumber("max", Milliseconds(times.Max));
        json.WriteNumber("mdev", Milliseconds(times.Mdev));
        json.WriteNumber("p50", Milliseconds(times.Percentile(50)));
        json.WriteNumber("p95", Milliseconds(times.Percentile(95)));
        json.WriteNumber("p99", Milliseconds(times.Percentile(99)));
        json.WriteEndObject();
    }

    /// <summary>Nanoseconds as milliseconds, exact decimals: six digits.</summary>
    public static decimal Milliseconds(double nanoseconds) => decimal.Round((decimal)nanoseconds / TimeUnits.Millisecond, 6);

    // Requests are at most some million a second: a count stays below 2^53 for three hundred years.
    private static void WriteCount(Utf8JsonWriter json, string name, long count) => json.WriteNumber(name, count);

    private static void WriteRejected(Utf8JsonWriter json, string name, Rejections rejected, long? corrupted)
    {
        json.WriteStartObject(name);
        json.WriteNumber("wrong_source", rejected.WrongSource);
        json.WriteNumber("wrong_nonce", rejected.WrongNonce);
        json.WriteNumber("never_sent", rejected.NeverSent);
        if (corrupted is long damaged)
        {
            json.WriteNumber("corrupted", damaged);
        }

        json.WriteEndObject();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
