using NetTools.EpollEcho.Report;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary><c>epollecho serve</c>.</summary>
internal static class ServeCommand
{
    /// <summary>
    /// Serves until a signal: opens the sockets, gives up privileges, and only then takes anything from the network.
    /// </summary>
    /// <param name="settings">What to serve, and the limits.</param>
    /// <param name="report">Where to report.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="LibcException">The port is taken, ...</exception>
    public static int Run(ServeSettings settings, ServeReport report)
    {
        ReadySignal ready = new(settings.ReadyDescriptor); // before this process opens a descriptor of its own
        Descriptor[] listeners = PassedSockets.Take(settings.Udp);
        // Before any socket is open, so that each is in one table alone and closing it closes it; without, serving only costs
        // more.
        _ = CallingThread.UnshareDescriptors();
        using SignalDescriptor signals = new(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD);
        if (listeners.Length == 0)
        {
            if (settings is { InterfaceIndex: 0, Group.AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 })
            {
                // For IPv6 the kernel does not look where a group was joined, so it must be known here.
                settings = settings with { InterfaceIndex = Multicast.UsualInterface(settings.Group) };
            }

            listeners = Open(settings);
        }
        else if (listeners.Length == 1 && settings.Instances > 1 && !settings.Udp)
        {
            settings = settings with { Accept = AcceptMode.Exclusive };
        }
        else if (listeners.Length != settings.Instances)
        {
            throw new OperationFailedException($"LISTEN_FDS: {listeners.Length} sockets were passed",
                $"pass one, or one for each of {settings.Instances} instances");
        }

        bool root = Linux.getuid() == 0 && Linux.geteuid() == 0;
        PidFile? early = root ? PidFile.Open(settings.PidFile) : null; // /run is root's
        ServiceUser.Become(settings.User, root, "without capabilities");
        using PidFile? pidFile = early ?? PidFile.Open(settings.PidFile);
        bool forks = settings.Instances > 1 || settings.Model == Model.Fork;
        Sandbox.Enter((forks ? Allowances.Forks : 0) | (pidFile is null ? 0 : Allowances.Removals), settings.NoSandbox);
        if (!forks)
        {
            // What reading the command line left behind is given back: a server may idle for days. Never before a fork: the
            // finalizer thread, busy at that moment, is missing in the child, whose next collection would wait for it for ever.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        if (settings.Instances > 1)
        {
            return new Supervisor(settings, listeners, signals, report, ready).Run();
        }

        Instance.Serve(settings, 0, listeners[0].Value, signals, report, ready);
        return report.Lost > 0 ? ExitCode.Negative : ExitCode.Success;
    }

    /// <summary>A socket for each instance, or one for all. All before anything runs: what fails, fails once.</summary>
    private static Descriptor[] Open(ServeSettings settings)
    {
        int count = settings.Accept == AcceptMode.Exclusive ? 1 : settings.Instances;
        Descriptor[] listeners = new Descriptor[count];
        SocketAddress address = settings.Address;
        for (int i = 0; i < count; i++)
        {
            listeners[i] = settings.Udp ? OpenUdp(settings, address) : OpenTcp(settings, address, share: count > 1);
            address = Listener.LocalAddress(listeners[0].Value); // the others take the port that the kernel chose
        }

        return listeners;
    }

    private static Descriptor OpenTcp(ServeSettings settings, SocketAddress address, bool share) =>
        Listener.OpenTcp(address, settings.Backlog, socket =>
        {
            // Accepted sockets inherit them: no system call for each connection.
            foreach (OptionSetting request in settings.Options)
            {
                request.Option.Set(socket, request.Value);
            }

            if (share)
            {
                SocketOption.ReusePort.Set(socket, true);
            }
        }, out _);

    private static Descriptor OpenUdp(ServeSettings settings, SocketAddress address) =>
        Listener.OpenUdp(address, socket =>
        {
            bool six = address.Family == AF_INET6;
            foreach (OptionSetting request in settings.Options)
            {
                request.Option.Set(socket, request.Value);
            }

            SocketOption.ReusePort.Set(socket, settings.Instances > 1);
            SocketOption.UdpJoinedReceive.TrySet(socket, 1); // without, as before Linux 5.0, they come one by one
            // Where a datagram was sent to, so that the answer comes from there on a host with several addresses.
            (six ? SocketOption.ReceivePacketInfo6 : SocketOption.ReceivePacketInfo).Set(socket, true);
            Multicast.OwnGroupsOnly(socket, address.Family); // and none when there is no group
            if (settings.Group is not null)
            {
                SocketOption.ReuseAddress.Set(socket, true); // several programs of a host may be in one group
                Multicast.Join(socket, settings.Group, settings.InterfaceIndex);
            }
        }, out _);
}
