using System.Buffers.Binary;
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
        "tcp.header_beyond_segment", "tcp.payload_length", "tcp.options.kind", "tcp.options.name", "tcp.options.mss",
        "tcp.options.window_scale",
        "tcp.options.sack_blocks.left", "tcp.options.sack_blocks.right", "tcp.options.timestamp", "tcp.options.timestamp_echo",
        "tcp.options.value", "tcp.analysis.lost_segment", "tcp.analysis.missing_bytes", "tcp.analysis.retransmission",
        "tcp.analysis.out_of_order", "tcp.analysis.duplicate_ack_num", "tcp.analysis.zero_window", "tcp.checksum",
    ];

    /// <summary>Adds what the segment says.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="frame">A frame with TCP.</param>
    /// <param name="style">What to print.</param>
    /// <param name="segment">What the table of connections says of it.</param>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style, in TcpSegment segment)
    {
        TcpHeader tcp = frame.Tcp;
        int length = Math.Max(0, frame.TransportLength - tcp.HeaderLength);
        if (style.Quick)
        {
            line.Name("TCP"u8).Text(" "u8).Number(length);
            return;
        }

        (uint sequence, uint acknowledgment) = style.AbsoluteSequences ? (tcp.Sequence, tcp.Acknowledgment)
            : (segment.Sequence, segment.Acknowledgment);
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
        line.Text(!tcp.HasValidLength ? ", impossible header length, length "u8
            : tcp.HeaderLength > frame.TransportLength ? ", header beyond the segment, length "u8 : ", length "u8).Number(length);
        WriteMarks(line, segment);
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
        if (tcp.HeaderLength > frame.TransportLength)
        {
            fields.Flag("header_beyond_segment"u8, true);
        }

        fields.Number("payload_length"u8, Math.Max(0, frame.TransportLength - tcp.HeaderLength));
        TcpOptions.WriteFields(fields, tcp.Options);
    }

    /// <summary>Writes what is unusual about the segment, in an object named as tshark's; nothing when nothing is.</summary>
    public static void WriteAnalysis(FieldWriter fields, in TcpSegment segment)
    {
        if (segment.Marks == TcpMarks.None)
        {
            return;
        }

        fields.Begin("analysis"u8);
        if ((segment.Marks & TcpMarks.Gap) != 0)
        {
            fields.Flag("lost_segment"u8, true);
            fields.Number("missing_bytes"u8, segment.Missing);
        }

        if ((segment.Marks & TcpMarks.Retransmission) != 0)
        {
            fields.Flag("retransmission"u8, true);
        }

        if ((segment.Marks & TcpMarks.OutOfOrder) != 0)
        {
            fields.Flag("out_of_order"u8, true);
        }

        if ((segment.Marks & TcpMarks.DuplicateAck) != 0)
        {
            fields.Number("duplicate_ack_num"u8, segment.Duplicates);
        }

        if ((segment.Marks & TcpMarks.ZeroWindow) != 0)
        {
            fields.Flag("zero_window"u8, true);
        }

        fields.End();
    }

    /// <summary>Adds what is here of a header that was cut: sequence number, acknowledgement, flags.</summary>
    public static void WriteCut(LineBuffer line, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 14)
        {
            line.Text(" Flags ["u8);
            WriteFlags(line, (TcpFlags)(BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]) & 0xfff));
            line.Text("]"u8);
        }

        if (bytes.Length >= 8)
        {
            line.Text(", seq "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
        }

        if (bytes.Length >= 12)
        {
            line.Text(", ack "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));
        }

        line.Text(", header cut short"u8);
    }

    /// <summary>Writes what is here of a header that is cut short, behind the ports.</summary>
    public static void WriteCut(FieldWriter fields, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 14)
        {
            fields.Number("flags"u8, BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]) & 0xfff);
        }

        if (bytes.Length >= 8)
        {
            fields.Number("seq"u8, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
        }

        if (bytes.Length >= 12)
        {
            fields.Number("ack"u8, BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));
        }
    }

    private static void WriteMarks(LineBuffer line, in TcpSegment segment)
    {
        if (segment.Marks == TcpMarks.None)
        {
            return;
        }

        line.Ink(Ink.Alarm);
        if (segment.Marks.HasFlag(TcpMarks.Gap))
        {
            line.Text(", gap of "u8).Number(segment.Missing).Text(" bytes"u8);
        }

        line.Text(segment.Marks.HasFlag(TcpMarks.Retransmission) ? ", retransmission"u8 : default);
        line.Text(segment.Marks.HasFlag(TcpMarks.OutOfOrder) ? ", out of order"u8 : default);
        if (segment.Marks.HasFlag(TcpMarks.DuplicateAck))
        {
            line.Text(", duplicate ack "u8).Number(segment.Duplicates);
        }

        line.Text(segment.Marks.HasFlag(TcpMarks.ZeroWindow) ? ", zero window"u8 : default);
        line.Ink(Ink.Plain);
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
