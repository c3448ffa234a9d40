using System.Text.Json;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.Terminal;
using Tmds.Linux;

namespace NetTools.PktSniff.Print;

/// <summary>One JSON object per frame. Layers that are absent are left out.</summary>
/// <param name="output">Where the lines go.</param>
internal sealed class JsonPrinter(Output output) : IFramePrinter
{
    private readonly JsonLines _lines = new(output);
    private readonly LineBuffer _text = new();

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        Utf8JsonWriter json = _lines.Begin();
        json.WriteNumber("frame"u8, number);
        json.WritePropertyName("time_ns"u8);
        json.WriteRawValue(TimeNs(captured), skipInputValidation: true);
        json.WriteString("interface"u8, captured.Origin.Interface);
        WriteDirection(json, captured.PacketType);
        json.WriteNumber("length"u8, captured.Length);
        json.WriteNumber("captured"u8, captured.Bytes.Length);
        if (frame.Has(FrameLayers.Ethernet))
        {
            WriteEthernet(json, frame);
        }

        if (frame.Has(FrameLayers.Arp))
        {
            WriteArp(json, frame.Arp);
        }
        else if ((frame.Layers & (FrameLayers.IPv4 | FrameLayers.IPv6)) != 0)
        {
            WriteIP(json, frame);
            WriteTransport(json, captured, frame);
        }

