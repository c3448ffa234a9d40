using System.Buffers.Binary;
using System.Net;
using NetTools.Packets;

namespace NetTools.Tests.PktSniff;

/// <summary>Frames of every kind the decoder knows, made by hand from the RFCs.</summary>
internal static class SampleFrames
{
    public static readonly byte[] MacA = [2, 0, 0, 0, 0, 0xa];
    public static readonly byte[] MacB = [2, 0, 0, 0, 0, 0xb];

    public static IEnumerable<(string Name, byte[] Bytes)> All()
    {
        byte[] tcp = Tcp(40000, 80, 1000, 2000, TcpFlags.Psh | TcpFlags.Ack, "GET / HTTP/1.0\r\n\r\n"u8);
        byte[] udp = Udp(5353, 53, "hello"u8);
        byte[] echo = [8, 0, 0, 0, 0, 7, 0, 1, 1, 2, 3, 4];
        yield return ("arp", Ethernet(0x0806, Arp(1)));
        yield return ("arp reply", Ethernet(0x0806, Arp(2)));
        yield return ("rarp", Ethernet(0x8035, Arp(3)));
        yield return ("tcp", Ethernet(0x0800, IPv4(6, tcp)));
        yield return ("udp", Ethernet(0x0800, IPv4(17, udp)));
        yield return ("icmp", Ethernet(0x0800, IPv4(1, echo)));
        yield return ("icmp error", Ethernet(0x0800, IPv4(1, [3, 3, 0, 0, 0, 0, 0, 0, .. IPv4(17, udp)])));
        yield return ("ip options", Ethernet(0x0800, IPv4(17, udp, options: [0x94, 4, 0, 0, 1])));
        yield return ("first fragment", Ethernet(0x0800, IPv4(17, udp, more: true)));
        yield return ("later fragment", Ethernet(0x0800, IPv4(17, udp, offset: 1480)));
        yield return ("igmp", Ethernet(0x0800, IPv4(2, [0x16, 0, 9, 4, 224, 0, 0, 251])));
        yield return ("ipip", Ethernet(0x0800, IPv4(4, IPv4(6, tcp))));
        yield return ("tcp6", Ethernet(0x86dd, IPv6(6, tcp)));
        yield return ("udp6", Ethernet(0x86dd, IPv6(17, udp)));
        yield return ("icmp6", Ethernet(0x86dd, IPv6(58, [128, 0, 0, 0, 0, 7, 0, 1, 1, 2])));
        yield return ("neighbor", Ethernet(
            0x86dd, IPv6(58, [135, 0, 0, 0, 0, 0, 0, 0, .. IPAddress.Parse("fe80::1").GetAddressBytes(), 1, 1, .. MacA])));
        yield return ("hop-by-hop", Ethernet(0x86dd, IPv6(0, [17, 0, 1, 4, 0, 0, 0, 0, .. udp])));
        yield return ("fragment 6", Ethernet(0x86dd, IPv6(44, [17, 0, 0, 9, 0, 0, 0, 1, .. udp])));
        yield return ("later fragment 6", Ethernet(0x86dd, IPv6(44, [17, 0, 5, 0xa8, 0, 0, 0, 1, .. udp])));
        yield return ("vlan", Tagged([(0x8100, 0x6007)], 0x0800, IPv4(6, tcp)));
        yield return ("double vlan", Tagged([(0x88a8, 100), (0x8100, 200)], 0x86dd, IPv6(17, udp)));
        yield return ("llc", [.. MacB, .. MacA, 0, 7, 0x42, 0x42, 3, 0, 0, 2, 2]);
        yield return ("dns", Ethernet(0x0800, IPv4(17, Udp(53, 4000, DnsAnswer()))));
        yield return ("dns loop", Ethernet(
            0x0800, IPv4(17, Udp(53, 4000, [0, 7, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]))));
        yield return ("dhcp", Ethernet(
            0x0800, IPv4(17, Udp(68, 67, [1, 1, 6, 0, .. new byte[232], 99, 130, 83, 99, 53, 1, 1, 12, 3, 97, 27, 98, 255]))));
        yield return ("vxlan", Ethernet(
            0x0800, IPv4(17, Udp(9999, 4789, [8, 0, 0, 0, 0, 0, 5, 0, .. Ethernet(0x0800, IPv4(6, tcp))]))));
        yield return ("gre", Ethernet(0x0800, IPv4(47, [0x20, 0, 8, 0, 0, 0, 0, 1, .. IPv4(17, udp)])));
        yield return ("router", Ethernet(0x86dd, IPv6(58,
            [134, 0, 0, 0, 64, 0xc0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 5, 0xdc, 3, 4, 64, 0xc0, .. new byte[28]])));
        yield return ("listener", Ethernet(
            0x86dd, IPv6(58, [143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0xff, 2, .. new byte[13], 1])));
        yield return ("unknown", Ethernet(0x88b5, [1, 2, 3]));
        foreach ((string, byte[]) sample in SampleProtocols.All())
        {
            yield return sample;
        }
    }

