using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary><c>epollecho serve</c>.</summary>
internal static class ServeCommand
{
    /// <summary>Serves until a signal.</summary>
    /// <param name="settings">What to serve, and the limits.</param>
    /// <param name="report">Where to say what happens.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="LibcException">The port is taken, ...</exception>
    public static int Run(ServeSettings settings, ServeReport report)
    {
        // Before any socket is open, so that each is in one table alone and closing it closes it; without, serving only costs more.
        _ = CallingThread.UnshareDescriptors();
        using SignalDescriptor signals = new(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD);
        if (settings.Instances > 1)
        {
            return new Supervisor(settings, signals, report).Run(address => Open(settings, address));
        }

        Descriptor listener = Open(settings, settings.Address);
        Privileges.DropAll();
        Instance.Serve(settings, 0, listener.Value, signals, report);
        return ExitCode.Success;
    }

    private static Descriptor Open(ServeSettings settings, SocketAddress address) =>
        settings.Udp ? OpenUdp(settings, address) : Listener.OpenTcp(address, settings.Backlog, socket =>
        {
            // Accepted sockets inherit them: no system call for each connection.
            foreach (OptionRequest request in settings.Options)
            {
                request.Option.Set(socket, request.Value);
            }

            if (settings.Instances > 1 && settings.Accept == AcceptMode.ReusePort)
            {
                SocketOption.ReusePort.Set(socket, true);
            }
        }, out _);

    private static Descriptor OpenUdp(ServeSettings settings, SocketAddress address) =>
        Listener.OpenUdp(address, socket =>
        {
            bool six = address.Family == AF_INET6;
            foreach (OptionRequest request in settings.Options)
            {
                request.Option.Set(socket, request.Value);
            }

            SocketOption.ReusePort.Set(socket, settings.Instances > 1);
            SocketOption.UdpJoinedReceive.TrySet(socket, 1); // without, as before Linux 5.0, they come one by one
            if (settings.Group is not null)
            {
                SocketOption.ReuseAddress.Set(socket, true); // several programs of a host may be in one group
                Multicast.Join(socket, settings.Group, settings.InterfaceIndex);
            }
            else
            {
                // Where a datagram was sent to, so that the answer comes from there on a host with several addresses.
                (six ? SocketOption.ReceivePacketInfo6 : SocketOption.ReceivePacketInfo).Set(socket, true);
            }
        }, out _);
}
