using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.PktSniff.Print;

/// <summary>What IP carries, in words.</summary>
/// <param name="style">What to print and what to leave out.</param>
internal sealed class TransportText(TextStyle style)
{
    private const int VxlanPort = 4789;
    private const int VxlanHeaderLength = 8;

    private readonly TcpSequences? _sequences = style.AbsoluteSequences ? null : new TcpSequences();

    /// <summary>Adds what the packet says.</summary>
    public void Write(LineBuffer line, scoped in DecodedFrame frame, bool hasPartialChecksum)
    {
        if (frame.FragmentOffset != 0 || frame.MoreFragments)
        {
            line.Text("fragment at "u8).Number(frame.FragmentOffset).Text(frame.MoreFragments ? "+, "u8 : ", "u8);
        }

        if (frame.Has(FrameLayers.Tcp))
        {
            WriteTcp(line, frame);
        }
        else if (frame.Has(FrameLayers.Udp))
        {
            WriteUdp(line, frame);
        }
        else if (frame.Has(FrameLayers.Icmp))
        {
            IcmpText.Write(line, frame);
        }
        else
        {
            line.Protocol(frame.Protocol);
            WriteOther(line, frame);
            line.Text(", length "u8).Number(frame.TransportLength);
        }

        WriteChecksum(line, frame, hasPartialChecksum);
    }

    /// <summary>What a tunnel carries: the packet or frame one level in. The caller prints it.</summary>
    /// <returns>Its link type, or -1 when the frame is no tunnel.</returns>
    public static int Inner(scoped in DecodedFrame frame, out ReadOnlySpan<byte> inner)
    {
        inner = default;
        ReadOnlySpan<byte> transport = frame.Transport;
        if (frame.FragmentOffset != 0 || frame.MoreFragments)
        {
            return -1;
        }

        switch (frame.Protocol)
        {
            case 4 or 41:
                inner = transport;
                return LinkType.Raw;
            case 47 when transport.Length >= 4 && (transport[1] & 7) == 0:
                // Checksum, key and sequence number each add a word: RFC 2784, RFC 2890.
                int header = 4 + ((transport[0] & 0x80) != 0 ? 4 : 0) + ((transport[0] & 0x20) != 0 ? 4 : 0) + ((transport[0] & 0x10) != 0 ? 4 : 0);
                int type = BinaryPrimitives.ReadUInt16BigEndian(transport[2..]);
                inner = transport[Math.Min(header, transport.Length)..];
                return type is Linux.ETH_P_IP or Linux.ETH_P_IPV6 ? LinkType.Raw : type == Linux.ETH_P_TEB ? LinkType.Ethernet : -1;
            case 17 when frame.Has(FrameLayers.Udp) && frame.Udp.DestinationPort == VxlanPort && frame.Udp.Payload.Length > VxlanHeaderLength:
                inner = frame.Udp.Payload[VxlanHeaderLength..];
                return LinkType.Ethernet;
            default:
                return -1;
        }
    }

    private void WriteTcp(LineBuffer line, scoped in DecodedFrame frame)
    {
        TcpHeader tcp = frame.Tcp;
        int length = Math.Max(0, frame.TransportLength - tcp.HeaderLength);
        if (style.Quick)
        {
            line.Text("TCP "u8).Number(length);
            return;
        }

        (uint sequence, uint acknowledgment) = _sequences?.Relate(frame) ?? (tcp.Sequence, tcp.Acknowledgment);
        line.Text("TCP Flags ["u8);
        WriteFlags(line, tcp.Flags);
        line.Text("], seq "u8).Number(sequence);
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

        TcpOptionsText.Write(line, tcp.Options);
        line.Text(tcp.HasValidLength ? ", length "u8 : ", impossible header length, length "u8).Number(length);
    }

    private void WriteUdp(LineBuffer line, scoped in DecodedFrame frame)
    {
        UdpHeader udp = frame.Udp;
        line.Text("UDP"u8);
        if (!style.Quick)
        {
            if (DnsText.IsPort(udp.SourcePort) || DnsText.IsPort(udp.DestinationPort))
            {
                DnsText.Write(line, udp.Payload);
            }
            else if (DhcpText.IsPort(udp.SourcePort) && DhcpText.IsPort(udp.DestinationPort))
            {
                DhcpText.Write(line, udp.Payload);
            }
        }

        line.Text(", length "u8).Number(Math.Max(0, frame.TransportLength - UdpHeader.HeaderLength));
    }

    private static void WriteOther(LineBuffer line, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> bytes = frame.Transport;
        if (frame.FragmentOffset != 0)
        {
            return;
        }

        if (frame.Protocol == 2 && bytes.Length >= 8)
        {
            line.Text(bytes[0] switch
            {
                0x11 => " query"u8,
                0x12 => " v1 report"u8,
                0x16 => " v2 report"u8,
                0x17 => " leave"u8,
                0x22 => " v3 report"u8,
                _ => " message"u8,
            });
            if (bytes[0] is 0x11 or 0x12 or 0x16 or 0x17)
            {
                line.Text(" "u8).Address(bytes.Slice(4, 4));
            }
        }
        else if (frame.Protocol is 132 or 33 or 136 && bytes.Length >= 4)
        {
            line.Text(" port "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(bytes)).Text(" > "u8)
                .Number(BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        }
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

    private void WriteChecksum(LineBuffer line, scoped in DecodedFrame frame, bool hasPartialChecksum)
    {
        if (frame.Has(FrameLayers.IPv4) && !frame.IPv4.ChecksumIsValid)
        {
            line.Text(", bad IPv4 checksum"u8);
        }

        ChecksumVerdict verdict = TransportChecksum.Verify(frame, hasPartialChecksum);
        if (verdict is ChecksumVerdict.Bad or ChecksumVerdict.Partial || (style.Verbose && verdict == ChecksumVerdict.Ok))
        {
            line.Text(", checksum "u8).Text(FrameText.Checksum(verdict));
        }
    }
}
