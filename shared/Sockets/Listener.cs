using System.Net;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>Opens sockets that wait for connections: socket(2), bind(2), listen(2).</summary>
public static class Listener
{
    /// <summary>
    /// Opens a non-blocking TCP listener with SO_REUSEADDR. On <c>::</c> it takes IPv4 too (dual stack), and where the
    /// kernel has no IPv6 at all, <c>::</c> means 0.0.0.0.
    /// </summary>
    /// <param name="address">Where to listen; port 0 lets the kernel choose one.</param>
    /// <param name="backlog">Connections that may wait to be accepted; the kernel's net.core.somaxconn is the ceiling.</param>
    /// <param name="configure">
    /// Sets further options after socket(2) and before bind(2); accepted sockets inherit most of them.
    /// </param>
    /// <param name="bound">The address it really listens on.</param>
    /// <exception cref="LibcException">EADDRINUSE, EADDRNOTAVAIL, EACCES (ports below 1024), ...</exception>
    public static Descriptor OpenTcp(SocketAddress address, int backlog, Action<int>? configure, out SocketAddress bound)
    {
        Descriptor descriptor = Create(ref address, SOCK_STREAM);
        try
        {
            SocketOption.ReuseAddress.Set(descriptor.Value, true);
            Bind(descriptor, address, configure, out bound);
            Errno.Check(listen(descriptor.Value, backlog), $"listening on {address}");
            return descriptor;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Opens a non-blocking UDP socket; as <see cref="OpenTcp"/>.</summary>
    /// <inheritdoc cref="OpenTcp"/>
    public static Descriptor OpenUdp(SocketAddress address, Action<int>? configure, out SocketAddress bound)
    {
        Descriptor descriptor = Create(ref address, SOCK_DGRAM);
        try
        {
            Bind(descriptor, address, configure, out bound);
            return descriptor;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>The local address of a socket.</summary>
    /// <exception cref="LibcException">Not a socket.</exception>
    public static unsafe SocketAddress LocalAddress(int socket)
    {
        SocketAddress local = default;
        socklen_t length = SocketAddress.Capacity;
        Errno.Check(getsockname(socket, SocketAddress.Pointer(ref local), &length), "reading the local address");
        local.Length = length;
        return local;
    }

    /// <summary>
    /// How many connections may really wait at a listener: what listen(2) was given, cut to net.core.somaxconn.
    /// </summary>
    /// <exception cref="LibcException">Not a TCP socket.</exception>
    public static unsafe int EffectiveBacklog(int listener)
    {
        tcp_info info = default;
        socklen_t length = sizeof(tcp_info);
        Errno.Check(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &length), "reading the backlog");
        return (int)info.tcpi_sacked; // of a listener these are not segments, see ss(8)
    }

    private static Descriptor Create(ref SocketAddress address, int type)
    {
        int socket = LibC.socket(address.Family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket < 0 && Errno.Last == EAFNOSUPPORT && address.Address.Equals(IPAddress.IPv6Any))
        {
            address = SocketAddress.From(IPAddress.Any, address.Port);
            socket = LibC.socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        }

        return Descriptor.Open(socket, $"opening a socket for {address}");
    }

    private static unsafe void Bind(Descriptor socket, SocketAddress address, Action<int>? configure, out SocketAddress bound)
    {
        if (address.Family == AF_INET6)
        {
            SocketOption.V6Only.Set(socket.Value, false);
        }

        configure?.Invoke(socket.Value);
        Errno.Check(bind(socket.Value, SocketAddress.Pointer(ref address), address.Length), $"binding to {address}", BindHint());
        bound = LocalAddress(socket.Value);
    }

    private static string? BindHint()
    {
        int errno = Errno.Last;
        return errno == EADDRINUSE ? "another program listens there: see ss -ltnp"
            : errno == EACCES ? "ports below 1024 need root or CAP_NET_BIND_SERVICE"
            : errno == EADDRNOTAVAIL ? "no interface here has this address: see ip address"
            : null;
    }
}
