using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The protocols, a line each. The first of a list that knows a frame prints it.</summary>
internal static class ProtocolTable
{
    private static readonly Protocol[] s_link =
    [
        new Stp(),
        new Lldp(),
        new Arp(),
    ];

    private static readonly (byte Number, Protocol Protocol)[] s_overIP =
    [
        (2, new Igmp()),
        (50, new Esp()),
        (132, new PortsOnly("SCTP", "sctp", 132)),
        (33, new PortsOnly("DCCP", "dccp", 33)),
        (136, new PortsOnly("UDP-Lite", "udplite", 136)),
    ];

    private static readonly Protocol[] s_applications =
    [
        new Dns(),
        new Dhcp(),
    ];

    private static readonly Protocol?[] s_byNumber = ByNumbers();

    /// <summary>Protocols over TCP and UDP, in the order they are tried.</summary>
    public static ReadOnlySpan<Protocol> Applications => s_applications;

    /// <summary>Names of the fields of all layers, the outermost first.</summary>
    public static IEnumerable<string> FieldNames =>
    [
        .. Ethernet.FieldNames, .. Llc.FieldNames, .. s_link.SelectMany(one => one.FieldNames),
        .. IPv4.FieldNames, .. Security.FieldNames, .. Tcp.FieldNames, .. Udp.FieldNames, .. Icmp.FieldNames,
        .. s_overIP.SelectMany(one => one.Protocol.FieldNames),
        .. s_applications.SelectMany(one => one.FieldNames),
    ];

    /// <summary>The protocol that IP has under a number, besides TCP, UDP and ICMP; null when there is none here.</summary>
    public static Protocol? ByNumber(byte number) => s_byNumber[number];

    /// <summary>Adds the text of a protocol straight on the link.</summary>
    /// <returns>False when the frame is of none of them.</returns>
    public static bool WriteLinkText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        foreach (Protocol one in s_link)
        {
            if (one.WriteText(line, frame, style))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes the fields of a protocol straight on the link.</summary>
    public static void WriteLinkFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        foreach (Protocol one in s_link)
        {
            if (one.WriteFields(fields, frame))
            {
                return;
            }
        }
    }

    /// <summary>Adds the text of what TCP or UDP carries, where it is known.</summary>
    public static void WriteApplicationText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        foreach (Protocol one in s_applications)
        {
            if (one.WriteText(line, frame, style))
            {
                return;
            }
        }
    }

    /// <summary>Writes the fields of what TCP or UDP carries, where it is known.</summary>
    public static void WriteApplicationFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        foreach (Protocol one in s_applications)
        {
            if (one.WriteFields(fields, frame))
            {
                return;
            }
        }
    }

    private static Protocol?[] ByNumbers()
    {
        Protocol?[] table = new Protocol?[256];
        foreach ((byte number, Protocol protocol) in s_overIP)
        {
            table[number] = protocol;
        }

        return table;
    }
}
