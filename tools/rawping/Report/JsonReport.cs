using System.Text.Json;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>One JSON object per target, written at the end: the report contract.</summary>
internal sealed class JsonReport(Output output, bool quiet) : IPingObserver
{
    private readonly Dictionary<TargetResult, List<Reply>> _replies = [];
    private readonly Dictionary<TargetResult, List<PathError>> _errors = [];

    public void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
        if (!quiet && verdict == Verdict.Reply)
        {
            Keep(_replies, target, reply);
        }
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        if (!quiet && IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            Keep(_errors, target, new PathError(about.Sequence, about.From, icmp));
        }
    }

    /// <summary>Writes the objects.</summary>
    public void Write(PingResults results)
    {
        using JsonLines lines = new(output);
        foreach (TargetResult target in results.Targets)
        {
            Write(lines.Begin(), target, results.Rejected);
            lines.End();
        }
    }

    private void Write(Utf8JsonWriter json, TargetResult target, Rejections rejected)
    {
        json.WriteString("tool", "rawping");
        json.WriteString("target", target.Target.Name);
        json.WriteString("address", target.Target.Address.ToString());
        json.WriteString("socket", target.SocketName);
        json.WriteNumber("transmitted", target.Transmitted);
        json.WriteNumber("received", target.Received);
        json.WriteNumber("duplicates", target.Duplicates);
        json.WriteNumber("corrupted", target.Corrupted);
        json.WriteNumber("late", target.Late);
        json.WriteNumber("reordered", target.Reordered);
        json.WriteNumber("errors", target.Errors);
        json.WriteStartObject("rejected");
        json.WriteNumber("wrong_source", rejected.WrongSource);
        json.WriteNumber("wrong_nonce", rejected.WrongNonce);
        json.WriteNumber("never_sent", rejected.NeverSent);
        json.WriteEndObject();
        json.WriteNumber("lost_percent", Math.Round(target.LostPercent, 4));
        Write(json, "rtt_ms", target.Rtt);
        Write(json, "kernel_rtt_ms", target.KernelRtt);
        Write(json, "hardware_rtt_ms", target.HardwareRtt);
        json.WriteStartObject("send_lateness_ms");
        json.WriteNumber("last", Milliseconds(target.Lateness.Last));
        json.WriteNumber("max", Milliseconds(target.Lateness.Longest));
        json.WriteNumber("drift", Milliseconds(target.Lateness.Drift));
        json.WriteEndObject();
        json.WriteStartArray("icmp_errors");
        foreach (PathError error in _errors.GetValueOrDefault(target) ?? [])
        {
            error.Write(json);
        }

        json.WriteEndArray();
        json.WriteStartArray("replies");
        foreach (Reply reply in _replies.GetValueOrDefault(target) ?? [])
        {
            Write(json, reply);
        }

        json.WriteEndArray();
    }

    private static void Keep<T>(Dictionary<TargetResult, List<T>> lists, TargetResult target, T item)
    {
        if (!lists.TryGetValue(target, out List<T>? list))
        {
            lists[target] = list = [];
        }

        list.Add(item);
    }

    private static void Write(Utf8JsonWriter json, Reply reply)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", reply.Sequence);
        json.WriteString("from", reply.From.ToString());
        json.WriteNumber("bytes", reply.Bytes);
        json.WriteNumber("ttl", reply.Ttl);
        json.WriteNumber("rtt_ms", Milliseconds(reply.Rtt));
        if (reply.KernelRtt is long kernel)
        {
            json.WriteNumber("kernel_rtt_ms", Milliseconds(kernel));
        }
        else
        {
            json.WriteNull("kernel_rtt_ms");
        }

        if (reply.HardwareRtt is long hardware)
        {
            json.WriteNumber("hardware_rtt_ms", Milliseconds(hardware));
        }

        if (reply.Answer is { IsMask: true } mask)
        {
            json.WriteString("mask", new HostAddress(mask.Originate, IsV6: false).ToString());
        }
        else if (reply.Answer is RemoteAnswer times)
        {
            json.WriteNumber("originate_ms", times.Originate);
            json.WriteNumber("receive_ms", times.Receive);
            json.WriteNumber("transmit_ms", times.Transmit);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a summary as an object, or null when there were no times.</summary>
    public static void Write(Utf8JsonWriter json, string name, RttSummary times)
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

    // Nanoseconds as exact decimals: six digits.
    private static decimal Milliseconds(double nanoseconds) => decimal.Round((decimal)nanoseconds / Time.Millisecond, 6);
}
