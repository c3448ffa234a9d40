using Tmds.Linux;

namespace NetTools.Os;

/// <summary>Nanoseconds, the unit of every time in the tools, in the larger units.</summary>
public static class TimeUnits
{
    /// <summary>Nanoseconds in a microsecond.</summary>
    public const long Microsecond = 1_000;

    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>Nanoseconds in a minute.</summary>
    public const long Minute = 60 * Second;

    /// <summary>Nanoseconds in an hour.</summary>
    public const long Hour = 60 * Minute;

    /// <summary>Nanoseconds in a day.</summary>
    public const long Day = 24 * Hour;

    /// <summary>Seconds, with a fraction.</summary>
    public static double Seconds(long nanoseconds) => (double)nanoseconds / Second;

    /// <summary>Milliseconds, with a fraction.</summary>
    public static double Milliseconds(long nanoseconds) => (double)nanoseconds / Millisecond;

    /// <summary>Microseconds, with a fraction.</summary>
    public static double Microseconds(long nanoseconds) => (double)nanoseconds / Microsecond;

    /// <summary>Nanoseconds of a kernel time stamp.</summary>
    public static long Nanoseconds(timespec time) => ((long)time.tv_sec * Second) + (long)time.tv_nsec;

    /// <summary>The timespec of a duration of 0 ns or more.</summary>
    public static timespec Timespec(long nanoseconds) =>
        new() { tv_sec = nanoseconds / Second, tv_nsec = (long_t)(nanoseconds % Second) };

    /// <summary>
    /// Whole milliseconds for poll(2) and epoll_wait(2): rounded up, so that no wait ends early; at most int.MaxValue.
    /// </summary>
    public static int PollMilliseconds(long nanoseconds) =>
        (int)Math.Clamp((nanoseconds / Millisecond) + (nanoseconds % Millisecond > 0 ? 1 : 0), 0, int.MaxValue);
}
