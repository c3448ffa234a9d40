using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

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
