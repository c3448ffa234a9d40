using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/epoll.h: plain imports for hot loops, and epoll_pwait2(2), which Tmds.LibC lacks

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern int epoll_ctl(int epfd, int op, int fd, epoll_event* @event);

    [DllImport("libc")]
    public static extern int epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout);

    /// <summary>epoll_wait with a timeout in nanoseconds; Linux 5.11.</summary>
    [DllImport("libc")]
    public static extern int epoll_pwait2(int epfd, epoll_event* events, int maxevents, timespec* timeout, sigset_t* sigmask);
}
