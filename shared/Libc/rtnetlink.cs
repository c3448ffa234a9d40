namespace NetTools.Libc;

// linux/rtnetlink.h, linux/if_addr.h, linux/if_link.h: links and addresses by rtnetlink(7)

public struct ifinfomsg
{
    public byte ifi_family;
    public byte __ifi_pad;
    public ushort ifi_type;
    public int ifi_index;
    public uint ifi_flags;
    public uint ifi_change;
}

public struct ifaddrmsg
{
    public byte ifa_family;
    public byte ifa_prefixlen;
    public byte ifa_flags;
    public byte ifa_scope;
    public uint ifa_index;
}

public static unsafe partial class Linux
{
    public const int RTM_NEWLINK = 16;
    public const int RTM_NEWADDR = 20;
    public const int IFA_ADDRESS = 1;
    public const int IFA_LOCAL = 2;
    public const int IFA_F_NODAD = 0x02;
    public const int IFLA_MTU = 4;
    public const int IFLA_TXQLEN = 13;
}
