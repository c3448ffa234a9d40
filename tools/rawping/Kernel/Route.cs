using NetTools.Os;
using NetTools.RawPing.Wire;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>Asks the kernel how it would reach a host, by connecting a datagram socket, which sends nothing.</summary>
internal static unsafe class Route
{
    /// <summary>
    /// The source address the kernel would choose, and the address it would really send to (0.0.0.0 is this host).
    /// </summary>
    /// <exception cref="LibcException">There is no way there: ENETUNREACH, EACCES for broadcast, ...</exception>
    public static (HostAddress Source, HostAddress Destination) To(
        HostAddress destination, string? device, bool broadcast = false)
    {
        using Descriptor socket = Connected(destination, device, broadcast);
        return (Name(socket.Value, peer: false), Name(socket.Value, peer: true));
    }

    /// <summary>The path MTU the kernel knows of, in bytes: the link's until an error taught it a smaller one.</summary>
    /// <exception cref="LibcException">There is no way there.</exception>
    public static int Mtu(HostAddress destination, string? device)
    {
        using Descriptor socket = Connected(destination, device);
        int mtu;
        socklen_t length = sizeof(int);
        bool v6 = destination.IsV6;
        Errno.Check(
            getsockopt(socket.Value, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_MTU : IP_MTU, &mtu, &length), "asking for the path MTU");
        return mtu;
    }

    /// <summary>The MTU of the link to a host, in bytes, past any smaller path MTU that the kernel has learned.</summary>
    /// <exception cref="LibcException">There is no route to it.</exception>
    public static int LinkMtu(HostAddress destination, string? device)
    {
        int path = Mtu(destination, device);
        if (path > 65000)
        {
            return path;
        }

        using Descriptor socket = Connected(destination, device);
        bool v6 = destination.IsV6;
        int level = v6 ? SOL_IPV6 : SOL_IP;
        int probe = v6 ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE;
        int on = 1;
        Errno.Check(setsockopt(socket.Value, level, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &probe, sizeof(int)),
            "probing the MTU");
        Errno.Check(setsockopt(socket.Value, level, v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(int)), "probing the MTU");
        // A datagram that the link cannot carry is refused before it leaves, and the refusal names the link's MTU.
        byte[] large = new byte[65000];
        fixed (byte* bytes = large)
        {
            if (send(socket.Value, bytes, large.Length, MSG_DONTWAIT) >= 0)
            {
                return path;
            }
        }

        byte nothing;
        iovec buffer = new() { iov_base = &nothing, iov_len = 1 };
        byte* control = stackalloc byte[512];
        msghdr message = new() { msg_iov = &buffer, msg_iovlen = 1, msg_control = control, msg_controllen = 512 };
        if (Libc.Linux.ReceiveMessageNow(socket.Value, &message, MSG_ERRQUEUE) < 0)
        {
            return path;
        }

        for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != null; c = CMSG_NXTHDR(&message, c))
        {
            var error = (sock_extended_err*)CMSG_DATA(c);
            if (c->cmsg_level == level && error->ee_errno == EMSGSIZE && error->ee_info > path)
            {
                return (int)error->ee_info;
            }
        }

        return path;
    }

    /// <summary>Whether the kernel takes an address for a broadcast address; a prohibit route gives EACCES as well.</summary>
    public static bool IsBroadcast(HostAddress destination, string? device) =>
        Errors(destination, device, broadcast: false) == EACCES && Errors(destination, device, broadcast: true) == 0;

    private static int Errors(HostAddress destination, string? device, bool broadcast)
    {
        try
        {
            Connected(destination, device, broadcast, hints: false).Dispose();
            return 0;
        }
        catch (LibcException e)
        {
            return e.Errno;
        }
    }

    private static Descriptor Connected(HostAddress destination, string? device, bool broadcast = false, bool hints = true)
    {
        Descriptor socket = Descriptor.Open(
            LibC.socket(destination.IsV6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a socket");
        try
        {
            if (device is not null)
            {
                SocketOptions.BindToDevice(socket.Value, device);
            }

            int allowed = broadcast ? 1 : 0;
            Errno.Check(setsockopt(socket.Value, SOL_SOCKET, SO_BROADCAST, &allowed, sizeof(int)), "allowing broadcast");
            sockaddr_storage address = default;
            int length = destination.Write(&address);
            ((sockaddr_in*)&address)->sin_port = htons(1025); // any but 0; sin6_port stands at the same place
            if (connect(socket.Value, (sockaddr*)&address, length) < 0)
            {
                int errno = Errno.Last;
                throw new LibcException($"connecting to {destination}", errno, hints ? Hint(errno, destination, device) : null);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string? Hint(int errno, HostAddress destination, string? device) => errno switch
    {
        _ when errno == EACCES => IsBroadcast(destination, device) ? "do you want to ping broadcast? then -b"
            : "a prohibit route or a firewall rule: see ip route get",
        _ when errno == EINVAL => "a blackhole route, or an address that cannot be reached: see ip route get",
        _ => null,
    };

    private static HostAddress Name(int socket, bool peer)
    {
        sockaddr_storage address = default;
        socklen_t length = sizeof(sockaddr_storage);
        int result = peer ? getpeername(socket, (sockaddr*)&address, &length) : getsockname(socket, (sockaddr*)&address, &length);
        Errno.Check(result, "asking for an address");
        return HostAddress.From(Sockets.SocketAddress.From((sockaddr*)&address, (int)(uint)length));
    }
}
