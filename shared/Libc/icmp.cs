namespace NetTools.Libc;

// linux/icmp.h and linux/icmpv6.h: the type filters of raw sockets, raw(7)

/// <summary>A set bit keeps that ICMP type from the socket.</summary>
public struct icmp_filter
{
    public uint data;
}

/// <summary>256 bits; a set bit keeps that ICMPv6 type from the socket.</summary>
public unsafe struct icmp6_filter
{
    public fixed uint data[8];
}

public static unsafe partial class Linux
{
    public const int ICMP_FILTER = 1;
    public const int ICMPV6_FILTER = 1;
}
