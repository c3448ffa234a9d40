using System.Text.Json;
using NetTools.Packets;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>One JSON object per target, written at the end: the report contract.</summary>
/// <param name="output">Where to.</param>
/// <param name="run">Start and command.</param>
/// <param name="settings">The settings of the run.</param>
/// <param name="print">Quiet: without the single replies and errors. Of a sweep, which hosts.</param>
internal sealed class JsonReport(Output output, RunHead run, PingSettings settings, PrintSettings print) : IPingObserver
{
    private readonly Dictionary<TargetResult, List<Reply>> _replies = [];
    private readonly Dictionary<TargetResult, List<PathError>> _errors = [];

    public void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
        if (!print.Quiet && verdict == Verdict.Reply)
        {
            Keep(_replies, target, reply);
        }
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        if (!print.Quiet && IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            Keep(_errors, target, new PathError(about.Sequence, about.From, icmp));
        }
    }

    /// <summary>Writes the objects, those of unresolved names last.</summary>
    public void Write(PingResults results)
    {
        using JsonLines lines = new(output);
        foreach (TargetResult target in results.Targets.Where(print.Lists))
        {
            Utf8JsonWriter json = lines.Begin();
            run.Write(json, target.Target, results.Interrupted);
            JsonCounts.Write(json, target, results.Strangers);
            json.WriteStartArray("icmp_errors");
            foreach (PathError error in _errors.GetValueOrDefault(target) ?? [])
            {
                json.WriteStartObject();
                error.Write(json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("replies");
            foreach (Reply reply in _replies.GetValueOrDefault(target) ?? [])
            {
                json.WriteStartObject();
                WriteReply(json, reply);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            lines.End();
        }

        foreach (UnknownHost host in print.OnlyAlive ? [] : settings.Unknown)
        {
            Utf8JsonWriter json = lines.Begin();
            run.Write(json, host, results.Interrupted);
            lines.End();
        }
    }

    /// <summary>Writes the members of a reply.</summary>
    public static void WriteReply(Utf8JsonWriter json, in Reply reply)
    {
        json.WriteNumber("seq", reply.Sequence);
        json.WriteString("from", reply.From.ToString());
        json.WriteNumber("bytes", reply.Bytes);
        json.WriteNumber("ttl", reply.Ttl);
        json.WriteNumber("rtt_ms", JsonCounts.Milliseconds(reply.Rtt));
        WriteTime(json, "kernel_rtt_ms", reply.KernelRtt);
        WriteTime(json, "hardware_rtt_ms", reply.HardwareRtt);
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
    }

    /// <summary>Writes a time, or null when there was none.</summary>
    public static void WriteTime(Utf8JsonWriter json, string name, double? nanoseconds)
    {
        if (nanoseconds is double time)
        {
            json.WriteNumber(name, JsonCounts.Milliseconds(time));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Keep<T>(Dictionary<TargetResult, List<T>> lists, TargetResult target, T item)
    {
        if (!lists.TryGetValue(target, out List<T>? list))
        {
            lists[target] = list = [];
        }

        list.Add(item);
    }
}
