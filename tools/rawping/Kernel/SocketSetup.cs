using NetTools.Os;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>Sets a socket up as the user asked.</summary>
internal static class SocketSetup
{
    /// <summary>Requests for each kernel transmit time when speed matters.</summary>
    private const int FloodStamps = 64;

    /// <summary>Takes the socket of a family and sets it up; nothing here needs a privilege any more.</summary>
    /// <exception cref="LibcException">The socket could not be had, or refuses an option.</exception>
    public static PingSocket Open(PingSettings settings, RawSockets sockets, RequestKind kind, ushort id)
    {
        bool v6 = kind.IsV6;
        byte reply = kind.ReplyType ?? kind.Type; // what nobody answers lets errors through alone, and itself
        bool datagram = sockets.AreDatagram(v6);
        if (datagram)
        {
            RefuseWhatNeedsARawSocket(settings, kind);
        }

        PingSocket socket = new(sockets.Take(v6), v6, datagram);
        try
        {
            if (!datagram)
            {
                socket.Attach(v6 ? EchoFilter.V6(reply, id) : EchoFilter.V4(reply, id));
            }

            socket.Stamps.Enable(settings.IsFast ? FloodStamps : 1, settings.HardwareStamps.AreOn);
            if (settings.Device is string device)
            {
                sockets.BindToDevice(socket, device);
            }

            if (settings.Broadcast)
            {
                socket.Set(SOL_SOCKET, SO_BROADCAST, 1, "allowing broadcast");
            }

            if (settings.HeaderIncluded)
            {
                socket.Set(v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_HDRINCL : IP_HDRINCL, 1, "asking to write the IP header");
            }
            else if (datagram)
            {
                socket.Bind(settings.Source ?? new HostAddress(0, v6), id);
            }
            else if (settings.Source is HostAddress source)
            {
                socket.Bind(source);
            }

            SetHeaderFields(settings, socket);
            if (settings.SendBuffer is int size)
            {
                socket.Set(SOL_SOCKET, SO_SNDBUF, size, "setting the send buffer");
            }

            if (settings.Connect)
            {
                socket.Connect(settings.Targets[0].Address);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void RefuseWhatNeedsARawSocket(PingSettings settings, RequestKind kind)
    {
        string? what = settings.HeaderIncluded ? "--hdrincl" : kind != RequestKind.Echo(kind.IsV6) ? "--icmp-type or --icmp-code"
            : null;
        if (what is not null)
        {
            throw new OperationFailedException(
                $"{what} needs a raw ICMP socket; a datagram socket, all that is allowed, sends echo requests alone",
                Privileges.RawSocketHint);
        }
    }

    private static void SetHeaderFields(PingSettings settings, PingSocket socket)
    {
        bool v6 = socket.IsV6;
        int level = v6 ? SOL_IPV6 : SOL_IP;
        if (settings.Ttl is int ttl)
        {
            socket.SetTtl(ttl);
        }

        if (settings.Tos is int tos)
        {
            socket.Set(level, v6 ? IPV6_TCLASS : IP_TOS, tos, "setting the type of service");
        }

        if (settings.PathMtuDiscovery is int how)
        {
            socket.Set(level, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, how, "setting path MTU discovery");
        }

        if (settings.IpOptions.Length > 0 && !settings.HeaderIncluded)
        {
            socket.Set(SOL_IP, IP_OPTIONS, settings.IpOptions, "setting IP options");
        }
    }
}
