using NetTools.Libc;
using NetTools.Packets;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing;

/// <summary>Sets a raw socket up as the user asked.</summary>
internal static class SocketSetup
{
    /// <summary>Takes the socket of a family and sets it up; nothing here needs a privilege any more.</summary>
    /// <exception cref="LibcException">The socket could not be had, or refuses an option.</exception>
    public static PingSocket Open(PingSettings settings, RawSockets sockets, bool v6, ushort id)
    {
        PingSocket socket = new(sockets.Take(v6), v6);
        try
        {
            socket.Attach(v6 ? EchoFilter.V6(Icmpv6Type.EchoReply, id) : EchoFilter.V4(IcmpType.EchoReply, id));
            socket.EnableStamps(transmits: true);
            if (settings.Device is string device)
            {
                socket.BindToDevice(device);
            }

            if (settings.HeaderIncluded)
            {
                socket.Set(v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_HDRINCL : IP_HDRINCL, 1, "asking to write the IP header");
            }
            else if (settings.Source is HostAddress source)
            {
                socket.Bind(source);
            }

            if (settings.Ttl is int ttl)
            {
                SetTtl(socket, ttl);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SetTtl(PingSocket socket, int ttl)
    {
        const string doing = "setting the TTL";
        socket.Set(socket.IsV6 ? SOL_IPV6 : SOL_IP, socket.IsV6 ? IPV6_UNICAST_HOPS : IP_TTL, ttl, doing);
        socket.Set(socket.IsV6 ? SOL_IPV6 : SOL_IP, socket.IsV6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, ttl, doing);
    }
}
