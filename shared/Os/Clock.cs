using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>
/// The kernel's clocks in nanoseconds, clock_gettime(2); the first two are answered by the vDSO without entering the kernel.
/// </summary>
public static unsafe class Clock
{
    /// <summary>CLOCK_MONOTONIC: time since some point in the past; never goes back, and is the same in every process.</summary>
    public static long Nanoseconds => Read(Linux.CLOCK_MONOTONIC);

    /// <summary>
    /// CLOCK_REALTIME: time since 1970, the clock of the kernel's packet stamps. It can be set, so it can go back.
    /// </summary>
    public static long RealtimeNanoseconds => Read(Linux.CLOCK_REALTIME);

    /// <summary>CPU time the calling thread has used, user and system.</summary>
    public static long ThreadCpuNanoseconds => Read(Linux.CLOCK_THREAD_CPUTIME_ID);

    /// <summary>Any clock.</summary>
    /// <param name="clockid">A clock that exists: CLOCK_REALTIME, or one of <see cref="CallingThread.CpuClock"/>.</param>
    public static long Read(int clockid)
    {
        timespec now;
        _ = Linux.clock_gettime(clockid, &now); // cannot fail: the clock exists and the pointer is good
        return TimeUnits.Nanoseconds(now);
    }
}
