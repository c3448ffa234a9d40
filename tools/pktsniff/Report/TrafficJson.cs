using System.Text.Json;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>What was counted as one JSON object.</summary>
internal static class TrafficJson
{
    private const int MostConversations = 1000;

    /// <summary>Writes the object.</summary>
    public static void Write(Output output, TrafficCounter traffic)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("event"u8, "traffic"u8);
        Write(json, "frames"u8, "bytes"u8, traffic.Total);
        json.WriteNumber("seconds"u8, Seconds(traffic.Duration));
        if (traffic.Duration > 0)
        {
            json.WriteNumber("frames_per_s"u8, Math.Round(traffic.Total.Frames / traffic.Duration, 3));
            json.WriteNumber("bytes_per_s"u8, Math.Round(traffic.Total.Bytes / traffic.Duration, 3));
        }

        json.WriteStartArray("protocols"u8);
        for (int protocol = 0; protocol < traffic.Protocols.Length; protocol++)
        {
            if (traffic.Protocols[protocol].Frames > 0)
            {
                json.WriteStartObject();
                json.WriteString("protocol"u8, CountedProtocols.Name(protocol));
                Write(json, "frames"u8, "bytes"u8, traffic.Protocols[protocol]);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        if (traffic.Tcp.Segments > 0)
        {
            json.WriteStartObject("tcp"u8);
            json.WriteNumber("segments"u8, traffic.Tcp.Segments);
            json.WriteNumber("retransmissions"u8, traffic.Tcp.Retransmissions);
            json.WriteNumber("out_of_order"u8, traffic.Tcp.OutOfOrder);
            json.WriteNumber("gaps"u8, traffic.Tcp.Gaps);
            json.WriteNumber("duplicate_acks"u8, traffic.Tcp.DuplicateAcks);
            json.WriteNumber("zero_windows"u8, traffic.Tcp.ZeroWindows);
            json.WriteEndObject();
        }

        WriteConversations(json, traffic);
        lines.End();
    }

    private static void WriteConversations(Utf8JsonWriter json, TrafficCounter traffic)
    {
        Volume rest = traffic.Total - traffic.Unaddressed;
        long others = traffic.Conversations.Count + traffic.Conversations.OtherCount;
        json.WriteStartArray("conversations"u8);
        foreach (Conversation one in traffic.Conversations.Entries.ToArray().OrderByDescending(one => one.Total.Bytes)
            .Take(MostConversations))
        {
            (string first, string second) = one.Key.Ends();
            json.WriteStartObject();
            json.WriteString("first"u8, first);
            json.WriteString("second"u8, second);
            json.WriteString("protocol"u8, TrafficTables.ProtocolName(one.Key));
            Write(json, "frames_to_second"u8, "bytes_to_second"u8, one.There);
            Write(json, "frames_to_first"u8, "bytes_to_first"u8, one.Back);
            json.WriteNumber("seconds"u8, Seconds(one.End - one.Start));
            json.WriteEndObject();
            rest -= one.Total;
            others--;
        }

        json.WriteEndArray();
        json.WriteStartObject("other_conversations"u8);
        json.WriteNumber("count"u8, others);
        Write(json, "frames"u8, "bytes"u8, rest);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> frames, ReadOnlySpan<byte> bytes, Volume volume)
    {
        json.WriteNumber(frames, volume.Frames);
        json.WriteNumber(bytes, volume.Bytes);
    }

    private static double Seconds(double seconds) => Math.Round(seconds, 6);
}
