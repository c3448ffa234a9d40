using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;
using Tmds.Linux;

namespace NetTools.PktSniff.Protocols;

/// <summary>The fields of what IP carries.</summary>
internal static class TransportFields
{
    /// <summary>Writes the fields.</summary>
    public static void Write(FieldWriter fields, scoped in DecodedFrame frame, bool hasPartialChecksum)
    {
        if (frame.Has(FrameLayers.Tcp))
        {
            fields.Begin("tcp"u8);
            WriteTcp(fields, frame);
        }
        else if (frame.Has(FrameLayers.Udp))
        {
            UdpHeader udp = frame.Udp;
            fields.Begin("udp"u8);
            fields.Number("src_port"u8, udp.SourcePort);
            fields.Number("dst_port"u8, udp.DestinationPort);
            fields.Number("length"u8, udp.Length);
        }
        else if (frame.Has(FrameLayers.Icmp))
        {
            fields.Begin("icmp"u8);
            IcmpFields.Write(fields, frame);
        }
        else if (frame.Has(FrameLayers.Ports))
        {
            fields.Begin(frame.Protocol == LibC.IPPROTO_TCP ? "tcp"u8 : "udp"u8);
            fields.Number("src_port"u8, frame.SourcePort);
            fields.Number("dst_port"u8, frame.DestinationPort);
        }
        else
        {
            WriteOther(fields, frame);
            return;
        }

        fields.Name("checksum"u8, FrameText.Checksum(TransportChecksum.Verify(frame, hasPartialChecksum)));
        fields.End();
        WriteApplication(fields, frame);
    }

    private static void WriteTcp(FieldWriter fields, scoped in DecodedFrame frame)
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
        if (tcp.Options.IsEmpty)
        {
            return;
        }

        fields.BeginList("options"u8);
        OptionReader options = new(tcp.Options);
        while (options.Next())
        {
            fields.Begin(default);
            WriteTcpOption(fields, options.Kind, options.Value);
            fields.End();
        }

        fields.EndList();
    }

    private static void WriteTcpOption(FieldWriter fields, byte kind, ReadOnlySpan<byte> value)
    {
        fields.Number("kind"u8, kind);
        fields.Name("name"u8, TcpOptionsText.Name(kind));
        switch (kind)
        {
            case TcpOptionsText.Mss when value.Length == 2:
                fields.Number("mss"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case TcpOptionsText.WindowScale when value.Length == 1:
                fields.Number("window_scale"u8, value[0]);
                break;
            case TcpOptionsText.Sack when value.Length % 8 == 0:
                fields.BeginList("sack_blocks"u8);
                for (; !value.IsEmpty; value = value[8..])
                {
                    fields.Begin(default);
                    fields.Number("left"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                    fields.Number("right"u8, BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                    fields.End();
                }

                fields.EndList();
                break;
            case TcpOptionsText.Timestamps when value.Length == 8:
                fields.Number("timestamp"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                fields.Number("timestamp_echo"u8, BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                break;
            default:
                if (!value.IsEmpty)
                {
                    fields.Hex("value"u8, value);
                }

                break;
        }
    }

    private static void WriteApplication(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (DnsText.TryFind(frame, out DnsMessage dns))
        {
            DnsFields.Write(fields, dns);
        }
        else if (DhcpText.TryFind(frame, out DhcpMessage dhcp))
        {
            DhcpFields.Write(fields, dhcp);
        }
    }

    private static void WriteOther(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (frame.FragmentOffset != 0)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = frame.Transport;
        if (frame.Protocol == IgmpText.Protocol && bytes.Length >= IgmpText.Length)
        {
            IgmpText.WriteFields(fields, bytes);
        }
        else if (TransportText.HasPorts(frame.Protocol) && bytes.Length >= 4)
        {
            fields.Begin(frame.Protocol switch { 132 => "sctp"u8, 33 => "dccp"u8, _ => "udplite"u8 });
            fields.Number("src_port"u8, BinaryPrimitives.ReadUInt16BigEndian(bytes));
            fields.Number("dst_port"u8, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
            fields.End();
        }
    }
}
