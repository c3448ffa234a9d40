using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sched.h: on which CPUs a thread may run, sched_setaffinity(2), and when, sched_setscheduler(2); what it shares with the others,
// unshare(2)

public struct sched_param
{
    public int sched_priority;
}

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern int unshare(int flags);

    [DllImport("libc")]
    public static extern int sched_getaffinity(int pid, nuint cpusetsize, cpu_set_t* mask);

    [DllImport("libc")]
    public static extern int sched_setscheduler(int pid, int policy, sched_param* param);

    [DllImport("libc")]
    public static extern int sched_setaffinity(int pid, nuint cpusetsize, cpu_set_t* mask);
}
