using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Processes;

/// <summary>How a child process ended.</summary>
/// <param name="Number">Which of the children it was, or -1 for a retired one.</param>
/// <param name="Pid">Its process number.</param>
/// <param name="Signal">The signal that killed it, or 0.</param>
/// <param name="ExitCode">Its exit code when no signal killed it.</param>
internal readonly record struct ChildEnd(int Number, int Pid, int Signal, int ExitCode);

/// <summary>
/// Children made by fork(2), by their numbers from 0. They end with their parent. A child has no finalizer thread, so it must
/// not wait for finalizers; it may allocate, provided the parent had no other managed thread at work when it forked.
/// </summary>
/// <param name="count">How many there may be.</param>
internal sealed unsafe class ChildProcesses(int count)
{
    private readonly int[] _pids = new int[count];
    private readonly HashSet<int> _retired = [];

    /// <summary>Whether any of them is running, the retired included.</summary>
    public bool Any => _pids.Any(pid => pid != 0) || _retired.Count > 0;

    /// <summary>Children that gave up their number and are still running.</summary>
    public int Retired => _retired.Count;

    /// <summary>Whether this one is running.</summary>
    public bool IsRunning(int number) => _pids[number] != 0;

    /// <summary>Starts one.</summary>
    /// <returns>True in the child, false in the parent.</returns>
    /// <exception cref="LibcException">There may be no more processes: EAGAIN.</exception>
    public bool Fork(int number)
    {
        Output.Standard.Flush(); // or what waits in it would be written twice
        int errno = TryFork(number, out bool isChild);
        return errno == 0 ? isChild : throw new LibcException("starting a process", errno);
    }

    /// <summary>Starts one.</summary>
    /// <param name="number">Which.</param>
    /// <param name="isChild">True in the child, false in the parent.</param>
    /// <returns>0, or the errno: EAGAIN, ENOMEM.</returns>
    public int TryFork(int number, out bool isChild)
    {
        int parent = getpid();
        int pid = (int)fork();
        isChild = pid == 0;
        if (pid < 0)
        {
            return Errno.Last;
        }

        if (isChild)
        {
            Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGTERM, 0, 0, 0);
            if (getppid() != parent)
            {
                _exit(ExitCode.CannotRun); // it died before the line above
            }
        }

        _pids[number] = isChild ? 0 : pid;
        return 0;
    }

    /// <summary>
    /// Starts one in the place of another, which is retired and gets a signal; where that fails, the other stays.
    /// </summary>
    /// <inheritdoc cref="TryFork"/>
    /// <param name="number">Which.</param>
    /// <param name="signal">The signal for the one before.</param>
    /// <param name="isChild">True in the child, false in the parent.</param>
    public int TryReplace(int number, int signal, out bool isChild)
    {
        int before = _pids[number];
        int errno = TryFork(number, out isChild);
        if (errno == 0 && !isChild && before != 0)
        {
            _retired.Add(before);
            ChildSignal.Send(before, signal);
        }

        return errno;
    }

    /// <summary>Sends a signal to all that are running.</summary>
    public void Signal(int signal)
    {
        foreach (int pid in _pids.Concat(_retired).Where(pid => pid != 0))
        {
            ChildSignal.Send(pid, signal);
        }
    }

    /// <summary>Takes note of one that has ended.</summary>
    /// <param name="end">Which, and how.</param>
    /// <returns>False when none has.</returns>
    public bool Reap(out ChildEnd end)
    {
        int status;
        for (int pid = Linux.waitpid(-1, &status, Linux.WNOHANG); pid > 0; pid = Linux.waitpid(-1, &status, Linux.WNOHANG))
        {
            int number = Array.IndexOf(_pids, pid);
            if (number >= 0 || _retired.Remove(pid))
            {
                if (number >= 0)
                {
                    _pids[number] = 0;
                }

                end = new ChildEnd(number, pid, status & 0x7f /* WTERMSIG */, (status >> 8) & 0xff /* WEXITSTATUS */);
                return true;
            }
        }

        end = default;
        return false;
    }
}
