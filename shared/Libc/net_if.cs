using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Libc;

// net/if.h: interface names and their numbers, if_nametoindex(3), and what netdevice(7) tells about an interface

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

    [DllImport("libc")]
    private static extern uint if_nametoindex(byte* ifname);

    [DllImport("libc")]
    private static extern byte* if_indextoname(uint ifindex, byte* ifname);

    [DllImport("libc", EntryPoint = "if_nameindex")]
    private static extern if_nameindex* if_nameindex_all();

    [DllImport("libc")]
    private static extern void if_freenameindex(if_nameindex* ptr);

    /// <summary>The number of the interface called <paramref name="name"/>.</summary>
    /// <exception cref="LibcException">There is no such interface: ENODEV.</exception>
    public static int InterfaceIndex(string name)
    {
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(name);
        try
        {
            uint index = if_nametoindex(text);
            if (index != 0)
            {
                return (int)index;
            }

            // The C library needs a socket to ask, tries several kinds, and reports the last failure: see whether there is any.
            Descriptor.Open(LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0), $"interface {name}").Dispose();
            throw new LibcException($"interface {name}", LibC.ENODEV, "list the interfaces with: ip link");
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }

    /// <summary>The name of an interface, or null when it is gone.</summary>
    public static string? InterfaceName(int index)
    {
        byte* name = stackalloc byte[IF_NAMESIZE];
        return Utf8StringMarshaller.ConvertToManaged(if_indextoname((uint)index, name));
    }

    /// <summary>The interfaces of this network namespace, by number.</summary>
    /// <exception cref="LibcException">The kernel does not tell.</exception>
    public static IReadOnlyList<string> InterfaceNames()
    {
        if_nameindex* all = if_nameindex_all();
        if (all == null)
        {
            throw new LibcException("listing the interfaces", Errno.Last);
        }

        List<string> names = [];
        for (if_nameindex* one = all; one->if_index != 0; one++)
        {
            names.Add(Utf8StringMarshaller.ConvertToManaged(one->if_name)!);
        }

        if_freenameindex(all);
        return names;
    }

    /// <summary>The IFF_ flags of an interface, or 0 when it is gone: SIOCGIFFLAGS of netdevice(7).</summary>
    public static int InterfaceFlags(string name)
    {
        ifreq request = default;
        return Ask(name, LibC.SIOCGIFFLAGS, &request) ? (ushort)request.ifr_flags : 0;
    }

    /// <summary>The mask of an interface's IPv4 net in network order, or 0 when it has no address: SIOCGIFNETMASK of netdevice(7).</summary>
    public static uint InterfaceNetmask(string name)
    {
        ifreq request = default;
        return Ask(name, LibC.SIOCGIFNETMASK, &request) ? *(uint*)((sockaddr_in*)&request.ifr_netmask)->sin_addr.s_addr : 0;
    }

    /// <summary>The MTU of an interface in bytes, or 0 when it is gone: SIOCGIFMTU of netdevice(7). It may be asked for in a sandbox, too.</summary>
    public static int InterfaceMtu(string name)
    {
        ifreq request = default;
        return Ask(name, LibC.SIOCGIFMTU, &request, LibC.AF_UNIX) ? request.ifr_mtu : 0;
    }

    private static bool Ask(string name, int question, ifreq* request) => Ask(name, question, request, LibC.AF_INET);

    // The request is empty but for what the question needs.
    private static bool Ask(string name, int question, ifreq* request, int family)
    {
        int length = System.Text.Encoding.UTF8.GetByteCount(name);
        if (length >= IF_NAMESIZE)
        {
            return false;
        }

        System.Text.Encoding.UTF8.GetBytes(name, new Span<byte>(request->ifr_name, length));
        using Descriptor socket = Descriptor.Open(LibC.socket(family, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0), "opening a socket");
        return LibC.ioctl(socket.Value, question, request) == 0;
    }
}
