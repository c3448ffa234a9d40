using NetTools.Packets;
using NetTools.PktSniff.Capture;

namespace NetTools.PktSniff.Print;

/// <summary>What IP carries, in words.</summary>
/// <param name="style">What to print and what to leave out.</param>
internal sealed class TransportText(TextStyle style)
{
    /// <summary>Adds what the packet says.</summary>
    public void Write(LineBuffer line, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
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
            line.Text("UDP, length "u8).Number(Math.Max(0, frame.TransportLength - UdpHeader.HeaderLength));
        }
        else if (frame.Has(FrameLayers.Icmp))
        {
            WriteIcmp(line, frame);
        }
        else
        {
            ReadOnlySpan<byte> name = FrameText.Protocol(frame.Protocol);
            if (name.IsEmpty)
            {
                line.Text("protocol "u8).Number(frame.Protocol);
            }
            else
            {
                line.Text(name);
            }

            line.Text(", length "u8).Number(frame.TransportLength);
        }

        WriteChecksum(line, captured, frame);
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

        line.Text("TCP Flags ["u8);
        WriteFlags(line, tcp.Flags);
        line.Text("], seq "u8).Number(tcp.Sequence);
        if (length > 0)
        {
            line.Text(":"u8).Number((uint)(tcp.Sequence + length));
        }

        if ((tcp.Flags & TcpFlags.Ack) != 0)
        {
            line.Text(", ack "u8).Number(tcp.Acknowledgment);
        }

        line.Text(", win "u8).Number(tcp.Window);
        if ((tcp.Flags & TcpFlags.Urg) != 0)
        {
            line.Text(", urg "u8).Number(tcp.UrgentPointer);
        }

        line.Text(tcp.HasValidLength ? ", length "u8 : ", impossible header length, length "u8).Number(length);
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

    private static void WriteIcmp(LineBuffer line, scoped in DecodedFrame frame)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        ReadOnlySpan<byte> name = v4 ? FrameText.IcmpType(frame.IcmpType) : FrameText.Icmpv6Type(frame.IcmpType);
        line.Text(v4 ? "ICMP "u8 : "ICMPv6 "u8);
        if (!name.IsEmpty)
        {
            line.Text(name).Text(" "u8);
        }

        line.Text("(type "u8).Number(frame.IcmpType).Text(" code "u8).Number(frame.IcmpCode).Text(")"u8);
        if (frame.HasIcmpHeader && FrameText.IsEcho(frame))
        {
            line.Text(", id "u8).Number(frame.Icmp.Identifier).Text(", seq "u8).Number(frame.Icmp.Sequence);
        }

        line.Text(", length "u8).Number(frame.TransportLength);
    }

    private static void WriteChecksum(LineBuffer line, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        if (frame.Has(FrameLayers.IPv4) && !frame.IPv4.ChecksumIsValid)
        {
            line.Text(", bad IPv4 checksum"u8);
        }

        ChecksumVerdict verdict = TransportChecksum.Verify(frame, captured.HasPartialChecksum);
        if (verdict is ChecksumVerdict.Bad or ChecksumVerdict.Partial)
        {
            line.Text(", checksum "u8).Text(FrameText.Checksum(verdict));
        }
    }
}
