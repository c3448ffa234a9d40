using NetTools.EpollEcho.Report;
using NetTools.Libc;
using NetTools.Os;
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
        Descriptor[] passed = PassedSockets.Take(settings.Udp);
        // Before any socket is open, so that each is in one table alone and closing it closes it; without, serving only costs
        // more.
        _ = CallingThread.UnshareDescriptors();
        using SignalDescriptor signals = new(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD);
        Descriptor[] listeners = ServeSockets.Open(ref settings, passed);
        bool root = Linux.getuid() == 0 && Linux.geteuid() == 0;
        using PidFile? early = root ? PidFile.Open(settings.PidFile) : null; // /run is root's
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
}
