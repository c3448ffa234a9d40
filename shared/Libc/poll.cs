using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// poll.h: plain imports for hot loops (those of Tmds.LibC save errno on each call, or not at all)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern int poll(pollfd* fds, ulong nfds, int timeout);

    [DllImport("libc")]
    public static extern int ppoll(pollfd* fds, ulong nfds, timespec* tmo_p, sigset_t* sigmask);
}