    public static byte[] Ethernet(ushort type, byte[] payload) => Tagged([], type, payload);

    public static byte[] Tagged((ushort Tpid, ushort Tci)[] tags, ushort type, byte[] payload)
    {
        List<byte> frame = [.. MacB, .. MacA];
        foreach ((ushort tpid, ushort tci) in tags)
        {
            frame.AddRange([(byte)(tpid >> 8), (byte)tpid, (byte)(tci >> 8), (byte)tci]);
        }

        return [.. frame, (byte)(type >> 8), (byte)type, .. payload];
    }

    public static byte[] IPv4(byte protocol, byte[] payload, byte[]? options = null, int offset = 0, bool more = false)
    {
        IPv4Fields fields = new()
        {
            TimeToLive = 61,
            Protocol = protocol,
            Source = (byte[])[10, 0, 0, 1],
            Destination = (byte[])[10, 0, 0, 2],
            Options = options,
            FragmentOffset = offset,
            MoreFragments = more,
            TotalLength = IPv4Header.MinimumLength + ((options?.Length ?? 0) + 3) / 4 * 4 + payload.Length,
        };
        byte[] header = new byte[fields.HeaderLength];
        IPv4Header.Write(header, fields);
        return [.. header, .. payload];
    }

    public static byte[] IPv6(byte next, byte[] payload)
    {
        byte[] header = new byte[IPv6Header.Length];
        IPv6Header.Write(header, new IPv6Fields
        {
            NextHeader = next,
            HopLimit = 62,
            PayloadLength = payload.Length,
            Source = IPAddress.Parse("2001:db8::1").GetAddressBytes(),
            Destination = IPAddress.Parse("2001:db8:0:0:1::2").GetAddressBytes(),
        });
        return [.. header, .. payload];
    }

    public static byte[] Udp(ushort source, ushort destination, ReadOnlySpan<byte> payload)
    {
        byte[] datagram = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(datagram, source);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(2), destination);
        BinaryPrimitives.WriteUInt16BigEndian(datagram.AsSpan(4), (ushort)datagram.Length);
        payload.CopyTo(datagram.AsSpan(8));
        return datagram;
    }

    public static byte[] Tcp(ushort source, ushort destination, uint seq, uint ack, TcpFlags flags, ReadOnlySpan<byte> payload)
    {
        byte[] options = [2, 4, 5, 0xb4, 4, 2, 1, 1];
        byte[] segment = new byte[20 + options.Length + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(segment, source);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), destination);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), seq);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(8), ack);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(12), (ushort)((20 + options.Length) / 4 << 12 | (int)flags));
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 502);
        options.CopyTo(segment.AsSpan(20));
        payload.CopyTo(segment.AsSpan(20 + options.Length));
        return segment;
    }

    private static byte[] DnsAnswer() =>
    [
        0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0,
        3, (byte)'a', 27, (byte)'b', 7, .. "example"u8, 0, 0, 1, 0, 1,
        0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1,
        0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, (byte)'c', 0xc0, 16,
    ];

    public static byte[] Arp(byte operation) =>
        [0, 1, 8, 0, 6, 4, 0, operation, .. MacA, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
}
