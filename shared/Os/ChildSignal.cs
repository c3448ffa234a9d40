using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>Signals to children whose end this process waits for. Does not allocate.</summary>
public static class ChildSignal
{
    /// <summary>Sends a signal, again where that fails for another reason than the child's end: else the wait had none.</summary>
    /// <param name="pid">A child, or with a minus its group.</param>
    /// <param name="signal">SIGTERM, SIGKILL, ...</param>
    public static void Send(int pid, int signal)
    {
        if (kill(pid, signal) != 0 && Errno.Last != ESRCH)
        {
            kill(pid, signal);
        }
    }
}
