using System.Net;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>Multicast groups: ip(7), ipv6(7), RFC 3678.</summary>
public static class Multicast
{
    /// <summary>Whether an address is that of a group: 224.0.0.0/4 or ff00::/8.</summary>
    public static bool IsGroup(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? address.IsIPv6Multicast
            : address.GetAddressBytes()[0] is >= 224 and < 240;

    /// <summary>Hears the groups that this socket joined, and not those that others on this host joined.</summary>
    /// <remarks>For IPv6 the kernel looks at the group only, not at the interface: see IPV6_RECVPKTINFO of ipv6(7).</remarks>
    /// <param name="socket">A UDP socket.</param>
    /// <param name="family">Its family.</param>
    /// <exception cref="LibcException">The kernel does not know the option: IPv6 before Linux 4.20.</exception>
    public static unsafe void OwnGroupsOnly(int socket, int family)
    {
        int off = 0;
        int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
        int option = family == AF_INET6 ? Linux.IPV6_MULTICAST_ALL : Linux.IP_MULTICAST_ALL;
        Errno.Check(setsockopt(socket, level, option, &off, sizeof(int)), "limiting a socket to its own groups");
        _ = setsockopt(socket, IPPROTO_IP, Linux.IP_MULTICAST_ALL, &off, sizeof(int)); // an IPv6 socket may take IPv4, too
    }

    /// <summary>Joins a group.</summary>
    /// <param name="socket">A UDP socket of the group's family.</param>
    /// <param name="group">The group.</param>
    /// <param name="interfaceIndex">The interface to listen on; 0 lets the routing table choose.</param>
    /// <exception cref="LibcException">ENODEV: no interface, no route.</exception>
    public static unsafe void Join(int socket, IPAddress group, int interfaceIndex)
    {
        SocketAddress address = SocketAddress.From(group, 0);
        group_req request = new()
        {
            gr_interface = (uint)interfaceIndex,
            gr_group = *(sockaddr_storage*)SocketAddress.Pointer(ref address)
        };
        int level = address.Family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
        Errno.Check(setsockopt(socket, level, MCAST_JOIN_GROUP, &request, sizeof(group_req)), $"joining the group {group}",
            "name an interface: --interface NAME");
    }

    /// <summary>The interface on which the kernel joins an IPv6 group when none is named: that of the route.</summary>
    /// <param name="group">An IPv6 group.</param>
    /// <returns>Its number, or 0 where it cannot be found out.</returns>
    /// <exception cref="LibcException">ENODEV: no route.</exception>
    public static unsafe int UsualInterface(IPAddress group)
    {
        using Descriptor socket = Descriptor.Open(
            Tmds.Linux.LibC.socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a UDP socket");
        Join(socket.Value, group, 0);
        SocketAddress address = SocketAddress.From(group, 0);
        foreach (string name in Interfaces.Names())
        {
            // A membership can be left by the number of its interface only: the one that works is the one.
            int index = Interfaces.Index(name);
            group_req request = new()
            {
                gr_interface = (uint)index,
                gr_group = *(sockaddr_storage*)SocketAddress.Pointer(ref address)
            };
            if (setsockopt(socket.Value, IPPROTO_IPV6, MCAST_LEAVE_GROUP, &request, sizeof(group_req)) == 0)
            {
                return index;
            }
        }

        return 0;
    }

    /// <summary>Chooses how datagrams to groups leave.</summary>
    /// <param name="socket">A UDP socket.</param>
    /// <param name="family">Its family.</param>
    /// <param name="interfaceIndex">The interface they leave by; 0 lets the routing table choose.</param>
    /// <param name="hops">How many routers they may pass, 0 to 255; 1 stays on the link.</param>
    /// <param name="loop">Whether sockets on this host get them too.</param>
    /// <exception cref="LibcException">No such interface.</exception>
    public static unsafe void Configure(int socket, int family, int interfaceIndex, int hops, bool loop)
    {
        bool six = family == AF_INET6;
        int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
        int looped = loop ? 1 : 0;
        Errno.Check(setsockopt(socket, level, six ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, &hops, sizeof(int)),
            "setting the multicast TTL");
        Errno.Check(setsockopt(socket, level, six ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP, &looped, sizeof(int)),
            "setting the multicast loop");
        if (interfaceIndex == 0)
        {
            return;
        }

        if (six)
        {
            Errno.Check(setsockopt(socket, level, IPV6_MULTICAST_IF, &interfaceIndex, sizeof(int)),
                "choosing the multicast interface");
            return;
        }

        ip_mreqn request = new() { imr_ifindex = interfaceIndex };
        Errno.Check(setsockopt(socket, level, IP_MULTICAST_IF, &request, sizeof(ip_mreqn)), "choosing the multicast interface");
    }
}
