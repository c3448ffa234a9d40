using System.Runtime.InteropServices;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/epoll.h: plain imports for hot loops, what Tmds.LibC lacks, and the system calls behind them

public static unsafe partial class Linux
{
    private const long EpollWaitOnX64 = 232; // arm64 has none: there epoll_wait(2) is epoll_pwait(2)

    private static bool s_noEpollPwait2;

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
    private static extern int epoll_pwait2(int epfd, epoll_event* events, int maxevents, timespec* timeout, sigset_t* sigmask);

    /// <summary>
    /// epoll_wait with a timeout in nanoseconds: epoll_pwait2(2) of Linux 5.11, and before it ppoll(2) on the instance.
    /// </summary>
    /// <param name="epfd">The epoll instance.</param>
    /// <param name="events">Room for the events.</param>
    /// <param name="maxevents">How many there is room for, at least 1.</param>
    /// <param name="timeout">How long to wait at most, or null.</param>
    /// <returns>How many there are; -1 with errno.</returns>
    public static int EpollWait(int epfd, epoll_event* events, int maxevents, timespec* timeout)
    {
        if (!s_noEpollPwait2)
        {
            int count = epoll_pwait2(epfd, events, maxevents, timeout, null);
            if (count >= 0 || Errno.Last != LibC.ENOSYS)
            {
                return count;
            }

            s_noEpollPwait2 = true;
        }

        pollfd any = new() { fd = epfd, events = LibC.POLLIN };
        int ready = ppoll(&any, 1, timeout, null);
        return ready > 0 ? epoll_wait(epfd, events, maxevents, 0) : ready;
    }

    /// <summary>epoll_wait(2) called directly, see <see cref="SystemCall"/>.</summary>
    /// <param name="epfd">The epoll instance.</param>
    /// <param name="events">Room for the events.</param>
    /// <param name="maxevents">How many there is room for, at least 1.</param>
    /// <param name="block">Whether to wait for one; else the timeout is zero.</param>
    /// <returns>How many there are; -1 with errno.</returns>
    public static int EpollWait(int epfd, epoll_event* events, int maxevents, bool block) =>
        (int)SystemCall(
            RuntimeInformation.ProcessArchitecture == Architecture.X64 ? EpollWaitOnX64 : SYS_epoll_pwait,
            block, epfd, (long)events, maxevents, block ? -1 : 0);

    /// <summary>epoll_pwait2(2) called directly: the timeout goes as seconds and nanoseconds; the signal mask stays as it is.</summary>
    /// <inheritdoc cref="EpollWait(int, epoll_event*, int, bool)"/>
    public static int EpollPwait2(int epfd, epoll_event* events, int maxevents, bool block)
    {
        timespec now = default;
        return (int)SystemCall(SYS_epoll_pwait2, block, epfd, (long)events, maxevents, block ? 0 : (long)&now);
    }
}
