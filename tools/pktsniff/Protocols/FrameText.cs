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

    /// <summary>A sll_pkttype of packet(7) in tcpdump's letters; empty when it is unknown.</summary>
    public static ReadOnlySpan<byte> DirectionMark(int packetType) =>
        packetType == PACKET_HOST ? "In"u8
        : packetType == PACKET_OUTGOING ? "Out"u8
        : packetType == PACKET_BROADCAST ? "B"u8
        : packetType == PACKET_MULTICAST ? "M"u8
        : packetType == PACKET_OTHERHOST ? "P"u8
        : default;

    /// <summary>What is known about a checksum; empty when nothing is.</summary>
    public static ReadOnlySpan<byte> Checksum(ChecksumVerdict verdict) => verdict switch
    {
        ChecksumVerdict.Ok => "ok"u8,
        ChecksumVerdict.Bad => "bad"u8,
        ChecksumVerdict.Missing => "missing"u8,
        ChecksumVerdict.Partial => "partial"u8,
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
}
