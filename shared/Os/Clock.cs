using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>The monotonic clock, clock_gettime(2) CLOCK_MONOTONIC, answered by the vDSO without entering the kernel.</summary>
public static unsafe class Clock
{
    /// <summary>Nanoseconds since some point in the past; never goes back, and is the same in every process.</summary>
    public static long Nanoseconds => Read(Linux.CLOCK_MONOTONIC);

    /// <summary>CPU time the calling thread has used, user and system, nanoseconds.</summary>
    public static long ThreadCpuNanoseconds => Read(Linux.CLOCK_THREAD_CPUTIME_ID);

    /// <summary>Any clock of clock_gettime(2), nanoseconds.</summary>
    /// <param name="clockid">A clock that exists: CLOCK_REALTIME, or one of <see cref="Linux.ThreadCpuClock"/>.</param>
    public static long Read(int clockid)
    {
        timespec now;
        _ = Linux.clock_gettime(clockid, &now); // cannot fail: the clock exists and the pointer is good
        return ((long)now.tv_sec * 1_000_000_000) + (long)now.tv_nsec;
    }
}
