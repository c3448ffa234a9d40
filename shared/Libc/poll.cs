using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// poll.h, and the system calls behind it

public static unsafe partial class Linux
{
    private const long PollOnX64 = 7; // arm64 has none: there poll(2) is ppoll(2)

    /// <summary>The number of ppoll(2).</summary>
    public static int SYS_ppoll => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 73 : 271;

    [DllImport("libc")]
    public static extern int poll(pollfd* fds, ulong nfds, int timeout);

    [DllImport("libc")]
    public static extern int ppoll(pollfd* fds, ulong nfds, timespec* tmo_p, sigset_t* sigmask);

    /// <summary>poll(2) called directly, see <see cref="SystemCall"/>.</summary>
    /// <param name="fds">What to watch; the kernel fills in the answers.</param>
    /// <param name="nfds">How many.</param>
    /// <param name="block">Whether to wait for one; else the timeout is zero.</param>
    /// <returns>How many are ready; -1 with errno.</returns>
    public static int Poll(pollfd* fds, int nfds, bool block) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? (int)SystemCall(PollOnX64, block, (long)fds, nfds, block ? -1 : 0)
            : Ppoll(fds, nfds, block);

    /// <summary>ppoll(2) called directly; the signal mask stays as it is.</summary>
    /// <inheritdoc cref="Poll"/>
    public static int Ppoll(pollfd* fds, int nfds, bool block)
    {
        timespec now = default;
        return (int)SystemCall(SYS_ppoll, block, (long)fds, nfds, block ? 0 : (long)&now);
    }
}
