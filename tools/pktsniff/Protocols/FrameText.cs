using NetTools.Libc;
using NetTools.Packets;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Protocols;

/// <summary>Names of what frames hold, as UTF-8 ready to be printed.</summary>
internal static class FrameText
{
    /// <summary>A sll_pkttype of packet(7); empty when it is unknown.</summary>
    public static ReadOnlySpan<byte> Direction(int packetType) =>
        packetType == PACKET_HOST ? "in"u8
        : packetType == PACKET_OUTGOING ? "out"u8
        : packetType == PACKET_BROADCAST ? "broadcast"u8
        : packetType == PACKET_MULTICAST ? "multicast"u8
        : packetType == PACKET_OTHERHOST ? "other"u8
        : default;

    /// <summary>What is known about a checksum; empty when nothing is.</summary>
    public static ReadOnlySpan<byte> Checksum(ChecksumVerdict verdict) => verdict switch
    {
        ChecksumVerdict.Ok => "ok"u8,
        ChecksumVerdict.Bad => "bad"u8,
        ChecksumVerdict.Partial => "partial"u8,
        _ => default,
    };

    /// <summary>The name of an EtherType; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> EtherType(ushort type) => type switch
    {
        Linux.ETH_P_IP => "IPv4"u8,
        Linux.ETH_P_IPV6 => "IPv6"u8,
        Linux.ETH_P_ARP => "ARP"u8,
        Linux.ETH_P_RARP => "RARP"u8,
        Linux.ETH_P_8021Q => "802.1Q"u8,
        Linux.ETH_P_8021AD => "802.1ad"u8,
        Linux.ETH_P_QINQ1 => "QinQ"u8,
        Linux.ETH_P_LLDP => "LLDP"u8,
        Linux.ETH_P_SLOW => "LACP"u8,
        Linux.ETH_P_MPLS_UC => "MPLS"u8,
        Linux.ETH_P_PPP_DISC => "PPPoE discovery"u8,
        Linux.ETH_P_PPP_SES => "PPPoE session"u8,
        Linux.ETH_P_PAE => "EAPOL"u8,
        _ => default,
    };

    /// <summary>The name of an IP protocol; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> Protocol(byte protocol) => protocol switch
    {
        1 => "ICMP"u8,
        2 => "IGMP"u8,
        4 => "IPIP"u8,
        6 => "TCP"u8,
        17 => "UDP"u8,
        33 => "DCCP"u8,
        41 => "IPv6"u8,
        47 => "GRE"u8,
        50 => "ESP"u8,
        51 => "AH"u8,
        58 => "ICMPv6"u8,
        59 => "no next header"u8,
        89 => "OSPF"u8,
        103 => "PIM"u8,
        112 => "VRRP"u8,
        132 => "SCTP"u8,
        136 => "UDP-Lite"u8,
        _ => default,
    };

    /// <summary>True for echo requests and replies.</summary>
    public static bool IsEcho(scoped in DecodedFrame frame) => frame.Has(FrameLayers.IPv4)
        ? frame.IcmpType is Packets.IcmpType.EchoRequest or Packets.IcmpType.EchoReply
        : frame.IcmpType is Packets.Icmpv6Type.EchoRequest or Packets.Icmpv6Type.EchoReply;

    /// <summary>The name of an ICMP type; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> IcmpType(byte type) => type switch
    {
        Packets.IcmpType.EchoReply => "echo reply"u8,
        Packets.IcmpType.DestinationUnreachable => "destination unreachable"u8,
        Packets.IcmpType.SourceQuench => "source quench"u8,
        Packets.IcmpType.Redirect => "redirect"u8,
        Packets.IcmpType.EchoRequest => "echo request"u8,
        9 => "router advertisement"u8,
        10 => "router solicitation"u8,
        Packets.IcmpType.TimeExceeded => "time exceeded"u8,
        Packets.IcmpType.ParameterProblem => "parameter problem"u8,
        Packets.IcmpType.TimestampRequest => "timestamp request"u8,
        Packets.IcmpType.TimestampReply => "timestamp reply"u8,
        Packets.IcmpType.MaskRequest => "address mask request"u8,
        Packets.IcmpType.MaskReply => "address mask reply"u8,
        _ => default,
    };

    /// <summary>The name of an ICMPv6 type; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> Icmpv6Type(byte type) => type switch
    {
        Packets.Icmpv6Type.DestinationUnreachable => "destination unreachable"u8,
        Packets.Icmpv6Type.PacketTooBig => "packet too big"u8,
        Packets.Icmpv6Type.TimeExceeded => "time exceeded"u8,
        Packets.Icmpv6Type.ParameterProblem => "parameter problem"u8,
        Packets.Icmpv6Type.EchoRequest => "echo request"u8,
        Packets.Icmpv6Type.EchoReply => "echo reply"u8,
        130 => "multicast listener query"u8,
        131 => "multicast listener report"u8,
        132 => "multicast listener done"u8,
        Packets.Icmpv6Type.RouterSolicitation => "router solicitation"u8,
        Packets.Icmpv6Type.RouterAdvertisement => "router advertisement"u8,
        Packets.Icmpv6Type.NeighborSolicitation => "neighbor solicitation"u8,
        Packets.Icmpv6Type.NeighborAdvertisement => "neighbor advertisement"u8,
        Packets.Icmpv6Type.Redirect => "redirect"u8,
        143 => "multicast listener report v2"u8,
        _ => default,
    };
}
