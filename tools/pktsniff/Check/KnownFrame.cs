using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.PktSniff.Check;

/// <summary>
/// A frame that the program is to print, and what its line must hold. No two fields of a frame are equal, so a field that is
/// printed in another's place shows.
/// </summary>
/// <param name="Name">What kind it is, in words.</param>
/// <param name="Number">Its number, which is in its addresses.</param>
/// <param name="Bytes">The frame.</param>
internal sealed record KnownFrame(string Name, int Number, byte[] Bytes)
{
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>The sender's address on the link.</summary>
    public string Source => $"02:a1:b3:c5:d7:{Number:x2}";

    /// <summary>The receiver's address on the link, nobody's here.</summary>
    public string Destination => $"02:{Number:x2}:e9:f8:6b:4d";

    /// <summary>The EtherType, of a tagged frame the inner one.</summary>
    public int EtherType { get; init; }

    /// <summary>Source and destination address, or null where the frame is not IPv4.</summary>
    public (string Source, string Destination)? Addresses { get; init; }

    /// <summary>The IPv4 protocol.</summary>
    public int Protocol { get; init; }

    /// <summary>The IPv4 TTL.</summary>
    public int TimeToLive { get; init; }

    /// <summary>Type and code of an ICMP message.</summary>
    public (int Type, int Code)? IcmpKind { get; init; }

    /// <summary>The frames of the traffic, one of every kind.</summary>
    public static IReadOnlyList<KnownFrame> All { get; } =
    [
        Other("ARP", 0x21, Linux.ETH_P_ARP, [0, 1, 8, 0, 6, 4, 0, 1]),
        IPv4("an ICMP echo request", 0x22, Icmp, 8, 0),
        IPv4("an ICMP echo reply", 0x23, Icmp, 0, 0),
        IPv4("an ICMP error", 0x24, Icmp, 3, 13),
        IPv4("an ICMP error", 0x25, Icmp, 11, 1),
        IPv4("TCP", 0x26, Tcp),
        IPv4("UDP", 0x27, Udp),
        IPv4("ICMP behind IP options", 0x28, Icmp, 5, 3, options: true),
        Other("IPv6", 0x29, Linux.ETH_P_IPV6, [0x60, 0, 0, 0, 0, 8, 59, 99]),
        Other("an EtherType that nobody knows", 0x2a, 0x88b5, [1, 2, 3, 4]),
    ];

    /// <summary>A last frame, which shows that the program still prints.</summary>
    public static KnownFrame Marker(int number) => IPv4("a last frame", number, Udp);

    /// <summary>Frames that are not whole, or larger than usual.</summary>
    /// <param name="kind">vlan, short, malformed, jumbo.</param>
    public static IEnumerable<byte[]> Odd(string kind)
    {
        byte[] whole = All[1].Bytes;
        switch (kind)
        {
            case "vlan":
                yield return [.. whole[..12], 0x81, 0x00, 0x00, 0x65, .. whole[12..]];
                yield return [.. whole[..12], 0x88, 0xa8, 0x00, 0x66, 0x81, 0x00, 0x00, 0x65, .. whole[12..]];
                break;
            case "short":
                foreach (int length in (int[])[14, 15, 16, 20, 30, 33, 34, 37])
                {
                    yield return whole[..length];
                    yield return [.. All[7].Bytes[..length]];
                }

                break;
            case "malformed":
                for (int version = 0; version < 16; version++)
                {
                    byte[] frame = [.. whole];
                    frame[14] = (byte)(version << 4 | (15 - version)); // a header longer than the frame, or shorter than itself
                    yield return frame;
                    frame = [.. All[8].Bytes[..18], 0xff, 0xff, 0, 0];
                    yield return frame;
                    frame = [.. whole];
                    frame[14] = 0x4f;
                    BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(version * 4000));
                    yield return frame[..38];
                }

                break;
            default:
                foreach (int length in (int[])[1600, 2049, 4097, 9000])
                {
                    byte[] frame = new byte[length];
                    frame.AsSpan().Fill(0xa5);
                    whole.CopyTo(frame, 0);
                    yield return frame;
                }

                break;
        }
    }

    private static KnownFrame Other(string name, int number, int type, byte[] payload)
    {
        KnownFrame frame = new(name, number, []) { EtherType = type };
        return frame with { Bytes = [.. frame.Head(type), .. payload, .. new byte[46 - payload.Length]] };
    }

    private static KnownFrame IPv4(string name, int number, byte protocol, int type = 0, int code = 0, bool options = false)
    {
        byte[] source = [10, 201, 77, (byte)(number + 100)];
        byte[] destination = [172, 29, 88, (byte)(number + 150)];
        int timeToLive = number + 60;
        KnownFrame frame = new(name, number, [])
        {
            EtherType = Linux.ETH_P_IP,
            Addresses = (string.Join('.', source), string.Join('.', destination)),
            Protocol = protocol,
            TimeToLive = timeToLive,
            IcmpKind = protocol == Icmp ? (type, code) : null,
        };
        IPv4Fields fields = new()
        {
            TypeOfService = 0x48,
            TotalLength = IPv4Header.MinimumLength + (options ? 8 : 0) + 40,
            Identification = 0xbeef,
            TimeToLive = (byte)timeToLive,
            Protocol = protocol,
            Source = source,
            Destination = destination,
            // Were the header taken for 20 bytes, these would be type and code.
            Options = options ? [7, 7, 4, 0, 0, 0, 0, 0] : [],
        };
        byte[] packet = new byte[fields.TotalLength];
        Span<byte> payload = packet.AsSpan(IPv4Header.Write(packet, fields));
        BinaryPrimitives.WriteUInt16BigEndian(payload, 40_001);
        BinaryPrimitives.WriteUInt16BigEndian(payload[2..], 40_002);
        payload[protocol == Udp ? 5 : 12] = protocol == Udp ? (byte)40 : (byte)0x50;
        payload[13] = protocol == Tcp ? (byte)2 : (byte)0;
        if (protocol == Icmp)
        {
            IcmpHeader.Write(payload, (byte)type, (byte)code, 0xcafe, 0xd00d);
        }

        return frame with { Bytes = [.. frame.Head(Linux.ETH_P_IP), .. packet] };
    }

    private byte[] Head(int type)
    {
        byte[] head = new byte[EthernetHeader.Length];
        EthernetHeader.Write(
            head, [2, (byte)Number, 0xe9, 0xf8, 0x6b, 0x4d], [2, 0xa1, 0xb3, 0xc5, 0xd7, (byte)Number], (ushort)type);
        return head;
    }
}
