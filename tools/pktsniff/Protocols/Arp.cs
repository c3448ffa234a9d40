using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>ARP and RARP: RFC 826, RFC 903.</summary>
internal sealed class Arp : Protocol
{
    /// <inheritdoc/>
    public override string Name => "ARP";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "arp.operation", "arp.hardware_type", "arp.protocol_type", "arp.sender_mac", "arp.sender_ip", "arp.target_mac",
        "arp.target_ip",
    ];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => ArpPacket.TryFind(frame, out _);

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!ArpPacket.TryFind(frame, out ArpPacket arp))
        {
            return false;
        }

        line.Name(frame.EtherType == Linux.ETH_P_RARP ? "RARP"u8 : "ARP"u8).Text(" "u8);
        switch (arp.Operation)
        {
            case Linux.ARPOP_REQUEST when arp.IsIPv4OverEthernet:
                line.Text("who-has "u8).Address(arp.TargetProtocol);
                if (arp.TargetHardware.IndexOfAnyExcept((byte)0) >= 0)
                {
                    line.Text(" ("u8).Mac(arp.TargetHardware).Text(")"u8);
                }

                line.Text(" tell "u8).Address(arp.SenderProtocol);
                break;
            case Linux.ARPOP_REPLY when arp.IsIPv4OverEthernet:
                line.Address(arp.SenderProtocol).Text(" is-at "u8).Mac(arp.SenderHardware);
                break;
            case Linux.ARPOP_RREQUEST when arp.IsIPv4OverEthernet:
                line.Text("who-is "u8).Mac(arp.TargetHardware).Text(" tell "u8).Mac(arp.SenderHardware);
                break;
            case Linux.ARPOP_RREPLY when arp.IsIPv4OverEthernet:
                line.Mac(arp.TargetHardware).Text(" at "u8).Address(arp.TargetProtocol);
                break;
            default:
                line.Text("operation "u8).Number(arp.Operation).Text(", hardware type "u8).Number(arp.HardwareType)
                    .Text(", protocol type 0x"u8).Hex(arp.ProtocolType, 4);
                break;
        }

        line.Text(", length "u8).Number(frame.Network.Length);
        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!ArpPacket.TryFind(frame, out ArpPacket arp))
        {
            return false;
        }

        fields.Begin("arp"u8);
        fields.Number("operation"u8, arp.Operation);
        fields.Number("hardware_type"u8, arp.HardwareType);
        fields.Number("protocol_type"u8, arp.ProtocolType);
        if (arp.IsIPv4OverEthernet)
        {
            fields.Mac("sender_mac"u8, arp.SenderHardware);
            fields.Address("sender_ip"u8, arp.SenderProtocol);
            fields.Mac("target_mac"u8, arp.TargetHardware);
            fields.Address("target_ip"u8, arp.TargetProtocol);
        }

        fields.End();
        return true;
    }
}

/// <summary>An ARP or RARP packet over bytes from anywhere: RFC 826. Nothing reads outside the bytes it was given.</summary>
public readonly ref struct ArpPacket
{
    /// <summary>The bytes before the addresses.</summary>
    public const int FixedLength = 8;

    private readonly ReadOnlySpan<byte> _bytes;

    private ArpPacket(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Finds the packet in a frame.</summary>
    /// <returns>False unless the EtherType is that of ARP or RARP and 8 bytes are here.</returns>
    public static bool TryFind(scoped in DecodedFrame frame, out ArpPacket arp)
    {
        arp = default;
        return frame.EtherType is Linux.ETH_P_ARP or Linux.ETH_P_RARP && TryRead(frame.Network, out arp);
    }

    /// <summary>Reads the packet, of which the end may be missing.</summary>
    /// <returns>False when there are fewer than 8 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out ArpPacket arp)
    {
        bool good = packet.Length >= FixedLength;
        arp = good ? new ArpPacket(packet) : default;
        return good;
    }

    /// <summary>Kind of link: ARPHRD_ETHER is 1.</summary>
    public ushort HardwareType => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>EtherType of the protocol whose addresses are asked for.</summary>
    public ushort ProtocolType => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>Bytes of a hardware address.</summary>
    public byte HardwareLength => _bytes[4];

    /// <summary>Bytes of a protocol address.</summary>
    public byte ProtocolLength => _bytes[5];

    /// <summary>ARPOP_REQUEST, ARPOP_REPLY, ...</summary>
    public ushort Operation => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);

    /// <summary>True when the four addresses are here and are those of IPv4 over Ethernet.</summary>
    public bool IsIPv4OverEthernet =>
        HardwareLength == 6 && ProtocolLength == 4 && ProtocolType == Linux.ETH_P_IP && _bytes.Length >= FixedLength + 20;

    /// <summary>Sender's hardware address; empty when it is not here in full.</summary>
    public ReadOnlySpan<byte> SenderHardware => Part(0, HardwareLength);

    /// <summary>Sender's protocol address; empty when it is not here in full.</summary>
    public ReadOnlySpan<byte> SenderProtocol => Part(HardwareLength, ProtocolLength);

    /// <summary>Target's hardware address; empty when it is not here in full.</summary>
    public ReadOnlySpan<byte> TargetHardware => Part(HardwareLength + ProtocolLength, HardwareLength);

    /// <summary>Target's protocol address; empty when it is not here in full.</summary>
    public ReadOnlySpan<byte> TargetProtocol => Part(2 * HardwareLength + ProtocolLength, ProtocolLength);

    private ReadOnlySpan<byte> Part(int offset, int length)
    {
        int start = FixedLength + offset;
        return start + length <= _bytes.Length ? _bytes.Slice(start, length) : default;
    }
}
