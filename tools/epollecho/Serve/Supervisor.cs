using System.Globalization;
using NetTools.EpollEcho.Processes;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.Sockets;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Several instances on one port: a process each, with a listener each (SO_REUSEPORT), so that the kernel spreads the connections
/// by a hash of their addresses, or with one listener that all share. Passes signals on, starts anew what dies, and waits for all.
/// </summary>
internal sealed unsafe class Supervisor(ServeSettings settings, Signals signals, ServeReport report)
{
    private const long NsPerMs = 1_000_000;
    private const int RestartMs = 1000;

    private readonly int[] _pids = new int[settings.Instances];
    private readonly long[] _startedAt = new long[settings.Instances];
    private readonly bool[] _waiting = new bool[settings.Instances];
    private SocketAddress _address = settings.Address;
    private Descriptor? _shared;
    private bool _stopping;
    private int _exitCode = ExitCode.Success;

    /// <summary>Runs the instances until they have all ended after a signal.</summary>
    /// <param name="open">Opens a listener on an address.</param>
    /// <returns>The exit code: in an instance its own, in the parent that of the whole.</returns>
    public int Run(Func<SocketAddress, Descriptor> open)
    {
        if (settings.Accept == AcceptMode.Exclusive)
        {
            _shared = open(_address);
            open = _ => Descriptor.Open(fcntl(_shared.Value, F_DUPFD_CLOEXEC, 0), "sharing the listener");
        }

        Descriptor[] listeners = new Descriptor[settings.Instances];
        for (int i = 0; i < listeners.Length; i++)
        {
            listeners[i] = open(_address); // all before the first fork: what fails, fails once and before anything runs
            _address = Listener.LocalAddress(listeners[0].Value);
        }

        for (int i = 0; i < listeners.Length; i++)
        {
            if (Fork(i))
            {
                return Serve(i, listeners);
            }
        }

        foreach (Descriptor listener in listeners)
        {
            listener.Dispose();
        }

        return Watch(open);
    }

    private int Watch(Func<SocketAddress, Descriptor> open)
    {
        pollfd watched = new() { fd = signals.FileDescriptor, events = (short)POLLIN };
        while (_pids.Any(pid => pid != 0) || _waiting.Contains(true))
        {
            if (poll(&watched, 1, _waiting.Contains(true) ? RestartMs / 10 : -1) < 0 && Errno.Last != EINTR)
            {
                throw new LibcException("waiting for signals", Errno.Last);
            }

            for (int signal = signals.Next(); signal != 0; signal = signals.Next())
            {
                if (signal != SIGCHLD)
                {
                    PassOn(signal);
                }
            }

            int status;
            for (int pid = Linux.waitpid(-1, &status, Linux.WNOHANG); pid > 0; pid = Linux.waitpid(-1, &status, Linux.WNOHANG))
            {
                Ended(Array.IndexOf(_pids, pid), status);
            }

            for (int number = 0; number < _waiting.Length; number++)
            {
                if (_waiting[number] && Clock.Nanoseconds - _startedAt[number] >= RestartMs * NsPerMs)
                {
                    _waiting[number] = false;
                    Descriptor listener = open(_address);
                    if (Fork(number))
                    {
                        return Serve(number, [listener]);
                    }

                    listener.Dispose();
                }
            }
        }

        return _exitCode;
    }

    private void PassOn(int signal)
    {
        if (signal != SIGUSR1)
        {
            _stopping = true;
            Array.Clear(_waiting);
        }

        foreach (int pid in _pids)
        {
            if (pid != 0)
            {
                kill(pid, signal);
            }
        }
    }

    /// <summary>
    /// Notes the end of an instance. One that was killed is started anew, but not within a second of its last start; one that
    /// gave up by itself ends the whole, for it would give up again.
    /// </summary>
    private void Ended(int number, int status)
    {
        if (number < 0)
        {
            return;
        }

        int pid = _pids[number];
        _pids[number] = 0;
        int signal = status & 0x7f; // WTERMSIG
        int code = (status >> 8) & 0xff; // WEXITSTATUS
        if (_stopping || (signal == 0 && code == 0))
        {
            return;
        }

        if (signal != 0)
        {
            _waiting[number] = true;
            ErrorLine.Write(string.Create(CultureInfo.InvariantCulture, $"instance {number} (pid {pid}) was killed by signal {signal}: starting it anew"));
        }
        else
        {
            _exitCode = code;
            ErrorLine.Write(string.Create(CultureInfo.InvariantCulture, $"instance {number} (pid {pid}) gave up: stopping the others"));
            PassOn(SIGTERM);
        }
    }

    /// <summary>Forks an instance.</summary>
    /// <returns>True in the child.</returns>
    private bool Fork(int number)
    {
        Output.Standard.Flush();
        int parent = getpid();
        int pid = Errno.Check((int)fork(), "starting an instance");
        if (pid == 0)
        {
            Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGTERM, 0, 0, 0);
            if (getppid() != parent)
            {
                _exit(ExitCode.CannotRun);
            }

            return true;
        }

        _pids[number] = pid;
        _startedAt[number] = Clock.Nanoseconds;
        return false;
    }

    private int Serve(int number, Descriptor[] listeners)
    {
        _shared?.Dispose();
        int own = listeners.Length > 1 ? number : 0;
        for (int i = 0; i < listeners.Length; i++)
        {
            if (i != own)
            {
                listeners[i].Dispose();
            }
        }

        Instance.Serve(settings, number, listeners[own].Value, signals, report);
        return ExitCode.Success;
    }
}
