namespace NetTools.Libc;

// linux/if_tun.h: a network interface whose wire is a file descriptor, /dev/net/tun

public static unsafe partial class Linux
{
    public const int TUNSETIFF = 0x400454ca;
    public const int IFF_TUN = 0x0001;
    public const int IFF_NO_PI = 0x1000;
}
