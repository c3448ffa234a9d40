using System.Globalization;
using NetTools.Packets;

namespace NetTools.RawPing.Trace;

/// <summary>traceroute(8)'s signs for errors that end a path.</summary>
internal static class PathSign
{
    /// <summary>
    /// The sign of an error: <c>!H</c>, <c>!N</c>, <c>!P</c>, <c>!F</c>, <c>!S</c>, <c>!X</c>, or <c>!</c> and the code.
    /// </summary>
    public static string Of(in IcmpHeader icmp, bool v6)
    {
        if (v6)
        {
            return (icmp.Type, icmp.Code) switch
            {
                (Icmpv6Type.DestinationUnreachable, 0) => "!N",
                (Icmpv6Type.DestinationUnreachable, 1 or 5 or 6) => "!X",
                (Icmpv6Type.DestinationUnreachable, 2) => "!S",
                (Icmpv6Type.DestinationUnreachable, 3) => "!H",
                (Icmpv6Type.DestinationUnreachable, 4) => "!P",
                (Icmpv6Type.PacketTooBig, _) => "!F",
                _ => string.Create(CultureInfo.InvariantCulture, $"!{icmp.Type}-{icmp.Code}"),
            };
        }

        return (icmp.Type, icmp.Code) switch
        {
            (IcmpType.DestinationUnreachable, 0 or 6 or 8 or 11) => "!N",
            (IcmpType.DestinationUnreachable, 1 or 7 or 12) => "!H",
            (IcmpType.DestinationUnreachable, 2 or 3) => "!P",
            (IcmpType.DestinationUnreachable, 4) => "!F",
            (IcmpType.DestinationUnreachable, 5) => "!S",
            (IcmpType.DestinationUnreachable, 9 or 10 or 13) => "!X",
            (IcmpType.DestinationUnreachable, 14) => "!V",
            (IcmpType.DestinationUnreachable, 15) => "!C",
            (IcmpType.DestinationUnreachable, _) => string.Create(CultureInfo.InvariantCulture, $"!{icmp.Code}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"!{icmp.Type}-{icmp.Code}"),
        };
    }

    /// <summary>Port or protocol unreachable: from the host itself it says that the host was reached.</summary>
    public static bool IsPortUnreachable(in IcmpHeader icmp, bool v6) => v6
        ? icmp is { Type: Icmpv6Type.DestinationUnreachable, Code: 4 }
        : icmp is { Type: IcmpType.DestinationUnreachable, Code: 2 or 3 };
}
