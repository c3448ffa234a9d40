using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The protocols, a line each, with what leads to them.</summary>
internal static class ProtocolTable
{
    private const int Ports = 65536;

    private static readonly Entry[] s_table =
    [
        // straight on the link
        new(new Stp()) { Llc = true },
        new(new Cdp()) { Llc = true },
        new(new Lldp()) { EtherType = [Linux.ETH_P_LLDP] },
        new(new Arp()) { EtherType = [Linux.ETH_P_ARP, Linux.ETH_P_RARP] },
        new(new Lacp()) { EtherType = [Linux.ETH_P_SLOW] },
        new(new Mpls()) { EtherType = [Linux.ETH_P_MPLS_UC, Linux.ETH_P_MPLS_MC], IP = [137] },
        new(new Pppoe()) { EtherType = [Linux.ETH_P_PPP_DISC, Linux.ETH_P_PPP_SES] },
        new(new Ppp()) { EtherType = [FrameDecoder.PppType] },
        // over IP
        new(new Igmp()) { IP = [2] },
        new(new Esp()) { IP = [50], AnyUdp = true },
        new(new Sctp()) { IP = [132] },
        new(new Dccp()) { IP = [33] },
        new(new UdpLite()) { IP = [UdpLiteHeader.Protocol] },
        new(new Gre()) { IP = [47] },
        new(new Ospf()) { IP = [89] },
        new(new Pim()) { IP = [103] },
        new(new Vrrp()) { IP = [112] },
        // over TCP and UDP
        new(new Dns("DNS", 53)) { Udp = [53], Tcp = [53] },
        new(new Dns("mDNS", 5353)) { Udp = [5353], Tcp = [5353] },
        new(new Dns("LLMNR", 5355)) { Udp = [5355], Tcp = [5355] },
        new(new Dhcp()) { Udp = [67, 68] },
        new(new Vxlan()) { Udp = [Vxlan.Port, Vxlan.LinuxPort] },
        new(new Geneve()) { Udp = [Geneve.Port] },
        new(new Dhcpv6()) { Udp = [546, 547] },
        new(new Ntp()) { Udp = [123] },
        new(new Snmp()) { Udp = [161, 162, 1161, 10161, 10162], Tcp = [161, 162] },
        new(new Syslog()) { Udp = [514] },
        new(new Tftp()) { Udp = [Tftp.Port] },
        new(new Radius()) { Udp = [1645, 1646, 1700, 1812, 1813, 3799] },
        new(new Isakmp()) { Udp = [500, Isakmp.TranslatedPort] },
        new(new WireGuard()) { Udp = [51820], AnyUdp = true },
        new(new Quic()) { Udp = [443, 853, 4433, 8443, 784] },
        new(new Bfd()) { Udp = [3784, 4784, 6784] },
        new(new Hsrp()) { Udp = [1985] },
        new(new Hsrp2()) { Udp = [2029], AnyUdp = true },
        new(new Rip(isNextGeneration: false)) { Udp = [520] },
        new(new Rip(isNextGeneration: true)) { Udp = [521] },
        new(new Rpc()) { Udp = [111, 2049], Tcp = [111, 2049] },
        new(new Sflow()) { Udp = [6343] },
        new(new Babel()) { Udp = [6696] },
        new(new Rx()) { Udp = [7000, 7001, 7002, 7003, 7004, 7005, 7007, 7008, 7009] },
        new(new Ldp()) { Udp = [646], Tcp = [646] },
        new(new OpenFlow()) { Tcp = [6633, 6653] },
        new(new Bgp()) { Tcp = [179], NamesAll = true },
        new(new Resp()) { Tcp = [6379] },
        new(new LineProtocol("FTP", "ftp", LineSyntax.Ftp)) { Tcp = [21], NamesAll = true },
        new(new LineProtocol("SMTP", "smtp", LineSyntax.Smtp)) { Tcp = [25, 587], NamesAll = true },
        new(new LineProtocol("POP", "pop", LineSyntax.Pop)) { Tcp = [110], NamesAll = true },
        new(new LineProtocol("IMAP", "imap", LineSyntax.Imap)) { Tcp = [143], NamesAll = true },
        new(new LineProtocol("SIP", "sip", LineSyntax.Sip)) { Udp = [5060], Tcp = [5060], NamesAll = true },
        new(new LineProtocol("RTSP", "rtsp", LineSyntax.Rtsp)) { Tcp = [554, 8554], NamesAll = true },
        new(new LineProtocol("HTTP", "http", LineSyntax.Http))
            { Tcp = [80, 3128, 8080], Udp = [1900], AnyTcp = true, NamesAll = true },
        new(new LineProtocol("SSH", "ssh", LineSyntax.Ssh)) { AnyTcp = true },
        new(new Tls()) { AnyTcp = true },
    ];

