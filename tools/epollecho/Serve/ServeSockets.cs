using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>The sockets of a server: opened here or passed by systemd(1), with the same options either way.</summary>
internal static class ServeSockets
{
    /// <summary>A socket for each instance, or one for all. All before anything runs: what fails, fails once.</summary>
    /// <param name="settings">What to serve; gets what the sockets decide.</param>
    /// <param name="passed">The sockets that were passed, or none.</param>
    /// <exception cref="OperationFailedException">Another number of sockets was passed.</exception>
    /// <exception cref="LibcException">The port is taken, the kernel refuses an option, no such group, ...</exception>
    public static Descriptor[] Open(ref ServeSettings settings, Descriptor[] passed)
    {
        if (settings is { InterfaceIndex: 0, Group.AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 })
        {
            // For IPv6 the kernel does not look where a group was joined, so it must be known here.
            settings = settings with { InterfaceIndex = Multicast.UsualInterface(settings.Group) };
        }

        if (passed.Length == 0)
        {
            return OpenOwn(settings);
        }

        if (passed.Length == 1 && settings.Instances > 1 && !settings.Udp)
        {
            settings = settings with { Accept = AcceptMode.Exclusive };
        }
        else if (passed.Length != settings.Instances)
        {
            throw new OperationFailedException($"LISTEN_FDS: {Figures.PlainCount(passed.Length, "socket")} passed",
                $"pass one, or one for each of {Figures.PlainCount(settings.Instances, "instance")}");
        }

        foreach (Descriptor socket in passed)
        {
            Configure(settings, socket.Value);
        }

        settings = settings with { Passed = true };
        return passed;
    }

    /// <summary>The options asked for that a socket of this family has.</summary>
    public static IEnumerable<OptionSetting> Options(ServeSettings settings, int socket)
    {
        bool six = Listener.LocalAddress(socket).Family == AF_INET6;
        return settings.Options.Where(asked => six || asked.Option != SocketOption.TrafficClass);
    }

    /// <summary>
    /// Sets the options on a connection that may have waited at a passed listener since before they were set there. Does not
    /// allocate.
    /// </summary>
    public static void SetOnEarly(ServeSettings settings, int connection)
    {
        for (int i = 0; settings.Passed && i < settings.Options.Count; i++)
        {
            OptionSetting asked = settings.Options[i];
            asked.Option.TrySet(connection, asked.Value);
        }
    }

    private static Descriptor[] OpenOwn(ServeSettings settings)
    {
        Descriptor[] sockets = new Descriptor[settings.Accept == AcceptMode.Exclusive ? 1 : settings.Instances];
        SocketAddress address = settings.Address;
        for (int i = 0; i < sockets.Length; i++)
        {
            void Prepare(int socket)
            {
                SocketOption.ReusePort.Set(socket, sockets.Length > 1);
                Configure(settings, socket);
            }

            sockets[i] = settings.Udp ? Listener.OpenUdp(address, Prepare, out _)
                : Listener.OpenTcp(address, settings.Backlog, Prepare, out _);
            address = Listener.LocalAddress(sockets[0].Value); // the others take the port that the kernel chose
        }

        return sockets;
    }

    /// <summary>Sets the options; accepted connections inherit them: no system call for each.</summary>
    private static void Configure(ServeSettings settings, int socket)
    {
        foreach (OptionSetting asked in Options(settings, socket))
        {
            asked.Option.Set(socket, asked.Value);
        }

        if (!settings.Udp)
        {
            return;
        }

        int family = Listener.LocalAddress(socket).Family;
        SocketOption.UdpJoinedReceive.TrySet(socket, 1); // without, as before Linux 5.0, they come one by one
        // Where a datagram was sent to, so that the answer comes from there on a host with several addresses.
        (family == AF_INET6 ? SocketOption.ReceivePacketInfo6 : SocketOption.ReceivePacketInfo).Set(socket, true);
        Multicast.OwnGroupsOnly(socket, family); // and none when there is no group
        if (settings.Group is not null)
        {
            SocketOption.ReuseAddress.Set(socket, true); // several programs of a host may be in one group
            Multicast.Join(socket, settings.Group, settings.InterfaceIndex);
        }
    }
}
