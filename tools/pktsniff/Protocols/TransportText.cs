using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>What IP carries, in words.</summary>
/// <param name="style">What to print and what to leave out.</param>
internal sealed class TransportText(TextStyle style)
{
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
            line.Ink(Ink.Name).Protocol(frame.Protocol).Ink(Ink.Plain);
            WriteOther(line, frame);
            line.Text(", length "u8).Number(frame.TransportLength);
        }

        WriteChecksum(line, frame, hasPartialChecksum);
    }

    /// <summary>True for the protocols of which only the ports are told, at the same place as in TCP.</summary>
    public static bool HasPorts(byte protocol) => protocol is 132 or 33 or 136;

    private void WriteTcp(LineBuffer line, scoped in DecodedFrame frame)
    {
        TcpHeader tcp = frame.Tcp;
        int length = Math.Max(0, frame.TransportLength - tcp.HeaderLength);
        if (style.Quick)
        {
            line.Name("TCP"u8).Text(" "u8).Number(length);
            return;
        }

        (uint sequence, uint acknowledgment) = _sequences?.Relate(frame) ?? (tcp.Sequence, tcp.Acknowledgment);
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

        TcpOptionsText.Write(line, tcp.Options, tcp.Acknowledgment - acknowledgment);
        WriteApplication(line, frame);
        line.Text(tcp.HasValidLength ? ", length "u8 : ", impossible header length, length "u8).Number(length);
    }

    private void WriteUdp(LineBuffer line, scoped in DecodedFrame frame)
    {
        line.Name("UDP"u8);
        if (!style.Quick)
        {
            WriteApplication(line, frame);
        }

        line.Text(", length "u8).Number(Math.Max(0, frame.TransportLength - UdpHeader.HeaderLength));
    }

    private static void WriteApplication(LineBuffer line, scoped in DecodedFrame frame)
    {
        if (DnsText.TryFind(frame, out DnsMessage dns))
        {
            DnsText.Write(line, dns);
        }
        else if (DhcpText.TryFind(frame, out DhcpMessage dhcp))
        {
            DhcpText.Write(line, dhcp);
        }
    }

    private static void WriteOther(LineBuffer line, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> bytes = frame.Transport;
        if (frame.FragmentOffset != 0)
        {
            return;
        }

        if (frame.Protocol == IgmpText.Protocol && bytes.Length >= IgmpText.Length)
        {
            IgmpText.Write(line, bytes);
        }
        else if (HasPorts(frame.Protocol) && bytes.Length >= 4)
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
            line.Ink(Ink.Alarm).Text(", bad IPv4 checksum"u8).Ink(Ink.Plain);
        }

        ChecksumVerdict verdict = TransportChecksum.Verify(frame, hasPartialChecksum);
        if (verdict is ChecksumVerdict.Bad or ChecksumVerdict.Partial || (style.Verbose && verdict == ChecksumVerdict.Ok))
        {
            line.Text(", checksum "u8).Ink(verdict == ChecksumVerdict.Bad ? Ink.Alarm : Ink.Plain).Text(FrameText.Checksum(verdict)).Ink(Ink.Plain);
        }
    }
}