    private static readonly byte[] s_tcp = ByPorts(entry => entry.Tcp);
    private static readonly byte[] s_udp = ByPorts(entry => entry.Udp);
    private static readonly byte[] s_anyTcp = Where(entry => entry.AnyTcp);
    private static readonly byte[] s_anyUdp = Where(entry => entry.AnyUdp);
    private static readonly byte[] s_llc = Where(entry => entry.Llc);
    private static readonly Protocol?[] s_byNumber = ByNumbers();
    private static readonly ushort[] s_etherTypes = [.. s_table.SelectMany(entry => entry.EtherType)];
    private static readonly Protocol[] s_byEtherType =
        [.. s_table.SelectMany(entry => entry.EtherType.Select(_ => entry.Protocol))];

    /// <summary>What <see cref="DecodedFrame.Application"/> is for a transfer of TFTP.</summary>
    public static int TftpTransfer { get; } = 1 + Array.FindIndex(s_table, entry => entry.Protocol is Tftp);

    /// <summary>How many protocols there are.</summary>
    public static int Count => s_table.Length;

    /// <summary>Names of the fields of all layers, the outermost first.</summary>
    public static IEnumerable<string> FieldNames =>
    [
        .. Ethernet.FieldNames, .. Llc.FieldNames, .. s_table.Where(IsOnLink).SelectMany(entry => entry.Protocol.FieldNames),
        .. InternetProtocol.FieldNames, .. Security.FieldNames, .. Tcp.FieldNames, .. Udp.FieldNames, .. Icmp.FieldNames,
        .. s_table.Where(entry => !IsOnLink(entry)).SelectMany(entry => entry.Protocol.FieldNames),
    ];

    /// <summary>The name of a protocol.</summary>
    /// <param name="index">Less than <see cref="Count"/>.</param>
    public static string Name(int index) => s_table[index].Protocol.Name;

    /// <summary>The protocol that IP has under a number, besides TCP, UDP and ICMP; null when there is none here.</summary>
    public static Protocol? ByNumber(byte number) => s_byNumber[number];

    /// <summary>
    /// The protocol that TCP or UDP carries: by earlier frames, by port, or by what the payload looks like.
    /// </summary>
    /// <returns>Its place in the table; -1 when it is none of them.</returns>
    public static int FindApplication(scoped in DecodedFrame frame)
    {
        if (frame.Has(FrameLayers.Tcp))
        {
            return frame.Transport.Length > frame.Tcp.HeaderLength ? Find(s_tcp, s_anyTcp, frame) : -1;
        }

        if (frame.Application > 0 && s_table[frame.Application - 1].Protocol.IsIn(frame))
        {
            return frame.Application - 1;
        }

        return frame.Has(FrameLayers.Udp) ? Find(s_udp, s_anyUdp, frame) : -1;
    }

