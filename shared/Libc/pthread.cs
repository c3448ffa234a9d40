using System.Runtime.InteropServices;

namespace NetTools.Libc;

// pthread.h: one thread's CPU clock, pthread_getcpuclockid(3)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern nuint pthread_self();

    [DllImport("libc")]
    public static extern int pthread_getcpuclockid(nuint thread, int* clockid);
}
