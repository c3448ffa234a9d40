namespace NetTools.Libc;

// linux/if_arp.h: kinds of links, and the operations of ARP

public static unsafe partial class Linux
{
    public const int ARPHRD_ETHER = 1;
    public const int ARPHRD_PPP = 512;
    public const int ARPHRD_RAWIP = 519;
    public const int ARPHRD_TUNNEL = 768;
    public const int ARPHRD_TUNNEL6 = 769;
    public const int ARPHRD_LOOPBACK = 772;
    public const int ARPHRD_SIT = 776;
    public const int ARPHRD_IPGRE = 778;
    public const int ARPHRD_NONE = 0xFFFE;
    public const int ARPOP_REQUEST = 1;
    public const int ARPOP_REPLY = 2;
    public const int ARPOP_RREQUEST = 3;
    public const int ARPOP_RREPLY = 4;
}
