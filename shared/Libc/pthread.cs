using System.Runtime.InteropServices;
using NetTools.Os;

namespace NetTools.Libc;

// pthread.h: one thread's CPU clock, pthread_getcpuclockid(3)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    private static extern nuint pthread_self();

    [DllImport("libc")]
    private static extern int pthread_getcpuclockid(nuint thread, int* clockid);

    /// <summary>The clock of the CPU time of the calling thread, which other threads of the process may read while it lives.</summary>
    /// <returns>For <see cref="clock_gettime"/>.</returns>
    /// <exception cref="LibcException">The kernel keeps no such clock: ENOENT.</exception>
    public static int ThreadCpuClock()
    {
        int clock;
        int errno = pthread_getcpuclockid(pthread_self(), &clock);
        return errno == 0 ? clock : throw new LibcException("asking for a thread's CPU clock", errno);
    }
}
