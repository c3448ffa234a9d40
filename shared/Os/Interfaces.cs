using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>The interfaces of this network namespace, if_nametoindex(3) and netdevice(7).</summary>
public static unsafe class Interfaces
{
    /// <summary>The number of the interface called <paramref name="name"/>.</summary>
    /// <exception cref="LibcException">There is no such interface: ENODEV.</exception>
    public static int Index(string name)
    {
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(name);
        try
        {
            uint index = Linux.if_nametoindex(text);
            if (index != 0)
            {
                return (int)index;
            }

            // The C library needs a socket to ask, tries several kinds, and reports the last failure: see whether there is any.
            Descriptor.Open(SocketToAsk(), $"interface {name}").Dispose();
            throw new LibcException($"interface {name}", LibC.ENODEV, "list the interfaces with: ip link");
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }

    /// <summary>The name of an interface, or null when it is gone.</summary>
    public static string? Name(int index)
    {
        byte* name = stackalloc byte[Linux.IF_NAMESIZE];
        return Utf8StringMarshaller.ConvertToManaged(Linux.if_indextoname((uint)index, name));
    }

    /// <summary>The interfaces of this network namespace, by number.</summary>
    /// <exception cref="LibcException">The kernel does not tell.</exception>
    public static IReadOnlyList<string> Names()
    {
        if_nameindex* all = Linux.if_nameindex_all();
        if (all == null)
        {
            throw new LibcException("listing the interfaces", Errno.Last);
        }

        List<string> names = [];
        for (if_nameindex* one = all; one->if_index != 0; one++)
        {
            names.Add(Utf8StringMarshaller.ConvertToManaged(one->if_name)!);
        }

        Linux.if_freenameindex(all);
        return names;
    }

    /// <summary>The IFF_ flags of an interface, or 0 when it is gone: SIOCGIFFLAGS of netdevice(7).</summary>
    public static int Flags(string name)
    {
        ifreq request = default;
        return Ask(name, LibC.SIOCGIFFLAGS, &request) ? (ushort)request.ifr_flags : 0;
    }

    /// <summary>
    /// The mask of an interface's IPv4 net in network order, or 0 when it has no address: SIOCGIFNETMASK of netdevice(7).
    /// </summary>
    public static uint Netmask(string name)
    {
        ifreq request = default;
        return Ask(name, LibC.SIOCGIFNETMASK, &request) ? *(uint*)((sockaddr_in*)&request.ifr_netmask)->sin_addr.s_addr : 0;
    }

    /// <summary>
    /// The MTU of an interface in bytes, or 0 when it is gone: SIOCGIFMTU of netdevice(7). It may be asked for in a sandbox, too.
    /// </summary>
    public static int Mtu(string name)
    {
        ifreq request = default;
        return Ask(name, LibC.SIOCGIFMTU, &request) ? request.ifr_mtu : 0;
    }

    /// <summary>The time stamps an interface can give: SIOCETHTOOL with ETHTOOL_GET_TS_INFO. Needs no privilege.</summary>
    /// <returns>False when the interface is gone, or its driver does not say.</returns>
    public static bool TryGetStamps(string name, out ethtool_ts_info info)
    {
        ethtool_ts_info answer = new() { cmd = Linux.ETHTOOL_GET_TS_INFO };
        ifreq request = new() { ifr_data = &answer };
        bool told = Ask(name, Linux.SIOCETHTOOL, &request);
        info = answer;
        return told;
    }

    /// <summary>
    /// What an interface has been told to stamp in hardware: SIOCGHWTSTAMP. Needs no privilege; telling it would.
    /// </summary>
    /// <returns>False when the interface is gone, or its driver does not say.</returns>
    public static bool TryGetHardwareStamps(string name, out hwtstamp_config config)
    {
        hwtstamp_config answer = default;
        ifreq request = new() { ifr_data = &answer };
        bool told = Ask(name, Linux.SIOCGHWTSTAMP, &request);
        config = answer;
        return told;
    }

    // The request is empty but for what the question needs.
    private static bool Ask(string name, int question, ifreq* request)
    {
        int length = System.Text.Encoding.UTF8.GetByteCount(name);
        if (length >= Linux.IF_NAMESIZE)
        {
            return false;
        }

        System.Text.Encoding.UTF8.GetBytes(name, new Span<byte>(request->ifr_name, length));
        using Descriptor socket = Descriptor.Open(SocketToAsk(), "opening a socket");
        return LibC.ioctl(socket.Value, question, request) == 0;
    }

    // A sandbox allows the one kind or the other; SIOCGIFNETMASK is known to the first alone.
    private static int SocketToAsk()
    {
        int socket = LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        return socket >= 0 ? socket : LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
    }
}
