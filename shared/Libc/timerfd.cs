using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/timerfd.h, timerfd_create(2)

public struct itimerspec
{
    public timespec it_interval;
    public timespec it_value;
}

public static unsafe partial class Linux
{
    public const int TFD_CLOEXEC = 0x80000;
    public const int TFD_NONBLOCK = 0x800;
    public const int TFD_TIMER_ABSTIME = 1;

    [DllImport("libc")]
    public static extern int timerfd_create(int clockid, int flags);

    [DllImport("libc")]
    public static extern int timerfd_settime(int fd, int flags, itimerspec* new_value, itimerspec* old_value);
}
