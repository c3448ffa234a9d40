using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP (unless under nohup) as a readable descriptor, so that an event loop ends in order. (signalfd(2)
/// cannot be used: the runtime's finalizer thread does not block the signals and would be killed by them.)
/// </summary>
public sealed unsafe class StopSignals : IDisposable
{
    private readonly Descriptor _event = Descriptor.Open(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "creating an eventfd");
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _requested;

    /// <summary>Starts listening for the signals that end a tool.</summary>
    public StopSignals()
    {
        // A shell starts background jobs with SIGINT and SIGQUIT ignored, and the runtime would keep it so; kill(1) must work
        // there too. Both must be seen to before the first registration, at which the runtime takes hold of both.
        Tmds.Linux.sigaction standard = default;
        _ = sigaction(SIGINT, &standard, null);
        _ = sigaction(SIGQUIT, &standard, null);
        // nohup(1) starts a program with SIGHUP ignored, and means it.
        Tmds.Linux.sigaction hangup;
        bool ignored = sigaction(SIGHUP, null, &hangup) == 0 && hangup.sa_handler == SIG_IGN;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        foreach (PosixSignal signal in ignored ? signals.AsSpan(0, 2) : signals)
        {
            Register(signal, () => _requested = true);
        }
    }

    /// <summary>Becomes readable when a signal came, and stays so until <see cref="Drain"/>.</summary>
    public int FileDescriptor => _event.Value;

    /// <summary>True once a stop was asked for.</summary>
    public bool Requested => _requested;

    /// <summary>Calls <paramref name="handler"/> on another thread at each SIGUSR1, and wakes the loop.</summary>
    public void OnUser1(Action handler) => Register((PosixSignal)SIGUSR1, handler);

    /// <summary>
    /// Calls <paramref name="handler"/> on another thread at each SIGQUIT (Ctrl-\ on a terminal), and wakes the loop.
    /// </summary>
    public void OnQuit(Action handler) => Register(PosixSignal.SIGQUIT, handler);

    private void Register(PosixSignal signal, Action handler)
    {
        try
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                handler();
                Wake();
            }));
        }
        catch (Exception failed) when (failed is TypeInitializationException or ExternalException or IOException)
        {
            // The runtime makes a pipe and a thread at the first one, in a type initialiser. Without an errno: no more threads.
            throw new OperationFailedException($"handling signals: {Errno.Describe(Errno.Of(failed) ?? EAGAIN)}");
        }
    }

    /// <summary>Makes the descriptor unreadable again.</summary>
    public void Drain()
    {
        ulong count;
        _ = read(_event.Value, &count, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _event.Dispose();
    }

    private void Wake()
    {
        ulong one = 1;
        _ = write(_event.Value, &one, sizeof(ulong));
    }
}
