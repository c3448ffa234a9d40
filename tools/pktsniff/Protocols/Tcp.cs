using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>TCP: RFC 9293.</summary>
internal static class Tcp
{
    /// <summary>Names of the fields.</summary>
    public static string[] FieldNames =>
    [
        "tcp.src_port", "tcp.dst_port", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.window", "tcp.urgent", "tcp.header_length",
        "tcp.payload_length", "tcp.options.kind", "tcp.options.name", "tcp.options.mss", "tcp.options.window_scale",
        "tcp.options.sack_blocks.left", "tcp.options.sack_blocks.right", "tcp.options.timestamp", "tcp.options.timestamp_echo",
        "tcp.options.value", "tcp.checksum",
    ];

    /// <summary>Adds what the segment says.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="frame">A frame with TCP.</param>
    /// <param name="style">What to print.</param>
    /// <param name="sequences">The connections' first numbers, or null to print numbers as they are.</param>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style, TcpSequences? sequences)
    {
        TcpHeader tcp = frame.Tcp;
        int length = Math.Max(0, frame.TransportLength - tcp.HeaderLength);
        if (style.Quick)
        {
            line.Name("TCP"u8).Text(" "u8).Number(length);
            return;
        }

        (uint sequence, uint acknowledgment) = sequences?.Relate(frame) ?? (tcp.Sequence, tcp.Acknowledgment);
        line.Name("TCP"u8).Text(" Flags ["u8).Ink((tcp.Flags & TcpFlags.Rst) != 0 ? Ink.Alarm : Ink.Plain);
        WriteFlags(line, tcp.Flags);
        line.Ink(Ink.Plain).Text("], seq "u8).Number(sequence);
        if (length > 0)
        {
            line.Text(":"u8).Number((uint)(sequence + length));
        }

        if ((tcp.Flags & TcpFlags.Ack) != 0)
        {
            line.Text(", ack "u8).Number(acknowledgment);
        }

        line.Text(", win "u8).Number(tcp.Window);
        if ((tcp.Flags & TcpFlags.Urg) != 0)
        {
            line.Text(", urg "u8).Number(tcp.UrgentPointer);
        }

        TcpOptions.WriteText(line, tcp.Options, tcp.Acknowledgment - acknowledgment);
        ProtocolTable.WriteApplicationText(line, frame, style);
        line.Text(tcp.HasValidLength ? ", length "u8 : ", impossible header length, length "u8).Number(length);
    }

    /// <summary>Writes the header's fields.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        TcpHeader tcp = frame.Tcp;
        fields.Number("src_port"u8, tcp.SourcePort);
        fields.Number("dst_port"u8, tcp.DestinationPort);
        fields.Number("flags"u8, (int)tcp.Flags);
        fields.Number("seq"u8, tcp.Sequence);
        fields.Number("ack"u8, tcp.Acknowledgment);
        fields.Number("window"u8, tcp.Window);
        fields.Number("urgent"u8, tcp.UrgentPointer);
        fields.Number("header_length"u8, tcp.HeaderLength);
        fields.Number("payload_length"u8, Math.Max(0, frame.TransportLength - tcp.HeaderLength));
        TcpOptions.WriteFields(fields, tcp.Options);
    }

    /// <summary>In tcpdump's letters: a dot is ACK.</summary>
    private static void WriteFlags(LineBuffer line, TcpFlags flags)
    {
        if ((flags & (TcpFlags)0x1ff) == 0)
        {
            line.Text("none"u8);
            return;
        }

        line.Text((flags & TcpFlags.Fin) != 0 ? "F"u8 : default);
        line.Text((flags & TcpFlags.Syn) != 0 ? "S"u8 : default);
        line.Text((flags & TcpFlags.Rst) != 0 ? "R"u8 : default);
        line.Text((flags & TcpFlags.Psh) != 0 ? "P"u8 : default);
        line.Text((flags & TcpFlags.Ack) != 0 ? "."u8 : default);
        line.Text((flags & TcpFlags.Urg) != 0 ? "U"u8 : default);
        line.Text((flags & TcpFlags.Ece) != 0 ? "E"u8 : default);
        line.Text((flags & TcpFlags.Cwr) != 0 ? "W"u8 : default);
        line.Text((flags & TcpFlags.Ae) != 0 ? "e"u8 : default);
    }
}
