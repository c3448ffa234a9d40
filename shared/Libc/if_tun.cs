namespace NetTools.Libc;

// linux/if_tun.h: a network interface whose wire is a file descriptor, /dev/net/tun

public static unsafe partial class Linux
{
    public const int TUNSETIFF = 0x400454ca;
    public const int TUNSETOFFLOAD = 0x400454d0;
    public const int IFF_TUN = 0x0001;
    public const int IFF_TAP = 0x0002;
    public const int IFF_NO_PI = 0x1000;
    public const int IFF_VNET_HDR = 0x4000;
    public const int TUN_F_CSUM = 0x01;
    public const int TUN_F_TSO4 = 0x02;
    public const int TUN_F_TSO6 = 0x04;
}
