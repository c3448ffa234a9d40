using NetTools.EpollEcho.Processes;
using NetTools.Libc;
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
        using Signals signals = new(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD);
        if (settings.Instances > 1)
        {
            return new Supervisor(settings, signals, report).Run(address => Open(settings, address));
        }

        Instance.Serve(settings, 0, Open(settings, settings.Address).Value, signals, report);
        return ExitCode.Success;
    }

    private static Descriptor Open(ServeSettings settings, SocketAddress address) =>
        Listener.OpenTcp(address, settings.Backlog, socket =>
        {
            // Accepted sockets inherit it: one system call less for each connection.
            SocketOption.NoDelay.Set(socket, true);
            if (settings.Instances > 1)
            {
                SocketOption.ReusePort.Set(socket, true);
            }
        }, out _);
}
