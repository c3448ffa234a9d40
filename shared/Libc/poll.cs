using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// poll.h

public static unsafe partial class Linux
{
    /// <summary>The number of ppoll(2).</summary>
    public static int SYS_ppoll => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 73 : 271;

    [DllImport("libc")]
    public static extern int poll(pollfd* fds, ulong nfds, int timeout);

    [DllImport("libc")]
    public static extern int ppoll(pollfd* fds, ulong nfds, timespec* tmo_p, sigset_t* sigmask);
}
