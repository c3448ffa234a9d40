using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;

namespace NetTools.PktSniff.Report;

/// <summary>Every field of a frame. A tunnel's inner packet goes into an object of its own.</summary>
internal sealed class FrameFields
{
    private readonly TcpConnections _connections = new();

    /// <summary>Writes the fields.</summary>
    public void Write(FieldWriter fields, long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        fields.Number("frame"u8, number);
        WriteTime(fields, captured);
        fields.Words("interface"u8, captured.Origin.Interface);
        ReadOnlySpan<byte> direction = FrameText.Direction(captured.PacketType);
        if (direction.IsEmpty)
        {
            fields.Null("direction"u8);
        }
        else
        {
            fields.Text("direction"u8, direction);
        }

        fields.Number("length"u8, captured.Length);
        fields.Number("captured"u8, captured.Bytes.Length);
        if (captured.Length > captured.Bytes.Length)
        {
            fields.Number("missing_bytes"u8, captured.Length - captured.Bytes.Length);
        }

        if (captured.DroppedBefore > 0)
        {
            fields.Number("drop_count"u8, captured.DroppedBefore);
        }

        WriteComments(fields, captured.Options);
        if (captured.IsSuperframe)
        {
            fields.Flag("superframe"u8, true);
        }

        if (Cooked.TryRead(captured.Bytes, captured.Origin.LinkType, out Cooked cooked))
        {
            Cooked.WriteFields(fields, cooked);
        }

        WriteLayers(fields, frame, captured.HasPartialChecksum, frame.Has(FrameLayers.Tcp)
            ? _connections.Follow(frame, captured.Seconds, captured.Nanoseconds) : default);
        WriteTunnel(fields, frame, depth: 0);
    }

    private static void WriteTime(FieldWriter fields, scoped in CapturedFrame captured)
    {
        if (captured.LacksTime)
        {
            fields.Null("time_ns"u8);
            fields.Null("time"u8);
            return;
        }

        // Two numbers side by side: their product does not fit 64 bits in every file.
        LineBuffer time = fields.Fresh();
        fields.Digits("time_ns"u8, captured.Seconds == 0 ? time.Number(captured.Nanoseconds).Bytes
            : time.Number(captured.Seconds).Padded(captured.Nanoseconds, 9).Bytes);
        time = fields.Fresh();
        if (TimeText.TryWriteRfc3339(time, captured.Seconds, captured.Nanoseconds))
        {
            fields.Text("time"u8, time.Bytes);
        }
        else
        {
            fields.Null("time"u8);
        }
    }

    private static void WriteComments(FieldWriter fields, ReadOnlySpan<byte> options)
    {
        PcapngOptionReader reader = new(options);
        bool any = false;
        while (reader.Next())
        {
            if (reader.Code != PcapngFormat.Comment)
            {
                continue;
            }

            if (!any)
            {
                any = true;
                fields.BeginList("comments"u8);
            }

            fields.Wire(default, reader.Value);
        }

        if (any)
        {
            fields.EndList();
        }
    }

    private static void WriteLayers(
        FieldWriter fields, scoped in DecodedFrame frame, bool hasPartialChecksum, in TcpSegment segment)
    {
        Ethernet.WriteFields(fields, frame);
        Llc.WriteFields(fields, frame);
        if (frame.HasIP)
        {
            InternetProtocol.WriteFields(fields, frame);
            Transport.WriteFields(fields, frame, hasPartialChecksum, segment);
        }
        else
        {
            InternetProtocol.WriteCut(fields, frame);
            ProtocolTable.WriteLinkFields(fields, frame);
        }
    }

    private static void WriteTunnel(FieldWriter fields, scoped in DecodedFrame frame, int depth)
    {
        if (depth == Tunnel.Deepest || !Tunnel.TryRead(frame, out Tunnel tunnel))
        {
            return;
        }

        fields.Begin("tunnel"u8);
        fields.Text("type"u8, tunnel.Name);
        if (tunnel.Type >= 0)
        {
            fields.Number("protocol_type"u8, tunnel.Type);
        }

        if (tunnel.Key >= 0)
        {
            fields.Number("key"u8, tunnel.Key);
        }

        if (tunnel.EtherType != 0)
        {
            FrameDecoder.DecodePacket(tunnel.Inner, tunnel.EtherType, out DecodedFrame inner);
            fields.Begin("inner"u8);
            WriteLayers(fields, inner, hasPartialChecksum: false, segment: default);
            WriteTunnel(fields, inner, depth + 1);
            fields.End();
        }

        fields.End();
    }
}
