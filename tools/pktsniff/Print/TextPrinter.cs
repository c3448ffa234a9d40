using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.Terminal;

namespace NetTools.PktSniff.Print;

/// <summary>One line of text per frame, in tcpdump's spirit.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="style">What to print and what to leave out.</param>
internal sealed class TextPrinter(Output output, TextStyle style) : IFramePrinter
{
    private const int DeepestTunnel = 1;

    private readonly LineBuffer _line = new();
    private readonly TimeText _time = new(style.Time);
    private readonly TransportText _transport = new(style);

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        _line.Clear();
        if (style.Numbers)
        {
            _line.Number(number).Text("  "u8);
        }

        _time.Write(_line, captured.Seconds, captured.Nanoseconds);
        if (frame.Has(FrameLayers.Ethernet))
        {
            WriteLink(captured, frame);
        }

        WriteNetwork(captured, frame, tunnels: 0);
        _line.End(output);
        if (style.Hex != HexStyle.None)
        {
            ReadOnlySpan<byte> shown = style.LinkDetails || frame.Network.IsEmpty ? captured.Bytes : frame.Network;
            HexDump.Write(output, _line, shown, style.Hex);
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
                WriteEtherType(ethernet.Type);
                _line.Text(" (0x"u8).Hex(ethernet.Type, 4).Text("), length "u8).Number(captured.Length).Text(": "u8);
            }
        }

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
        if (frame.Has(FrameLayers.Arp))
        {
            ArpText.Write(_line, frame);
        }
        else if (frame.Has(FrameLayers.IPv4))
        {
            IPv4Header ip = frame.IPv4;
            _line.Text("IPv4 "u8);
            WriteEndpoints(frame, ip.Source, ip.Destination, ip.TimeToLive);
            WritePayload(captured, frame, tunnels);
        }
        else if (frame.Has(FrameLayers.IPv6))
        {
            IPv6Header ip = frame.IPv6;
            _line.Text("IPv6 "u8);
            WriteEndpoints(frame, ip.Source, ip.Destination, ip.HopLimit);
            WritePayload(captured, frame, tunnels);
        }
        else
        {
            WriteUnknown(captured, frame);
        }
    }

    private void WritePayload(scoped in CapturedFrame captured, scoped in DecodedFrame frame, int tunnels)
    {
        _transport.Write(_line, frame, captured.HasPartialChecksum && tunnels == 0);
        if (tunnels < DeepestTunnel && !style.Quick && TransportText.Inner(frame, out ReadOnlySpan<byte> inner) is int linkType and >= 0)
        {
            FrameDecoder.Decode(inner, linkType, out DecodedFrame carried);
            _line.Text(" | "u8);
            WriteNetwork(captured, carried, tunnels + 1);
        }
    }

    private void WriteEndpoints(scoped in DecodedFrame frame, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte ttl)
    {
        bool ports = frame.Has(FrameLayers.Ports);
        _line.Address(source);
        if (ports)
        {
            _line.Text("."u8).Number(frame.SourcePort);
        }

        _line.Text(" > "u8).Address(destination);
        if (ports)
        {
            _line.Text("."u8).Number(frame.DestinationPort);
        }

        if (!style.Quick)
        {
            _line.Text(" ttl "u8).Number(ttl);
        }

        if (style.Verbose)
        {
            WriteIPDetails(frame);
        }

        _line.Text(": "u8);
    }

    private void WriteIPDetails(scoped in DecodedFrame frame)
    {
        if (frame.Has(FrameLayers.IPv4))
        {
            IPv4Header ip = frame.IPv4;
            _line.Text(" tos 0x"u8).Hex(ip.TypeOfService, 2).Text(" id "u8).Number(ip.Identification)
                .Text(ip.DontFragment ? " DF"u8 : default).Text(" length "u8).Number(ip.TotalLength);
            if (!ip.Options.IsEmpty)
            {
                _line.Text(" options "u8).HexBytes(ip.Options);
            }
        }
        else
        {
            IPv6Header ip = frame.IPv6;
            _line.Text(" class 0x"u8).Hex(ip.TrafficClass, 2).Text(" flow 0x"u8).Hex((uint)ip.FlowLabel, 5)
                .Text(" payload "u8).Number(ip.PayloadLength);
            if (ip.NextHeader != frame.Protocol)
            {
                _line.Text(" extension headers from "u8).Number(ip.NextHeader);
            }
        }
    }

    private void WriteUnknown(scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        if (frame.EtherType != 0)
        {
            WriteEtherType(frame.EtherType);
            _line.Text(frame.EtherType is Linux.ETH_P_IP or Linux.ETH_P_IPV6 or Linux.ETH_P_ARP or Linux.ETH_P_RARP
                ? " cut short or malformed"u8 : default);
        }
        else if (frame.Has(FrameLayers.Ethernet))
        {
            _line.Text(frame.Network is [0x42, 0x42, ..] ? "STP"u8 : "802.3"u8);
            if (frame.Network.Length >= 3)
            {
                _line.Text(" LLC dsap 0x"u8).Hex(frame.Network[0], 2).Text(" ssap 0x"u8).Hex(frame.Network[1], 2)
                    .Text(" control 0x"u8).Hex(frame.Network[2], 2);
            }
        }
        else
        {
            _line.Text("link type "u8).Number(captured.Origin.LinkType);
        }

        _line.Text(", length "u8).Number(captured.Length);
    }

    private void WriteEtherType(ushort type)
    {
        ReadOnlySpan<byte> name = FrameText.EtherType(type);
        if (name.IsEmpty)
        {
            _line.Text("0x"u8).Hex(type, 4);
        }
        else
        {
            _line.Text(name);
        }
    }
}
