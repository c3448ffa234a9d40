using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Client;

/// <summary>
/// Keeps the CPUs of both ends from going idle while exchanges are timed: on each a child that does nothing, as fast as it can,
/// and gives way to anything else at once (SCHED_IDLE, sched(7)). Without, an exchange on a quiet machine is mostly the time that
/// a halted CPU takes to wake, which on a virtual machine is longer than all the rest.
/// </summary>
internal sealed unsafe class Awake : IDisposable
{
    private const int Stopped = 0x7f; // what waitpid says of a child that was stopped

    private readonly List<int> _children = [];

    /// <summary>
    /// Starts the children, at rest, on the CPUs that <see cref="LocalServer"/> takes, and keeps the calling thread on the first.
    /// Before this process has another thread of managed code. Where it is not allowed there are none.
    /// </summary>
    public Awake()
    {
        if (Cpus.Allowed.Length < 2)
        {
            return;
        }

        foreach (int cpu in ((int[])[Cpus.Far, Cpus.Near]).Distinct())
        {
            CallingThread.PinTo(cpu); // the child inherits it
            int pid = fork();
            if (pid == 0)
            {
                // Only system calls, as in every forked child of ours.
                sched_param lowest = default;
                Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
                setpgid(0, 0);
                if (Linux.sched_setscheduler(0, SCHED_IDLE, &lowest) < 0)
                {
                    _exit(1);
                }

                if (kill(getpid(), SIGSTOP) != 0)
                {
                    _exit(1); // it would never stop, and the wait below never end
                }

                while (true)
                {
                }
            }

            int status = 0;
            if (pid > 0 && Linux.waitpid(pid, &status, Linux.WUNTRACED) == pid && (status & 0xff) == Stopped)
            {
                _children.Add(pid);
            }
        }
    }

    /// <summary>False where it cannot be done, and where it need not: the only CPU is never idle while both ends talk.</summary>
    public bool Works => _children.Count > 0;

    /// <summary>Keeps the CPUs busy from now on.</summary>
    public void Begin() => Signal(SIGCONT);

    /// <summary>Lets them rest.</summary>
    public void End() => Signal(SIGSTOP);

    /// <inheritdoc/>
    public void Dispose()
    {
        Signal(SIGKILL);
        foreach (int pid in _children)
        {
            int status;
            while (Linux.waitpid(pid, &status, 0) < 0 && Errno.Last == EINTR)
            {
            }
        }
    }

    private void Signal(int signal)
    {
        foreach (int pid in _children)
        {
            ChildSignal.Send(pid, signal);
        }
    }
}
