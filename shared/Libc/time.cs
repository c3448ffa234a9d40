using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// clock_gettime(2), localtime_r(3), strftime(3)

public unsafe struct tm
{
    public int tm_sec;
    public int tm_min;
    public int tm_hour;
    public int tm_mday;
    public int tm_mon;
    public int tm_year;
    public int tm_wday;
    public int tm_yday;
    public int tm_isdst;
    public nint tm_gmtoff;
    public byte* tm_zone;
}

public static unsafe partial class Linux
{
    public const int CLOCK_REALTIME = 0;
    public const int CLOCK_MONOTONIC = 1;
    public const int CLOCK_PROCESS_CPUTIME_ID = 2;
    public const int CLOCK_THREAD_CPUTIME_ID = 3;
    public const int CLOCK_MONOTONIC_RAW = 4;
    public const int TIMER_ABSTIME = 1;

    [DllImport("libc"), SuppressGCTransition]
    public static extern int clock_gettime(int clockid, timespec* tp);

    [DllImport("libc")]
    public static extern int clock_nanosleep(int clockid, int flags, timespec* request, timespec* remain);

    [DllImport("libc")]
    public static extern tm* localtime_r(long* timep, tm* result);

    [DllImport("libc")]
    public static extern nuint strftime(byte* s, nuint max, byte* format, tm* tm);
}
