using System.Globalization;
using NetTools.Packets;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Report;

/// <summary>ICMP errors in ping's words: RFC 792, RFC 1812 5.2.7, RFC 4443.</summary>
internal static class ErrorText
{
    private static readonly string[] s_unreachable =
    [
        "Destination Net Unreachable",
        "Destination Host Unreachable",
        "Destination Protocol Unreachable",
        "Destination Port Unreachable",
        "Frag needed and DF set",
        "Source Route Failed",
        "Destination Net Unknown",
        "Destination Host Unknown",
        "Source Host Isolated",
        "Destination Net Prohibited",
        "Destination Host Prohibited",
        "Destination Net Unreachable for Type of Service",
        "Destination Host Unreachable for Type of Service",
        "Packet filtered",
        "Precedence Violation",
        "Precedence Cutoff",
    ];

    private static readonly string[] s_redirect =
    [
        "Redirect Network",
        "Redirect Host",
        "Redirect Type of Service and Network",
        "Redirect Type of Service and Host",
    ];

    private static readonly string[] s_unreachable6 =
    [
        "No route",
        "Administratively prohibited",
        "Beyond scope of source address",
        "Address unreachable",
        "Port unreachable",
        "Source address failed ingress/egress policy",
        "Reject route",
    ];

    /// <summary>What an ICMP or ICMPv6 error says.</summary>
    public static string Describe(in IcmpHeader icmp, bool v6) => v6 ? Describe6(icmp) : Describe4(icmp);

    private static string Describe4(in IcmpHeader icmp)
    {
        int code = icmp.Code;
        switch (icmp.Type)
        {
            case IcmpType.DestinationUnreachable when code == 4:
                return Format($"{s_unreachable[4]} (mtu = {icmp.Rest & 0xffff})");
            case IcmpType.DestinationUnreachable:
                return code < s_unreachable.Length ? s_unreachable[code] : Format($"Dest Unreachable, Bad Code: {code}");
            case IcmpType.SourceQuench:
                return "Source Quench";
            case IcmpType.Redirect:
                string kind = code < s_redirect.Length ? s_redirect[code] : Format($"Redirect, Bad Code: {code}");
                return Format($"{kind}(New nexthop: {new HostAddress(icmp.Rest, IsV6: false)})");
            case IcmpType.TimeExceeded:
                return code switch
                {
                    0 => "Time to live exceeded",
                    1 => "Frag reassembly time exceeded",
                    _ => Format($"Time exceeded, Bad Code: {code}"),
                };
            case IcmpType.ParameterProblem:
                return Format($"Parameter problem: pointer = {icmp.Rest >> 24}");
            default:
                return Format($"Bad ICMP type: {icmp.Type}");
        }
    }

    private static string Describe6(in IcmpHeader icmp)
    {
        int code = icmp.Code;
        switch (icmp.Type)
        {
            case Icmpv6Type.DestinationUnreachable:
                string why = code < s_unreachable6.Length ? s_unreachable6[code] : Format($"Unknown code {code}");
                return $"Destination unreachable: {why}";
            case Icmpv6Type.PacketTooBig:
                return Format($"Packet too big: mtu={icmp.Rest}");
            case Icmpv6Type.TimeExceeded:
                return code switch
                {
                    0 => "Time exceeded: Hop limit",
                    1 => "Time exceeded: Defragmentation failure",
                    _ => Format($"Time exceeded: code {code}"),
                };
            case Icmpv6Type.ParameterProblem:
                string what = code switch
                {
                    0 => "Wrong header field",
                    1 => "Unknown header",
                    2 => "Unknown option",
                    _ => Format($"Unknown code {code}"),
                };
                return Format($"Parameter problem: {what} at {icmp.Rest}");
            default:
                return Format($"unknown icmp type: {icmp.Type}");
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