    /// <summary>Adds the text of a protocol straight on the link.</summary>
    /// <returns>False when the frame is of none of them.</returns>
    public static bool WriteLinkText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style) =>
        FindOnLink(frame)?.WriteText(line, frame, style) == true;

    /// <summary>Writes the fields of a protocol straight on the link.</summary>
    public static void WriteLinkFields(FieldWriter fields, scoped in DecodedFrame frame) =>
        FindOnLink(frame)?.WriteFields(fields, frame);

    /// <summary>Adds the text of what TCP or UDP carries, where it is known.</summary>
    public static void WriteApplicationText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        int found = FindApplication(frame);
        if (found >= 0)
        {
            s_table[found].Protocol.WriteText(line, frame, style);
        }
    }

    /// <summary>Writes the fields of what TCP or UDP carries, where it is known.</summary>
    public static void WriteApplicationFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        int found = FindApplication(frame);
        if (found >= 0)
        {
            s_table[found].Protocol.WriteFields(fields, frame);
        }
    }

    private static Protocol? FindOnLink(scoped in DecodedFrame frame)
    {
        if (frame.EtherType != 0)
        {
            int at = s_etherTypes.AsSpan().IndexOf(frame.EtherType);
            return at < 0 ? null : s_byEtherType[at];
        }

        foreach (byte index in s_llc)
        {
            if (s_table[index].Protocol.IsIn(frame))
            {
                return s_table[index].Protocol;
            }
        }

        return null;
    }

    /// <summary>The destination's port decides before the source's, and ports before looks.</summary>
    private static int Find(byte[] ports, byte[] anyPort, scoped in DecodedFrame frame)
    {
        int to = ports[frame.DestinationPort] - 1;
        if (to >= 0 && s_table[to].Protocol.IsIn(frame))
        {
            return to;
        }

        int from = ports[frame.SourcePort] - 1;
        if (from >= 0 && from != to && s_table[from].Protocol.IsIn(frame))
        {
            return from;
        }

        foreach (byte index in anyPort)
        {
            if (s_table[index].Protocol.IsIn(frame))
            {
                return index;
            }
        }

        return to >= 0 && s_table[to].NamesAll ? to : from >= 0 && s_table[from].NamesAll ? from : -1;
    }

    private static bool IsOnLink(Entry entry) => entry.Llc || entry.EtherType.Length > 0;

    /// <summary>For each port the place of its protocol in the table, counted from 1.</summary>
    private static byte[] ByPorts(Func<Entry, ushort[]> ports)
    {
        byte[] table = new byte[Ports];
        for (int i = 0; i < s_table.Length; i++)
        {
            foreach (ushort port in ports(s_table[i]))
            {
                table[port] = (byte)(i + 1);
            }
        }

        return table;
    }

    private static byte[] Where(Func<Entry, bool> isChosen) =>
        [.. Enumerable.Range(0, s_table.Length).Where(i => isChosen(s_table[i])).Select(i => (byte)i)];

    private static Protocol?[] ByNumbers()
    {
        Protocol?[] table = new Protocol?[256];
        foreach (Entry entry in s_table)
        {
            foreach (byte number in entry.IP)
            {
                table[number] = entry.Protocol;
            }
        }

        return table;
    }

    /// <summary>A protocol and what leads to it. It must still recognize the bytes.</summary>
    private sealed record Entry(Protocol Protocol)
    {
        public ushort[] EtherType { get; init; } = [];

        /// <summary>Tried for frames that have an LLC header and no EtherType.</summary>
        public bool Llc { get; init; }

        /// <summary>Numbers in IP's header.</summary>
        public byte[] IP { get; init; } = [];

        public ushort[] Tcp { get; init; } = [];

        public ushort[] Udp { get; init; } = [];

        /// <summary>Payload on its ports that nothing recognizes is named after it.</summary>
        public bool NamesAll { get; init; }

        /// <summary>Tried for TCP payload on ports that lead nowhere.</summary>
        public bool AnyTcp { get; init; }

        /// <summary>Tried for UDP payload on ports that lead nowhere.</summary>
        public bool AnyUdp { get; init; }
    }
}
