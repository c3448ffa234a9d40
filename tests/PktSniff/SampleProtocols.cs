using System.Buffers.Binary;
using System.Net;
using NetTools.Packets;

namespace NetTools.Tests.PktSniff;

/// <summary>More frames made by hand: what stands beside and above the usual headers.</summary>
internal static class SampleProtocols
{
    private static readonly byte[] s_group = [224, 0, 0, 251];

    public static IEnumerable<(string Name, byte[] Bytes)> All() =>
        [.. Link(), .. Icmp(), .. Icmpv6(), .. Transport(), .. Extensions(), .. Tunnels(), .. Names()];

    private static IEnumerable<(string Name, byte[] Bytes)> Link()
    {
        byte[] tree = [0, 0, 0, 0, 0x81, 0x80, 1, .. SampleFrames.MacA, 0, 0, 0, 19, 0x90, 2, .. SampleFrames.MacB, 0x80, 4, 1, 0,
            20, 0, 2, 0, 15, 0];
        yield return ("stp", Llc([0x42, 0x42, 3, .. tree]));
        yield return ("rstp", Llc([0x42, 0x42, 3, 0, 0, 2, 2, 0x7c, .. tree[5..], 0]));
        yield return ("stp change", Llc([0x42, 0x42, 3, 0, 0, 0, 0x80]));
        yield return ("snap", Llc([0xaa, 0xaa, 3, 0, 0, 0, 8, 0, .. SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, "x"u8))]));
        yield return ("snap cisco", Llc([0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0, 2, 0xb4]));
        yield return ("lldp", SampleFrames.Ethernet(0x88cc,
        [
            .. Tlv(1, [4, .. SampleFrames.MacA]), .. Tlv(2, [5, .. "Gi0/1"u8]), .. Tlv(3, [0, 120]), .. Tlv(4, "uplink"u8),
            .. Tlv(5, "switch one"u8),
            .. Tlv(6, "made by hand"u8), .. Tlv(7, [0, 0x14, 0, 4]), .. Tlv(8, [5, 1, 10, 0, 0, 9, 2, 0, 0, 0, 1, 0]),
            .. Tlv(0, []),
        ]));
        yield return ("lldp name", SampleFrames.Ethernet(0x88cc,
            [.. Tlv(1, [7, .. "chassis"u8]), .. Tlv(2, [3, .. SampleFrames.MacB]), .. Tlv(3, [0, 0]),
                .. Tlv(8, [17, 2, .. Address6("fe80::9"), 2, 0, 0, 0, 1, 0])]));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Icmp()
    {
        byte[] quoted = SampleFrames.IPv4(6, SampleFrames.Tcp(40000, 443, 1, 2, TcpFlags.Ack, default));
        yield return ("icmp mtu", Icmp4([3, 4, 0, 0, 0, 0, 5, 0x14, .. quoted]));
        yield return ("icmp redirect", Icmp4([5, 1, 0, 0, 10, 0, 0, 254, .. quoted]));
        yield return ("icmp parameter", Icmp4([12, 0, 0, 0, 20, 0, 0, 0, .. quoted]));
        yield return ("icmp timestamp", Icmp4([13, 0, 0, 0, 0, 7, 0, 1, .. new byte[12]]));
        yield return ("igmp query", SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(2, [0x11, 100, 0, 0, .. s_group])));
        yield return ("igmp 3", SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(2,
            [0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, .. s_group, 3, 0, 0, 1, 239, 1, 2, 3, 10, 0, 0, 9])));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Icmpv6()
    {
        byte[] quoted = SampleFrames.IPv6(17, SampleFrames.Udp(5000, 33434, "probe"u8));
        byte[] target = Address6("fe80::1");
        yield return ("icmp6 unreachable", Icmp6([1, 4, 0, 0, 0, 0, 0, 0, .. quoted]));
        yield return ("icmp6 too big", Icmp6([2, 0, 0, 0, 0, 0, 5, 0, .. quoted]));
        yield return ("icmp6 parameter", Icmp6([4, 1, 0, 0, 0, 0, 0, 6, .. quoted]));
        yield return ("neighbor is", Icmp6([136, 0, 0, 0, 0xe0, 0, 0, 0, .. target, 2, 1, .. SampleFrames.MacB]));
        yield return ("router wanted", Icmp6([133, 0, 0, 0, 0, 0, 0, 0, 1, 1, .. SampleFrames.MacA]));
        yield return ("redirect 6", Icmp6([137, 0, 0, 0, 0, 0, 0, 0, .. target, .. Address6("2001:db8::9")]));
        yield return ("router options", Icmp6([134, 0, 0, 0, 64, 0xc0, 7, 8, 0, 0, 0x75, 0x30, 0, 0, 3, 0xe8,
            3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 7, 8, 0, 0, 0, 0, .. Address6("2001:db8::"), 25, 3, 0, 0, 0, 0, 2, 0x58,
            .. Address6("2001:db8::53")]));
        yield return ("listener query", Icmp6([130, 0, 0, 0, 0x27, 0x10, 0, 0, .. Address6("ff02::fb")]));
        yield return ("listener done", Icmp6([132, 0, 0, 0, 0, 0, 0, 0, .. Address6("ff02::fb")]));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Transport()
    {
        byte[] plain = SampleFrames.Tcp(40000, 80, 1000, 2000, TcpFlags.Ack, "body"u8);
        yield return ("tcp timestamps", Four(6, WithOptions(plain, [1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0])));
        yield return ("tcp sack", Four(6, WithOptions(plain, [1, 1, 5, 18, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0])));
        yield return ("tcp wscale", Four(6, WithOptions(plain, [3, 3, 7, 0])));
        yield return ("tcp fast open", Four(6, WithOptions(plain, [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1])));
        yield return ("tcp bad option", Four(6, WithOptions(plain, [2, 60, 0, 0])));
        yield return ("udp checksum", Four(17, [0, 7, 0, 9, 0, 9, 0x12, 0x34, 1]));
        yield return ("tcp beyond", Four(6, [.. plain[..12], 0xf0, .. plain[13..]]));
        yield return ("esp", Four(50, [0, 0, 1, 2, 0, 0, 0, 7, 1, 2, 3, 4]));
        yield return ("ah", Four(51, [6, 4, 0, 0, 0, 0, 0x10, 1, 0, 0, 0, 5, .. new byte[12], .. plain]));
        yield return ("sctp", Four(132, [0x0b, 0x59, 0x0b, 0x5a, 0, 0, 0, 1, 0, 0, 0, 0]));
        yield return ("dccp", Four(33, [0, 10, 0, 20, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]));
        yield return ("udplite", Four(136, [0, 30, 0, 40, 0, 8, 0, 0, 1]));
        yield return ("udplite whole", Four(136, [0, 30, 0, 40, 0, 0, 0, 0, 1]));
        yield return ("udplite coverage", Four(136, [0, 30, 0, 40, 0, 3, 0, 1, 1]));
        yield return ("udplite 6", Six(136, [0, 30, 0, 40, 0, 8, 0x12, 0x34, 1, 2]));
        yield return ("ip router alert", SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, default),
            options: [7, 11, 8, 10, 0, 0, 7, 0, 0, 0, 0, 1])));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Extensions()
    {
        byte[] udp = SampleFrames.Udp(1, 2, "x"u8);
        yield return ("routing 6", Six(43, [17, 2, 0, 1, 0, 0, 0, 0, .. Address6("2001:db8::7"), .. udp]));
        yield return ("destination 6", Six(60, [44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9, .. udp]));
        yield return ("authentication 6", Six(51, [17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, .. udp]));
        yield return ("many extensions", Six(60,
            [.. Enumerable.Range(0, 40).SelectMany(_ => (byte[])[60, 0, 1, 4, 0, 0, 0, 0]), 17, 0, 1, 4, 0, 0, 0, 0, .. udp]));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Tunnels()
    {
        byte[] inner = SampleFrames.IPv4(17, SampleFrames.Udp(7, 9, "inner"u8));
        yield return ("6in4", Four(41, SampleFrames.IPv6(6, SampleFrames.Tcp(1, 2, 3, 4, TcpFlags.Syn, default))));
        yield return ("gre key", Four(47, [0x30, 0, 8, 0, 0, 0, 0, 77, 0, 0, 0, 1, .. inner]));
        yield return ("gre frame", Four(47, [0, 0, 0x65, 0x58, .. SampleFrames.Tagged([(0x8100, 9)], 0x0800, inner)]));
        yield return ("gre other", Four(47, [0, 0, 0x88, 0xb5, 1, 2, 3]));
        yield return ("vxlan names", Four(17, SampleFrames.Udp(9999, 4789, [8, 0, 0, 0, 0, 0, 5, 0, .. Question()])));
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Names()
    {
        byte[] header = [0, 9, 0x84, 0, 0, 1, 0, 6, 0, 0, 0, 0, 1, (byte)'d', 4, .. "test"u8, 0, 0, 255, 0, 1];
        yield return ("dns records", Four(17, SampleFrames.Udp(53, 4001,
        [
            .. header, .. Record(15, [0, 10, 4, .. "mail"u8, 0xc0, 12]), .. Record(16, [3, .. "a\"b"u8, 1, 9]),
            .. Record(28, Address6("2001:db8::1")),
            .. Record(33, [0, 1, 0, 2, 0, 80, 0xc0, 12]), .. Record(12, [1, (byte)'.', 0]), .. Record(99, [1, 2, 3]),
        ])));
        byte[] query = [0, 3, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'t', 0, 0, 1, 0, 1];
        yield return ("dns tcp", Four(6, [.. SampleFrames.Tcp(4000, 53, 1, 1, TcpFlags.Ack, [0, (byte)query.Length, .. query])]));
        yield return ("dns edns", Four(17, SampleFrames.Udp(53, 4002,
            [0, 3, 0x81, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, (byte)'t', 0, 0, 1, 0, 1, 0, 0, 41, 4, 208, 1, 0, 0x80, 0, 0, 0])));
        yield return ("dns update", Four(
            17, SampleFrames.Udp(4003, 53, [0, 4, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'t', 0, 0, 6, 0, 1])));
        yield return ("dns question", Question());
        byte[] offer =
        [
            2, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 77, 10, 0, 0, 1, 0, 0, 0, 0,
            .. SampleFrames.MacA, .. new byte[202],
            99, 130, 83, 99, 53, 1, 2, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1, 6, 8,
            10, 0, 0, 2, 10, 0, 0, 3,
            15, 4, .. "home"u8, 50, 4, 10, 0, 0, 77, 12, 7, .. "my host"u8, 255,
        ];
        yield return ("dhcp offer", Four(17, SampleFrames.Udp(67, 68, offer)));
    }

    private static byte[] Question() =>
        Four(17, SampleFrames.Udp(4000, 53, [0, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, .. "www"u8, 4, .. "test"u8, 0, 0, 28, 0, 1]));

    private static byte[] Record(ushort type, byte[] data) =>
        [0xc0, 12, (byte)(type >> 8), (byte)type, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data];

    private static byte[] Tlv(int type, ReadOnlySpan<byte> value) => [(byte)(type << 1), (byte)value.Length, .. value];

    private static byte[] Llc(byte[] bytes) => [.. SampleFrames.MacB, .. SampleFrames.MacA, 0, (byte)bytes.Length, .. bytes];

    private static byte[] Four(byte protocol, byte[] payload) =>
        SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(protocol, payload));

    private static byte[] Six(byte next, byte[] payload) => SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(next, payload));

    private static byte[] Icmp4(byte[] message) => Four(1, message);

    private static byte[] Icmp6(byte[] message) => Six(58, message);

    private static byte[] Address6(string address) => IPAddress.Parse(address).GetAddressBytes();

    /// <summary>The segment with other options.</summary>
    private static byte[] WithOptions(byte[] segment, byte[] options)
    {
        int old = (segment[12] >> 4) * 4;
        byte[] changed = [.. segment[..20], .. options, .. segment[old..]];
        int flags = BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(12)) & 0xfff;
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(12), (ushort)((20 + options.Length) / 4 << 12 | flags));
        return changed;
    }
}
