using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// What stands behind the last label of MPLS. No field says what it is; the routers at both ends know. So it is told by its first
/// bytes, as tshark and tcpdump do: IP (RFC 4928 3), an associated channel (RFC 4385 5), or an Ethernet frame with a control word
/// before it or without (RFC 4448 4.6). IP must fit the bytes that are here when they look like Ethernet as well.
/// </summary>
internal ref struct Pseudowire
{
    private const int ControlLength = 4;
    private const int AddressesLength = 12;
    private const int LongestLength = 1500;
    private const int LlcLength = 3;
    private const int IPv4Channel = 0x21;
    private const int IPv6Channel = 0x57;

    /// <summary>What <see cref="Inner"/> is, for <see cref="FrameDecoder.DecodePacket"/>; 0 when it is not known.</summary>
    public ushort EtherType;

    /// <summary>The carried packet or frame.</summary>
    public ReadOnlySpan<byte> Inner;

    /// <summary>The sequence number in the control word, 0 when it is not used; -1 without a control word.</summary>
    public int Sequence;

    /// <summary>The type of an associated channel (IANA's registry), or -1.</summary>
    public int Channel;

    /// <summary>Looks at what follows a stack of labels.</summary>
    public static Pseudowire Read(ReadOnlySpan<byte> payload)
    {
        Pseudowire wire = new() { Inner = payload, Sequence = -1, Channel = -1 };
        Likeness plain = EthernetLikeness(payload);
        switch (payload.IsEmpty ? -1 : payload[0] >> 4)
        {
            case 4 when plain == Likeness.None || FitsIPv4(payload):
                wire.EtherType = Linux.ETH_P_IP;
                break;
            case 6 when plain == Likeness.None || FitsIPv6(payload):
                wire.EtherType = Linux.ETH_P_IPV6;
                break;
            case 0 when payload.Length >= ControlLength + EthernetHeader.Length && HasControlWord(payload, plain):
                wire.EtherType = Linux.ETH_P_TEB;
                wire.Inner = payload[ControlLength..];
                wire.Sequence = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
                break;
            case 1 when payload.Length >= ControlLength && payload[0] == 0x10 && plain != Likeness.Known:
                wire.Channel = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
                wire.Inner = payload[ControlLength..];
                wire.EtherType = (ushort)(wire.Channel switch
                {
                    IPv4Channel => Linux.ETH_P_IP,
                    IPv6Channel => Linux.ETH_P_IPV6,
                    _ => 0,
                });
                break;
            default:
                wire.EtherType = (ushort)(plain == Likeness.None ? 0 : Linux.ETH_P_TEB);
                break;
        }

        return wire;
    }

    /// <summary>Whether the bytes, which begin with a zero nibble, are a control word and a frame.</summary>
    private static bool HasControlWord(ReadOnlySpan<byte> payload, Likeness plain)
    {
        Likeness behind = EthernetLikeness(payload[ControlLength..]);
        // Two zeros are the flags, fragmentation and length of most control words, and of no vendor's addresses.
        return behind == plain ? payload is [0, 0, ..] || plain == Likeness.None : behind > plain;
    }

    /// <summary>By the type or length behind two addresses.</summary>
    private static Likeness EthernetLikeness(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < EthernetHeader.Length)
        {
            return Likeness.None;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(bytes[AddressesLength..]);
        return type > LongestLength ? Ethernet.TypeName(type).IsEmpty ? Likeness.None : Likeness.Known
            : type >= LlcLength && type <= bytes.Length - EthernetHeader.Length ? Likeness.Possible : Likeness.None;
    }

    private static bool FitsIPv4(ReadOnlySpan<byte> packet) =>
        IPv4Header.TryRead(packet, out IPv4Header ip) && ip.ChecksumIsValid;

    private static bool FitsIPv6(ReadOnlySpan<byte> packet) =>
        IPv6Header.TryRead(packet, out IPv6Header ip) && IPv6Header.Length + ip.PayloadLength == packet.Length;

    private enum Likeness
    {
        None,
        Possible,
        Known,
    }
}
