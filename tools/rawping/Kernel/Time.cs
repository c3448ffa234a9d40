using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.RawPing.Kernel;

/// <summary>clock_gettime(2) in ns, answered by the vDSO.</summary>
internal static unsafe class Time
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;
    public const long Microsecond = 1_000;

    /// <summary>Never goes back: what intervals and round trips are measured with.</summary>
    public static long Monotonic => Read(Linux.CLOCK_MONOTONIC);

    /// <summary>The clock of the kernel's packet stamps; it may be set.</summary>
    public static long Realtime => Read(Linux.CLOCK_REALTIME);

    public static long Nanoseconds(timespec time) => (long)time.tv_sec * Second + (long)time.tv_nsec;

    private static long Read(int clock)
    {
        timespec time;
        _ = Linux.clock_gettime(clock, &time); // cannot fail: these clocks exist
        return Nanoseconds(time);
    }
}
