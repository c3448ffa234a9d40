using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// net/if.h: interface names and their numbers, if_nametoindex(3); linux/if.h: requests of netdevice(7)

public unsafe struct if_nameindex
{
    public uint if_index;
    public byte* if_name;
}

[StructLayout(LayoutKind.Explicit, Size = 40)]
public unsafe struct ifreq
{
    [FieldOffset(0)]
    public fixed byte ifr_name[Linux.IF_NAMESIZE];

    [FieldOffset(16)]
    public short ifr_flags;

    [FieldOffset(16)]
    public int ifr_mtu;

    [FieldOffset(16)]
    public sockaddr ifr_netmask;

    [FieldOffset(16)]
    public void* ifr_data;
}

public static unsafe partial class Linux
{
    public const int IF_NAMESIZE = 16;
    public const int IFF_UP = 0x1;
    public const int IFF_LOOPBACK = 0x8;
    public const int IFF_RUNNING = 0x40;

    [DllImport("libc")]
    public static extern uint if_nametoindex(byte* ifname);

    [DllImport("libc")]
    public static extern byte* if_indextoname(uint ifindex, byte* ifname);

    [DllImport("libc", EntryPoint = "if_nameindex")]
    public static extern if_nameindex* if_nameindex_all();

    [DllImport("libc")]
    public static extern void if_freenameindex(if_nameindex* ptr);
}
