using System.Globalization;
using NetTools.EpollEcho.Processes;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Several instances on one port: a process each, with a listener each (SO_REUSEPORT), so that the kernel spreads the connections
/// by a hash of their addresses, or with one listener that all share. Passes signals on, starts anew what dies, and waits for all.
/// </summary>
internal sealed unsafe class Supervisor(ServeSettings settings, SignalDescriptor signals, ServeReport report)
{
    private const long NsPerMs = 1_000_000;
    private const int RestartMs = 1000;
    private const int FirstUnprivilegedPort = 1024;

    private readonly ChildProcesses _children = new(settings.Instances);
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

        // An instance that was killed has its port opened anew: one below 1024 takes that capability.
        Privileges.DropAllBut(_address.Port < FirstUnprivilegedPort ? [Linux.CAP_NET_BIND_SERVICE] : []);
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

        CleanPages.Release();
        return Watch(open);
    }

    private int Watch(Func<SocketAddress, Descriptor> open)
    {
        pollfd watched = new() { fd = signals.FileDescriptor, events = (short)POLLIN };
        while (_children.Any || _waiting.Contains(true))
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

            while (_children.Reap(out ChildEnd end))
            {
                Ended(end);
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

        _children.Signal(signal);
    }

    /// <summary>
    /// Notes the end of an instance. One that was killed is started anew, but not within a second of its last start; one that
    /// gave up by itself ends the whole, for it would give up again.
    /// </summary>
    private void Ended(ChildEnd end)
    {
        if (_stopping || (end.Signal == 0 && end.ExitCode == 0))
        {
            return;
        }

        if (end.Signal != 0)
        {
            _waiting[end.Number] = true;
            ErrorLine.Write(string.Create(CultureInfo.InvariantCulture, $"instance {end.Number} (pid {end.Pid}) was killed by signal {end.Signal}: starting it anew"));
        }
        else
        {
            _exitCode = end.ExitCode;
            ErrorLine.Write(string.Create(CultureInfo.InvariantCulture, $"instance {end.Number} (pid {end.Pid}) gave up: stopping the others"));
            PassOn(SIGTERM);
        }
    }

    /// <summary>Forks an instance.</summary>
    /// <returns>True in the child.</returns>
    private bool Fork(int number)
    {
        if (_children.Fork(number))
        {
            return true;
        }

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

        Privileges.DropAll(forked: true);
        Instance.Serve(settings, number, listeners[own].Value, signals, report);
        return ExitCode.Success;
    }
}
