using System.Text;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>One line of text per frame, in tcpdump's spirit.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="style">What to print and what to leave out.</param>
internal sealed class TextReport(Output output, TextStyle style) : IFrameReport
{
    private const int NumberWidth = 5; // as in tcpdump

    private readonly LineBuffer _line = new(style.Colors);
    private readonly TimeText _time = new(style.Time, style.Nanoseconds);
    private readonly Transport _transport = new(style);
    private int _linkType = -1;
    private byte[] _linkTypeName = [];

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        _line.Clear();
        _line.Ink(Ink.Faint);
        if (style.Numbers)
        {
            _line.Number(number, NumberWidth).Text("  "u8);
        }

        if (captured.LacksTime)
        {
            _line.Text("(no time) "u8);
        }
        else
        {
            _time.Write(_line, captured.Seconds, captured.Nanoseconds);
        }

        WriteOrigin(captured);

        if (frame.Has(FrameLayers.Ethernet))
        {
            WriteLink(captured, frame);
        }

        WriteTags(frame);
        _line.Ink(Ink.Plain);
        WriteNetwork(captured, frame, tunnels: 0);
        if (captured.Length > captured.Bytes.Length)
        {
            _line.Text(", "u8).Number(captured.Length - captured.Bytes.Length).Text(" bytes missing"u8);
        }

        if (captured.DroppedBefore > 0)
        {
            _line.Text(", "u8).Number(captured.DroppedBefore).Text(" frames dropped before it"u8);
        }

        WriteComments(captured.Options);
        _line.End(output);
        if (style.Hex != HexStyle.None)
        {
            ReadOnlySpan<byte> shown = style.HexOfLink || frame.Network.IsEmpty ? captured.Bytes : frame.Network;
            HexDump.Write(output, _line, shown, style.Hex);
        }
    }

    /// <summary>
    /// The interface where there are several, the direction where it is not a matter of course; with -e the cooked header.
    /// </summary>
    private void WriteOrigin(scoped in CapturedFrame captured)
    {
        bool isCooked = Cooked.TryRead(captured.Bytes, captured.Origin.LinkType, out Cooked cooked);
        byte[]? label = captured.Origin.Label;
        if (label is not null)
        {
            _line.Printable(label).Text(" "u8);
        }
        else if (isCooked && style.LinkDetails && captured.Origin.Interface is string name)
        {
            _line.Printable(Encoding.UTF8.GetBytes(name)).Text(" "u8);
        }

        ReadOnlySpan<byte> direction = label is not null || isCooked ? FrameText.DirectionMark(captured.PacketType) : default;
        if (!direction.IsEmpty)
        {
            _line.Text(direction).Text(" "u8);
        }

        if (isCooked && style.LinkDetails)
        {
            Cooked.WriteText(_line, cooked);
            _line.Text("ethertype "u8);
            Llc.WriteEtherType(_line, cooked.EtherType);
            _line.Text(" (0x"u8).Hex(cooked.EtherType, 4).Text("), length "u8).Number(captured.Length).Text(": "u8);
        }
    }

    private void WriteComments(ReadOnlySpan<byte> options)
    {
        PcapngOptionReader reader = new(options);
        while (reader.Next())
        {
            if (reader.Code == PcapngFormat.Comment)
            {
                _line.Text(", comment \""u8).Printable(reader.Value).Text("\""u8);
            }
        }
    }

    private void WriteLink(scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        EthernetHeader ethernet = frame.Ethernet;
        if (!style.Quick || style.LinkDetails)
        {
            _line.Mac(ethernet.Source).Text(" > "u8).Mac(ethernet.Destination).Text(" "u8);
        }

        if (style.LinkDetails)
        {
            if (ethernet.IsLength)
            {
                _line.Text("802.3, length "u8).Number(captured.Length).Text(": "u8);
            }
            else
            {
                _line.Text("ethertype "u8);
                Llc.WriteEtherType(_line, ethernet.Type);
                _line.Text(" (0x"u8).Hex(ethernet.Type, 4).Text("), length "u8).Number(captured.Length).Text(": "u8);
            }
        }
    }

    private void WriteTags(scoped in DecodedFrame frame)
    {
        for (int i = 0; i < frame.VlanCount; i++)
        {
            VlanTag tag = frame.Vlan(i);
            _line.Text("vlan "u8).Number(tag.Id);
            if (style.LinkDetails)
            {
                _line.Text(" p "u8).Number(tag.Priority).Text(tag.DropEligible ? " DEI"u8 : default);
            }

            _line.Text(", "u8);
        }
    }

    private void WriteNetwork(scoped in CapturedFrame captured, scoped in DecodedFrame frame, int tunnels)
    {
        if (frame.HasIP)
        {
            InternetProtocol.WriteText(_line, frame, style);
            _transport.WriteText(_line, frame, captured, tunnels == 0);
            _line.Text(captured.IsSuperframe && tunnels == 0 ? ", superframe"u8 : default);
        }
        else
        {
            WriteUnknown(captured, frame, tunnels);
        }

        WriteTunnel(captured, frame, tunnels);
    }

    private void WriteTunnel(scoped in CapturedFrame captured, scoped in DecodedFrame frame, int tunnels)
    {
        if (tunnels < Tunnel.Deepest && !style.Quick && Tunnel.TryRead(frame, out Tunnel tunnel) && tunnel.EtherType != 0)
        {
            FrameDecoder.DecodePacket(tunnel.Inner, tunnel.EtherType, out DecodedFrame carried);
            _line.Text(" | "u8);
            WriteNetwork(captured, carried, tunnels + 1);
        }
    }

    private void WriteUnknown(scoped in CapturedFrame captured, scoped in DecodedFrame frame, int tunnels)
    {
        if (!frame.Has(FrameLayers.Ethernet) && frame.EtherType == 0)
        {
            WriteLinkType(captured.Origin.LinkType);
        }
        else if (!ProtocolTable.WriteLinkText(_line, frame, style))
        {
            Llc.WriteText(_line, frame);
        }
        else if (frame.EtherType is Linux.ETH_P_ARP or Linux.ETH_P_RARP)
        {
            return; // it tells its own length
        }

        _line.Text(", length "u8).Number(tunnels == 0 ? captured.Length : frame.Bytes.Length);
    }

    /// <summary>Adds a link type that is not decoded by libpcap's name, or by number where it has none.</summary>
    private void WriteLinkType(int linkType)
    {
        if (linkType != _linkType)
        {
            _linkType = linkType;
            _linkTypeName = Encoding.UTF8.GetBytes(LinkTypeNames.Name(linkType));
        }

        _line.Text("link type "u8).Printable(_linkTypeName);
    }
}
