namespace NetTools.Packets;

/// <summary>ICMP message types: RFC 792, RFC 950, and the IANA registry.</summary>
public static class IcmpType
{
    /// <summary>Answer to an echo request.</summary>
    public const byte EchoReply = 0;

    /// <summary>The packet could not be delivered; the code says why.</summary>
    public const byte DestinationUnreachable = 3;

    /// <summary>Slow down; obsolete since RFC 6633.</summary>
    public const byte SourceQuench = 4;

    /// <summary>A better gateway exists; its address is in the rest of the header.</summary>
    public const byte Redirect = 5;

    /// <summary>Please answer.</summary>
    public const byte EchoRequest = 8;

    /// <summary>The TTL (code 0) or the reassembly time (code 1) ran out.</summary>
    public const byte TimeExceeded = 11;

    /// <summary>A header field was wrong; the pointer says which.</summary>
    public const byte ParameterProblem = 12;

    /// <summary>Milliseconds since midnight, please.</summary>
    public const byte TimestampRequest = 13;

    /// <summary>The three times.</summary>
    public const byte TimestampReply = 14;

    /// <summary>The network's mask, please: RFC 950, obsolete.</summary>
    public const byte MaskRequest = 17;

    /// <summary>The mask.</summary>
    public const byte MaskReply = 18;

    /// <summary>True for messages that quote the packet they are about.</summary>
    public static bool IsError(byte type) =>
        type is DestinationUnreachable or SourceQuench or Redirect or TimeExceeded or ParameterProblem;

    /// <summary>True for those of them that are advice only: the packet goes on its way.</summary>
    public static bool IsAdvice(byte type) => type is Redirect or SourceQuench;
}

/// <summary>ICMPv6 message types: RFC 4443, RFC 4861, RFC 3810.</summary>
public static class Icmpv6Type
{
    /// <summary>The packet could not be delivered; the code says why.</summary>
    public const byte DestinationUnreachable = 1;

    /// <summary>The next link's MTU is in the rest of the header.</summary>
    public const byte PacketTooBig = 2;

    /// <summary>The hop limit (code 0) or the reassembly time (code 1) ran out.</summary>
    public const byte TimeExceeded = 3;

    /// <summary>A header field was wrong; the pointer says which.</summary>
    public const byte ParameterProblem = 4;

    /// <summary>Please answer.</summary>
    public const byte EchoRequest = 128;

    /// <summary>Answer to an echo request.</summary>
    public const byte EchoReply = 129;

    /// <summary>Router solicitation.</summary>
    public const byte RouterSolicitation = 133;

    /// <summary>Router advertisement.</summary>
    public const byte RouterAdvertisement = 134;

    /// <summary>Who has this address?</summary>
    public const byte NeighborSolicitation = 135;

    /// <summary>I have.</summary>
    public const byte NeighborAdvertisement = 136;

    /// <summary>A better first hop exists.</summary>
    public const byte Redirect = 137;

    /// <summary>True for messages that quote the packet they are about: types below 128 (RFC 4443 2.1).</summary>
    public static bool IsError(byte type) => type < 128;
}
