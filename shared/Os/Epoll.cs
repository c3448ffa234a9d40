using System.Runtime.InteropServices;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>Waiting on an epoll(7) instance by each of its calls.</summary>
public static unsafe class Epoll
{
    private const long EpollWaitOnX64 = 232; // arm64 has none: there epoll_wait(2) is epoll_pwait(2)

    private static bool s_noEpollPwait2;

    /// <summary>
    /// epoll_wait with a timeout in nanoseconds: epoll_pwait2(2) of Linux 5.11, and before it ppoll(2) on the instance.
    /// </summary>
    /// <param name="epfd">The epoll instance.</param>
    /// <param name="events">Room for the events.</param>
    /// <param name="maxevents">How many there is room for, at least 1.</param>
    /// <param name="timeout">How long to wait at most, or null.</param>
    /// <returns>How many there are; -1 with errno.</returns>
    public static int Wait(int epfd, epoll_event* events, int maxevents, timespec* timeout)
    {
        if (!s_noEpollPwait2)
        {
            int count = Linux.epoll_pwait2(epfd, events, maxevents, timeout, null);
            if (count >= 0 || Errno.Last != LibC.ENOSYS)
            {
                return count;
            }

            s_noEpollPwait2 = true;
        }

        pollfd any = new() { fd = epfd, events = LibC.POLLIN };
        int ready = Linux.ppoll(&any, 1, timeout, null);
        return ready > 0 ? Linux.epoll_wait(epfd, events, maxevents, 0) : ready;
    }

    /// <summary>epoll_wait(2) called directly, see <see cref="Linux.SystemCall"/>.</summary>
    /// <param name="epfd">The epoll instance.</param>
    /// <param name="events">Room for the events.</param>
    /// <param name="maxevents">How many there is room for, at least 1.</param>
    /// <param name="block">Whether to wait for one; else the timeout is zero.</param>
    /// <param name="atOnce">True when something is known to be ready, so that a call that waits returns at once too: the runtime
    /// then need not prepare for a garbage collection meanwhile.</param>
    /// <returns>How many there are; -1 with errno.</returns>
    public static int Wait(int epfd, epoll_event* events, int maxevents, bool block, bool atOnce = false) =>
        (int)Linux.SystemCall(
            RuntimeInformation.ProcessArchitecture == Architecture.X64 ? EpollWaitOnX64 : Linux.SYS_epoll_pwait,
            block && !atOnce, epfd, (long)events, maxevents, block ? -1 : 0);

    /// <summary>
    /// epoll_pwait2(2) called directly: the timeout goes as seconds and nanoseconds; the signal mask stays as it is.
    /// </summary>
    /// <inheritdoc cref="Wait(int, epoll_event*, int, bool, bool)"/>
    public static int Pwait2(int epfd, epoll_event* events, int maxevents, bool block, bool atOnce = false)
    {
        timespec now = default;
        return (int)Linux.SystemCall(Linux.SYS_epoll_pwait2, block && !atOnce, epfd, (long)events, maxevents, block ? 0
            : (long)&now);
    }
}