        _lines.End();
    }

    private ReadOnlySpan<byte> TimeNs(scoped in CapturedFrame captured)
    {
        _text.Clear();
        // Two numbers side by side, for their product does not fit 64 bits in every file.
        return captured.Seconds == 0 ? _text.Number(captured.Nanoseconds).Bytes
            : _text.Number(captured.Seconds).Padded(captured.Nanoseconds, 9).Bytes;
    }

    private static void WriteDirection(Utf8JsonWriter json, int packetType)
    {
        ReadOnlySpan<byte> name = FrameText.Direction(packetType);
        if (name.IsEmpty)
        {
            json.WriteNull("direction"u8);
        }
        else
        {
            json.WriteString("direction"u8, name);
        }
    }

    private void WriteEthernet(Utf8JsonWriter json, scoped in DecodedFrame frame)
    {
        EthernetHeader ethernet = frame.Ethernet;
        json.WriteStartObject("eth"u8);
        WriteMac(json, "src"u8, ethernet.Source);
        WriteMac(json, "dst"u8, ethernet.Destination);
        json.WriteNumber(ethernet.IsLength ? "length"u8 : "type"u8, ethernet.Type);
        json.WriteEndObject();
        if (frame.VlanCount == 0)
        {
            return;
        }

        json.WriteStartArray("vlan"u8);
        for (int i = 0; i < frame.VlanCount; i++)
        {
            json.WriteNumberValue(frame.Vlan(i).Id);
        }

        json.WriteEndArray();
        json.WriteNumber("vlan_type"u8, frame.EtherType);
    }

    private void WriteArp(Utf8JsonWriter json, ArpPacket arp)
    {
        json.WriteStartObject("arp"u8);
        json.WriteNumber("operation"u8, arp.Operation);
        json.WriteNumber("hardware_type"u8, arp.HardwareType);
        json.WriteNumber("protocol_type"u8, arp.ProtocolType);
        if (arp.IsIPv4OverEthernet)
        {
            WriteMac(json, "sender_mac"u8, arp.SenderHardware);
            WriteAddress(json, "sender_ip"u8, arp.SenderProtocol);
            WriteMac(json, "target_mac"u8, arp.TargetHardware);
            WriteAddress(json, "target_ip"u8, arp.TargetProtocol);
        }

        json.WriteEndObject();
    }

    private void WriteIP(Utf8JsonWriter json, scoped in DecodedFrame frame)
    {
        json.WriteStartObject("ip"u8);
        if (frame.Has(FrameLayers.IPv4))
        {
            IPv4Header ip = frame.IPv4;
            json.WriteNumber("version"u8, 4);
            WriteAddress(json, "src"u8, ip.Source);
            WriteAddress(json, "dst"u8, ip.Destination);
            json.WriteNumber("protocol"u8, ip.Protocol);
            json.WriteNumber("ttl"u8, ip.TimeToLive);
            json.WriteNumber("tos"u8, ip.TypeOfService);
            json.WriteNumber("id"u8, ip.Identification);
            json.WriteNumber("header_length"u8, ip.HeaderLength);
            json.WriteNumber("total_length"u8, ip.TotalLength);
            json.WriteBoolean("dont_fragment"u8, ip.DontFragment);
            json.WriteString("checksum"u8, ip.ChecksumIsValid ? "ok"u8 : "bad"u8);
        }
        else
        {
            IPv6Header ip = frame.IPv6;
            json.WriteNumber("version"u8, 6);
            WriteAddress(json, "src"u8, ip.Source);
            WriteAddress(json, "dst"u8, ip.Destination);
            json.WriteNumber("protocol"u8, frame.Protocol);
            json.WriteNumber("ttl"u8, ip.HopLimit);
            json.WriteNumber("next_header"u8, ip.NextHeader);
            json.WriteNumber("traffic_class"u8, ip.TrafficClass);
            json.WriteNumber("flow_label"u8, ip.FlowLabel);
            json.WriteNumber("payload_length"u8, ip.PayloadLength);
        }

        json.WriteNumber("fragment_offset"u8, frame.FragmentOffset / 8); // in the header's own unit
        json.WriteNumber("fragment_offset_bytes"u8, frame.FragmentOffset);
        json.WriteBoolean("more_fragments"u8, frame.MoreFragments);
        json.WriteEndObject();
    }

    private static void WriteTransport(Utf8JsonWriter json, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        if (frame.Has(FrameLayers.Tcp))
        {
            TcpHeader tcp = frame.Tcp;
            json.WriteStartObject("tcp"u8);
            json.WriteNumber("src_port"u8, tcp.SourcePort);
            json.WriteNumber("dst_port"u8, tcp.DestinationPort);
            json.WriteNumber("flags"u8, (int)tcp.Flags);
            json.WriteNumber("seq"u8, tcp.Sequence);
            json.WriteNumber("ack"u8, tcp.Acknowledgment);
            json.WriteNumber("window"u8, tcp.Window);
            json.WriteNumber("urgent"u8, tcp.UrgentPointer);
            json.WriteNumber("header_length"u8, tcp.HeaderLength);
            json.WriteNumber("payload_length"u8, Math.Max(0, frame.TransportLength - tcp.HeaderLength));
        }
        else if (frame.Has(FrameLayers.Udp))
        {
            UdpHeader udp = frame.Udp;
            json.WriteStartObject("udp"u8);
            json.WriteNumber("src_port"u8, udp.SourcePort);
            json.WriteNumber("dst_port"u8, udp.DestinationPort);
            json.WriteNumber("length"u8, udp.Length);
        }
        else if (frame.Has(FrameLayers.Icmp))
        {
            json.WriteStartObject("icmp"u8);
            json.WriteNumber("type"u8, frame.IcmpType);
            json.WriteNumber("code"u8, frame.IcmpCode);
            if (frame.HasIcmpHeader && FrameText.IsEcho(frame))
            {
                json.WriteNumber("id"u8, frame.Icmp.Identifier);
                json.WriteNumber("seq"u8, frame.Icmp.Sequence);
            }
        }
        else if (frame.Has(FrameLayers.Ports))
        {
            json.WriteStartObject(frame.Protocol == LibC.IPPROTO_TCP ? "tcp"u8 : "udp"u8);
            json.WriteNumber("src_port"u8, frame.SourcePort);
            json.WriteNumber("dst_port"u8, frame.DestinationPort);
        }
        else
        {
            return;
        }

        ReadOnlySpan<byte> verdict = FrameText.Checksum(TransportChecksum.Verify(frame, captured.HasPartialChecksum));
        if (!verdict.IsEmpty)
        {
            json.WriteString("checksum"u8, verdict);
        }

        json.WriteEndObject();
    }

    private void WriteMac(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> address)
    {
        _text.Clear();
        json.WriteString(name, _text.Mac(address).Bytes);
    }

    private void WriteAddress(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> address)
    {
        _text.Clear();
        json.WriteString(name, _text.Address(address).Bytes);
    }
}
