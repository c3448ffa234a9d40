namespace NetTools.Packets;

/// <summary>The link-layer types a capture file names (the DLT_ values that are the same in every file).</summary>
public static class LinkType
{
    /// <summary>BSD loopback: the address family in the writer's byte order, then the packet.</summary>
    public const int Null = 0;

    /// <summary>Ethernet.</summary>
    public const int Ethernet = 1;

    /// <summary>PPP, with address and control or without.</summary>
    public const int Ppp = 9;

    /// <summary>Bare IP, as a tun device gives it: libpcap's number inside a program.</summary>
    public const int Raw = 12;

    /// <summary>PPP in frames like HDLC's: RFC 1662.</summary>
    public const int PppHdlc = 50;

    /// <summary>PPPoE without the Ethernet header: RFC 2516.</summary>
    public const int PppEthernet = 51;

    /// <summary>Bare IP: the number inside a capture file.</summary>
    public const int RawInFile = 101;

    /// <summary>Cisco's HDLC: address, control, EtherType.</summary>
    public const int CiscoHdlc = 104;

    /// <summary>OpenBSD loopback: the address family in network order.</summary>
    public const int Loop = 108;

    /// <summary>Linux cooked capture, version 1.</summary>
    public const int LinuxCooked = 113;

    /// <summary>Bare IPv4.</summary>
    public const int IPv4 = 228;

    /// <summary>Bare IPv6.</summary>
    public const int IPv6 = 229;

    /// <summary>Linux netfilter's log: attributes, the packet among them.</summary>
    public const int Nflog = 239;

    /// <summary>Linux cooked capture, version 2.</summary>
    public const int LinuxCooked2 = 276;

    /// <summary>The number inside the program for a link type of a file.</summary>
    public static int FromFile(int linkType) => linkType == RawInFile ? Raw : linkType;

    /// <summary>The number to write into a file for a link type inside the program.</summary>
    public static int InFile(int linkType) => linkType == Raw ? RawInFile : linkType;
}
