using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// A packet or frame within an IP packet: IPIP and 6in4 (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2890), VXLAN (RFC 7348).
/// </summary>
internal ref struct Tunnel
{
    private const int VxlanPort = 4789;
    private const int VxlanHeaderLength = 8;
    private const int Word = 4;

    /// <summary>What kind of tunnel.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>The link type of <see cref="Inner"/>, or -1 when it is none that is decoded.</summary>
    public int LinkType;

    /// <summary>The carried bytes that are here.</summary>
    public ReadOnlySpan<byte> Inner;

    /// <summary>GRE's EtherType, or -1.</summary>
    public int Type;

    /// <summary>GRE's key or VXLAN's network identifier, or -1.</summary>
    public long Key;

    /// <summary>Looks one level into a frame.</summary>
    /// <returns>False when it is not a tunnel.</returns>
    public static bool TryRead(scoped in DecodedFrame frame, out Tunnel tunnel)
    {
        tunnel = new Tunnel { LinkType = -1, Type = -1, Key = -1 };
        ReadOnlySpan<byte> transport = frame.Transport;
        if (transport.IsEmpty || frame.FragmentOffset != 0 || frame.MoreFragments)
        {
            return false;
        }

        switch (frame.Protocol)
        {
            case 4 or 41:
                tunnel.Name = frame.Protocol == 4 ? "ipip"u8 : "ip6"u8;
                tunnel.Inner = transport;
                tunnel.LinkType = Packets.LinkType.Raw;
                return true;
            case 47 when transport.Length >= Word && (transport[1] & 7) == 0:
                ReadGre(transport, ref tunnel);
                return true;
            case 17 when frame.Has(FrameLayers.Udp) && frame.Udp.DestinationPort == VxlanPort
                && frame.Udp.Payload.Length >= VxlanHeaderLength:
                tunnel.Name = "vxlan"u8;
                tunnel.Key = BinaryPrimitives.ReadUInt32BigEndian(frame.Udp.Payload[4..]) >> 8;
                tunnel.Inner = frame.Udp.Payload[VxlanHeaderLength..];
                tunnel.LinkType = Packets.LinkType.Ethernet;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Checksum, key and sequence number each add a word.</summary>
    private static void ReadGre(ReadOnlySpan<byte> transport, ref Tunnel tunnel)
    {
        int key = Word + ((transport[0] & 0x80) != 0 ? Word : 0);
        bool hasKey = (transport[0] & 0x20) != 0;
        int header = key + (hasKey ? Word : 0) + ((transport[0] & 0x10) != 0 ? Word : 0);
        tunnel.Name = "gre"u8;
        tunnel.Type = BinaryPrimitives.ReadUInt16BigEndian(transport[2..]);
        tunnel.Inner = transport[Math.Min(header, transport.Length)..];
        tunnel.LinkType = tunnel.Type is Linux.ETH_P_IP or Linux.ETH_P_IPV6 ? Packets.LinkType.Raw
            : tunnel.Type == Linux.ETH_P_TEB ? Packets.LinkType.Ethernet : -1;
        if (hasKey && transport.Length >= key + Word)
        {
            tunnel.Key = BinaryPrimitives.ReadUInt32BigEndian(transport[key..]);
        }
    }
}
