namespace NetTools.Libc;

// netinet/in.h: what multicast sockets hear, ip(7)

public static unsafe partial class Linux
{
    public const int IP_MULTICAST_ALL = 49;
    public const int IPV6_MULTICAST_ALL = 29;
}
