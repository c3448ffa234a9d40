using NetTools.Os;
using NetTools.Sockets;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>Asks the kernel how it would reach a host, by connecting a datagram socket, which sends nothing.</summary>
internal static unsafe class Route
{
    /// <summary>The source address the kernel would choose, and the address it would really send to (0.0.0.0 is this host).</summary>
    /// <exception cref="LibcException">There is no way there: ENETUNREACH, EACCES for broadcast, ...</exception>
    public static (HostAddress Source, HostAddress Destination) To(HostAddress destination, string? device, bool broadcast = false)
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

    /// <summary>Whether the kernel takes an address for a broadcast address.</summary>
    public static bool IsBroadcast(HostAddress destination, string? device)
    {
        try
        {
            Connected(destination, device).Dispose();
            return false;
        }
        catch (LibcException e)
        {
            return e.Errno == EACCES;
        }
    }

    private static Descriptor Connected(HostAddress destination, string? device, bool broadcast = false)
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
                throw new LibcException($"connecting to {destination}", errno, errno != EACCES || broadcast ? null
                    : "do you want to ping broadcast? then -b; if not, check your local firewall rules");
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HostAddress Name(int socket, bool peer)
    {
        sockaddr_storage address = default;
        socklen_t length = sizeof(sockaddr_storage);
        int result = peer ? getpeername(socket, (sockaddr*)&address, &length) : getsockname(socket, (sockaddr*)&address, &length);
        Errno.Check(result, "asking for an address");
        return HostAddress.From(Sockets.SocketAddress.From((sockaddr*)&address, (int)(uint)length));
    }
}
