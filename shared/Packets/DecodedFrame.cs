using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>The headers found in a frame, outermost only; made by <see cref="FrameDecoder.Decode"/>.</summary>
/// <remarks>What stands inside an ICMP error or a tunnel is payload here: it never fills these members.</remarks>
public ref struct DecodedFrame
{
    /// <summary>The headers that are present; members of absent layers must not be read.</summary>
    public FrameLayers Layers { get; internal set; }

    /// <summary>The captured bytes of the frame.</summary>
    public ReadOnlySpan<byte> Bytes { get; internal set; }

    /// <summary>The Ethernet header.</summary>
    public EthernetHeader Ethernet { get; internal set; }

    /// <summary>VLAN tags behind the header of Ethernet or of a cooked capture: see <see cref="Vlan"/>.</summary>
    public int VlanCount { get; internal set; }

    /// <summary>Where the first of them stands in <see cref="Bytes"/>.</summary>
    internal int FirstVlan { get; set; }

    /// <summary>The EtherType behind all tags and SNAP; 0 when it is unknown or the frame is IEEE 802.3 without one.</summary>
    public ushort EtherType { get; internal set; }

    /// <summary>Of an IEEE 802.3 frame what follows the length, beginning with LLC and without padding; else empty.</summary>
    public ReadOnlySpan<byte> Llc { get; internal set; }

    /// <summary>What follows the link layer's header, link padding included.</summary>
    public ReadOnlySpan<byte> Network { get; internal set; }

    /// <summary>The IPv4 header.</summary>
    public IPv4Header IPv4 { get; internal set; }

    /// <summary>The IPv6 header.</summary>
    public IPv6Header IPv6 { get; internal set; }

    /// <summary>True with IPv4 or IPv6.</summary>
    public readonly bool HasIP => (Layers & (FrameLayers.IPv4 | FrameLayers.IPv6)) != 0;

    /// <summary>With IPv4 or IPv6: the source address, 4 or 16 bytes.</summary>
    public readonly ReadOnlySpan<byte> Source => Has(FrameLayers.IPv4) ? IPv4.Source : IPv6.Source;

    /// <summary>With IPv4 or IPv6: the destination address in the header, 4 or 16 bytes.</summary>
    public readonly ReadOnlySpan<byte> Destination => Has(FrameLayers.IPv4) ? IPv4.Destination : IPv6.Destination;

    /// <summary>With IPv4 or IPv6: time to live or hop limit.</summary>
    public readonly byte HopLimit => Has(FrameLayers.IPv4) ? IPv4.TimeToLive : IPv6.HopLimit;

    /// <summary>With IPv4 or IPv6: the upper layer's protocol, behind IPv6 extension headers.</summary>
    public byte Protocol { get; internal set; }

    /// <summary>The authentication header of an IPsec packet, which the upper layer stands behind; else empty.</summary>
    public ReadOnlySpan<byte> Authentication { get; internal set; }

    /// <summary>With IPv4 or IPv6: where this fragment belongs in bytes; when not 0 there is no upper-layer header.</summary>
    public int FragmentOffset { get; internal set; }

    /// <summary>With IPv4 or IPv6: more fragments follow.</summary>
    public bool MoreFragments { get; internal set; }

    /// <summary>With IPv4 or IPv6: the upper layer's bytes that are here, header included, link padding left out.</summary>
    public ReadOnlySpan<byte> Transport { get; internal set; }

    /// <summary>With IPv4 or IPv6: bytes of the upper layer as the headers say, whether they were captured or not.</summary>
    public int TransportLength { get; internal set; }

    /// <summary>
    /// With <see cref="FrameLayers.Ports"/>: the source port of TCP or UDP, though the rest of the header may be missing.
    /// </summary>
    public readonly ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Transport);

    /// <summary>With <see cref="FrameLayers.Ports"/>: the destination port of TCP or UDP.</summary>
    public readonly ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Transport[2..]);

    /// <summary>The TCP header.</summary>
    public TcpHeader Tcp { get; internal set; }

    /// <summary>The UDP header.</summary>
    public UdpHeader Udp { get; internal set; }

    /// <summary>The header of UDP-Lite.</summary>
    public UdpLiteHeader UdpLite { get; internal set; }

    /// <summary>ICMP or ICMPv6; the first two bytes are always here, the rest when <see cref="HasIcmpHeader"/>.</summary>
    public IcmpHeader Icmp { get; internal set; }

    /// <summary>True when the 8 bytes of <see cref="Icmp"/> are here; without them only type and code can be told.</summary>
    public bool HasIcmpHeader { get; internal set; }

    /// <summary>Type of ICMP or ICMPv6.</summary>
    public readonly byte IcmpType => Transport[0];

    /// <summary>Code of ICMP or ICMPv6.</summary>
    public readonly byte IcmpCode => Transport[1];

    /// <summary>
    /// What the ports carry as earlier frames said, in numbers of the one who keeps track of them; 0 when they said nothing.
    /// </summary>
    public int Application { get; set; }

    /// <summary>True when every flag of <paramref name="layers"/> is present.</summary>
    public readonly bool Has(FrameLayers layers) => (Layers & layers) == layers;

    /// <summary>A VLAN tag; 0 is the outermost.</summary>
    /// <param name="index">Less than <see cref="VlanCount"/>.</param>
    public readonly VlanTag Vlan(int index) =>
        new(BinaryPrimitives.ReadUInt16BigEndian(Bytes[(FirstVlan + index * VlanTag.Length)..]));
}

/// <summary>The headers a decoded frame can have.</summary>
[Flags]
public enum FrameLayers
{
    /// <summary>Nothing could be read.</summary>
    None = 0,

    /// <summary>An Ethernet header.</summary>
    Ethernet = 1,

    /// <summary>IPv4.</summary>
    IPv4 = 4,

    /// <summary>IPv6.</summary>
    IPv6 = 8,

    /// <summary>TCP.</summary>
    Tcp = 16,

    /// <summary>UDP.</summary>
    Udp = 32,

    /// <summary>ICMP over IPv4, or ICMPv6 over IPv6.</summary>
    Icmp = 64,

    /// <summary>
    /// TCP or UDP of which at least the two ports are here; comes with <see cref="Tcp"/> and <see cref="Udp"/>.
    /// </summary>
    Ports = 128,

    /// <summary>UDP-Lite.</summary>
    UdpLite = 256,
}
