using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/epoll.h: plain imports for hot loops, and what Tmds.LibC lacks

public static unsafe partial class Linux
{
    /// <summary>The number of epoll_pwait(2).</summary>
    public static int SYS_epoll_pwait => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 22 : 281;

    /// <summary>The number of epoll_pwait2(2), Linux 5.11.</summary>
    public static int SYS_epoll_pwait2 => 441;

    /// <summary>epoll_ctl(2); it never waits for a descriptor.</summary>
    [DllImport("libc"), SuppressGCTransition]
    public static extern int epoll_ctl(int epfd, int op, int fd, epoll_event* @event);

    [DllImport("libc")]
    public static extern int epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout);

    [DllImport("libc")]
    public static extern int epoll_pwait2(int epfd, epoll_event* events, int maxevents, timespec* timeout, sigset_t* sigmask);
}
