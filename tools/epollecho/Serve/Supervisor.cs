using NetTools.EpollEcho.Processes;
using NetTools.EpollEcho.Report;
using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Several instances on one port: a process each, with a listener each (SO_REUSEPORT), so that the kernel spreads the connections
/// by a hash of their addresses, or with one listener that all share. Passes signals on, restarts what dies, and waits for all.
/// It keeps the listeners open, so that connections wait while an instance is replaced, and nothing is lost at SIGHUP.
/// </summary>
internal sealed unsafe class Supervisor(
    ServeSettings settings, Descriptor[] listeners, SignalDescriptor signals, ServeReport report, ReadySignal ready)
{
    private const long RestartNs = TimeUnits.Second;
    private const int LookMs = 100;
    private const int MostFailures = 5;
    private const int MostRetired = 4;

    private readonly ChildProcesses _children = new(settings.Instances);
    private readonly long[] _startedAt = new long[settings.Instances];
    private readonly bool[] _waiting = new bool[settings.Instances];
    private readonly bool[] _refused = new bool[settings.Instances];
    private readonly int[] _failures = new int[settings.Instances];
    private bool _stopping;
    private bool _restarting;
    private int _exitCode = ExitCode.Success;

    /// <summary>Runs the instances until they have all ended after a signal.</summary>
    /// <returns>The exit code: in an instance its own, in the parent that of the whole.</returns>
    public int Run()
    {
        for (int number = 0; number < settings.Instances; number++)
        {
            if (!Start(number))
            {
                return Serve(number);
            }
        }

        ready.Send();
        // The instances run. The finalizer thread must be at rest again before another is forked: see ServeCommand.
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        CleanPages.Release();
        pollfd watched = new() { fd = signals.FileDescriptor, events = (short)POLLIN };
        while (_children.Any || _waiting.Contains(true))
        {
            int waitMs = _restarting || _waiting.Contains(true) ? LookMs : -1;
            if (poll(&watched, 1, waitMs) < 0 && Errno.Last is int errno && errno != EINTR && errno != ENOMEM)
            {
                throw new LibcException("waiting for signals", errno);
            }

            ReadSignals();
            while (_children.Reap(out ChildEnd end))
            {
                Ended(end);
            }

            for (int number = 0; number < _waiting.Length; number++)
            {
                if (_waiting[number] && Clock.Nanoseconds - _startedAt[number] >= RestartNs && !Start(number))
                {
                    return Serve(number);
                }
            }

            if (_restarting && _children.Retired < MostRetired * settings.Instances && !ReplaceAll(out int own))
            {
                return Serve(own);
            }
        }

        return _exitCode == ExitCode.Success && report.Lost > 0 ? ExitCode.Negative : _exitCode;
    }

    private void ReadSignals()
    {
        for (int signal = signals.Next(); signal != 0; signal = signals.Next())
        {
            if (signal == SIGHUP)
            {
                _restarting = !_stopping;
            }
            else if (signal == SIGUSR1)
            {
                _children.Signal(signal);
            }
            else if (signal != SIGCHLD)
            {
                Stop(signal);
            }
        }
    }

    private void Stop(int signal)
    {
        _stopping = true;
        _restarting = false;
        Array.Clear(_waiting);
        foreach (Descriptor listener in listeners)
        {
            listener.Dispose(); // the instances have theirs: the last to close it refuses who comes after
        }

        _children.Signal(signal);
    }

    /// <summary>
    /// Starts an instance for each, and lets the one before it drain. One that cannot be started leaves the old one in place.
    /// </summary>
    /// <param name="own">In a child: which it is.</param>
    /// <returns>False in a child.</returns>
    private bool ReplaceAll(out int own)
    {
        _restarting = false;
        for (own = 0; own < settings.Instances; own++)
        {
            int errno = _children.TryReplace(own, SIGTERM, out bool isChild);
            if (isChild)
            {
                return false;
            }

            if (errno != 0)
            {
                Say($"starting instance {own}: {Errno.Describe(errno)}: the old one goes on");
                continue;
            }

            _startedAt[own] = Clock.Nanoseconds;
            _waiting[own] = false;
        }

        return true;
    }

    /// <summary>
    /// Notes the end of an instance. One that was killed or gave up is started again, a second after its last start at the
    /// earliest; when all fail as soon as they start, the whole gives up.
    /// </summary>
    private void Ended(ChildEnd end)
    {
        if (end is { Signal: 0, ExitCode: ExitCode.Negative })
        {
            _exitCode = ExitCode.Negative; // it could not write a report, and said so
        }

        if (_stopping || end is { Signal: 0, ExitCode: ExitCode.Success or ExitCode.Negative })
        {
            return;
        }

        string how = end.Signal != 0 ? $"was killed by signal {end.Signal}" : $"gave up with exit code {end.ExitCode}";
        if (end.Number < 0)
        {
            Say($"a retired instance (pid {end.Pid}) {how} while it drained");
            return;
        }

        bool early = Clock.Nanoseconds - _startedAt[end.Number] < RestartNs;
        _failures[end.Number] = early ? _failures[end.Number] + 1 : 0;
        _waiting[end.Number] = true;
        Say($"instance {end.Number} (pid {end.Pid}) {how}: starting it again");
        if (_failures.All(count => count >= MostFailures))
        {
            _exitCode = ExitCode.CannotRun;
            ErrorLine.Write("no instance stays alive: giving up");
            Stop(SIGTERM);
        }
    }

    /// <summary>Starts an instance, or has it wait when there may be no more processes for the moment.</summary>
    /// <returns>False in the child.</returns>
    private bool Start(int number)
    {
        int errno = _children.TryFork(number, out bool isChild);
        if (isChild)
        {
            return false;
        }

        _startedAt[number] = Clock.Nanoseconds;
        if (errno != 0 && !_refused[number])
        {
            Say($"starting instance {number}: {Errno.Describe(errno)}: trying again every second");
        }

        _refused[number] = errno != 0;
        _waiting[number] = errno != 0;
        return true;
    }

    private int Serve(int number)
    {
        ready.Close();
        int own = listeners.Length > 1 ? number : 0;
        for (int i = 0; i < listeners.Length; i++)
        {
            if (i != own)
            {
                listeners[i].Dispose();
            }
        }

        Instance.Serve(settings, number, listeners[own].Value, signals, report, ready);
        return report.Lost > 0 ? ExitCode.Negative : ExitCode.Success;
    }

    private static void Say(FormattableString text) => ErrorLine.Write(FormattableString.Invariant(text));
}
