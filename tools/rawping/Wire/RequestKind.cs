using System.Globalization;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Ping;

namespace NetTools.RawPing.Wire;

/// <summary>Which ICMP message is sent, and which answers it.</summary>
/// <param name="Type">The request's type.</param>
/// <param name="Code">Its code.</param>
/// <param name="IsV6">ICMPv6, or ICMP.</param>
internal readonly record struct RequestKind(byte Type, byte Code, bool IsV6)
{
    /// <summary>The plain echo request of a family.</summary>
    public static RequestKind Echo(bool v6) => new(v6 ? Icmpv6Type.EchoRequest : IcmpType.EchoRequest, 0, v6);

    /// <summary>The type of the answer; null for types that nobody answers.</summary>
    public byte? ReplyType => (IsV6, Type) switch
    {
        (false, IcmpType.EchoRequest) => IcmpType.EchoReply,
        (false, IcmpType.TimestampRequest) => IcmpType.TimestampReply,
        (false, IcmpType.MaskRequest) => IcmpType.MaskReply,
        (true, Icmpv6Type.EchoRequest) => Icmpv6Type.EchoReply,
        _ => null,
    };

    public bool IsTimestamp => !IsV6 && Type == IcmpType.TimestampRequest;

    public bool IsMask => !IsV6 && Type == IcmpType.MaskRequest;

    /// <summary>The type's name, or null.</summary>
    public string? Name => (IsV6, Type) switch
    {
        (false, IcmpType.EchoRequest) or (true, Icmpv6Type.EchoRequest) => "echo request",
        (false, IcmpType.EchoReply) or (true, Icmpv6Type.EchoReply) => "echo reply",
        (false, IcmpType.TimestampRequest) => "timestamp request",
        (false, IcmpType.MaskRequest) => "address mask request",
        _ => null,
    };

    /// <summary>The body that belongs to this kind of request.</summary>
    public RequestBody Body(PingSettings settings) => IsTimestamp ? new TimestampBody()
        : IsMask ? new MaskBody()
        : new EchoPayload(settings.Size, settings.Pattern, hasNonce: settings.HasNonce);

    /// <summary>Reads <c>--icmp-type</c>: a number, or <c>echo</c>, <c>timestamp</c>, <c>mask</c>.</summary>
    public static byte ReadType(string text, bool v6)
    {
        if (byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte number))
        {
            return number;
        }

        return (text, v6) switch
        {
            ("echo", _) => Echo(v6).Type,
            ("timestamp", false) => IcmpType.TimestampRequest,
            ("mask", false) => IcmpType.MaskRequest,
            ("timestamp" or "mask", true) => throw new OperationFailedException($"--icmp-type: ICMPv6 has no {text} request"),
            _ => throw new OperationFailedException("--icmp-type: a number from 0 to 255, or echo, timestamp, mask"),
        };
    }
}
