using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Report;
using Tmds.Linux;

namespace NetTools.PktSniff.Protocols;

/// <summary>What IP carries: fragments, then TCP, UDP, ICMP or a protocol of the table, and the checksum.</summary>
/// <param name="style">What to print and what to leave out.</param>
internal sealed class Transport(TextStyle style)
{
    private readonly TcpConnections _connections = new();

    /// <summary>Adds what the packet says.</summary>
    public void WriteText(LineBuffer line, scoped in DecodedFrame frame, scoped in CapturedFrame captured, bool isOutermost)
    {
        Security.WriteText(line, frame);
        if (frame.FragmentOffset != 0 || frame.MoreFragments)
        {
            line.Text("fragment at "u8).Number(frame.FragmentOffset).Text(frame.MoreFragments ? "+, "u8 : ", "u8);
        }

        if (frame.Has(FrameLayers.Tcp))
        {
            TcpSegment segment = style.Quick ? default : _connections.Follow(frame, captured.Seconds, captured.Nanoseconds);
            Tcp.WriteText(line, frame, style, segment);
        }
        else if (frame.Has(FrameLayers.Udp))
        {
            Udp.WriteText(line, frame, style);
        }
        else if (frame.Has(FrameLayers.Icmp))
        {
            Icmp.WriteText(line, frame);
        }
        else
        {
            if (ProtocolTable.ByNumber(frame.Protocol)?.WriteText(line, frame, style) != true)
            {
                line.Ink(Ink.Name).Protocol(frame.Protocol).Ink(Ink.Plain);
            }

            if (frame.Has(FrameLayers.Ports) && frame.Protocol == LibC.IPPROTO_TCP)
            {
                Tcp.WriteCut(line, frame.Transport);
            }

            line.Text(", length "u8).Number(frame.TransportLength);
        }

        WriteChecksum(line, frame, captured.HasPartialChecksum && isOutermost);
    }

    /// <summary>Writes the fields.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="frame">A frame with IP.</param>
    /// <param name="hasPartialChecksum">The card was to finish the checksum.</param>
    /// <param name="segment">With TCP: what the table of connections says of it; nothing of an inner packet.</param>
    public static void WriteFields(
        FieldWriter fields, scoped in DecodedFrame frame, bool hasPartialChecksum, in TcpSegment segment = default)
    {
        Security.WriteFields(fields, frame);
        if (frame.Has(FrameLayers.Tcp))
        {
            fields.Begin("tcp"u8);
            Tcp.WriteFields(fields, frame);
            Tcp.WriteAnalysis(fields, segment);
        }
        else if (frame.Has(FrameLayers.Udp))
        {
            fields.Begin("udp"u8);
            Udp.WriteFields(fields, frame);
        }
        else if (frame.Has(FrameLayers.Icmp))
        {
            fields.Begin("icmp"u8);
            Icmp.WriteFields(fields, frame);
        }
        else if (frame.Has(FrameLayers.Ports))
        {
            fields.Begin(frame.Protocol == LibC.IPPROTO_TCP ? "tcp"u8 : "udp"u8);
            fields.Number("src_port"u8, frame.SourcePort);
            fields.Number("dst_port"u8, frame.DestinationPort);
            if (frame.Protocol == LibC.IPPROTO_TCP)
            {
                Tcp.WriteCut(fields, frame.Transport);
            }
        }
        else
        {
            ProtocolTable.ByNumber(frame.Protocol)?.WriteFields(fields, frame);
            return;
        }

        fields.Name("checksum"u8, FrameText.Checksum(TransportChecksum.Verify(frame, hasPartialChecksum)));
        fields.End();
        ProtocolTable.WriteApplicationFields(fields, frame);
    }

    private void WriteChecksum(LineBuffer line, scoped in DecodedFrame frame, bool hasPartialChecksum)
    {
        if (frame.Has(FrameLayers.IPv4) && !frame.IPv4.ChecksumIsValid)
        {
            line.Ink(Ink.Alarm).Text(", bad IPv4 checksum"u8).Ink(Ink.Plain);
        }

        if (style.SkipChecksums)
        {
            return;
        }

        ChecksumVerdict verdict = TransportChecksum.Verify(frame, hasPartialChecksum);
        bool isWrong = verdict is ChecksumVerdict.Bad or ChecksumVerdict.Missing;
        if (isWrong || verdict == ChecksumVerdict.Partial || (style.Verbose && verdict == ChecksumVerdict.Ok))
        {
            line.Text(", checksum "u8).Ink(isWrong ? Ink.Alarm : Ink.Plain)
                .Text(FrameText.Checksum(verdict)).Ink(Ink.Plain);
        }
    }
}
