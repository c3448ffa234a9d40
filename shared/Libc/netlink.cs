namespace NetTools.Libc;

// linux/netlink.h: the frame of every message to and from the kernel's tables, netlink(7)

public struct nlmsghdr
{
    public uint nlmsg_len;
    public ushort nlmsg_type;
    public ushort nlmsg_flags;
    public uint nlmsg_seq;
    public uint nlmsg_pid;
}

public struct nlattr
{
    public ushort nla_len;
    public ushort nla_type;
}

public static unsafe partial class Linux
{
    public const int NETLINK_ROUTE = 0;
    public const int NLM_F_REQUEST = 0x01;
    public const int NLM_F_ACK = 0x04;
    public const int NLM_F_EXCL = 0x200;
    public const int NLM_F_CREATE = 0x400;
    public const int NLMSG_ERROR = 2;
}
