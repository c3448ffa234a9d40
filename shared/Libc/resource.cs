using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/resource.h: limits of a process, getrlimit(2), and what it has used, getrusage(2)

/// <summary>A soft and a hard limit.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct rlimit
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

/// <summary>What a thread or a process has used; ru_nivcsw counts how often the scheduler took the CPU away from it.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct rusage
{
    public timeval ru_utime;
    public timeval ru_stime;
    public long ru_maxrss;
    public long ru_ixrss;
    public long ru_idrss;
    public long ru_isrss;
    public long ru_minflt;
    public long ru_majflt;
    public long ru_nswap;
    public long ru_inblock;
    public long ru_oublock;
    public long ru_msgsnd;
    public long ru_msgrcv;
    public long ru_nsignals;
    public long ru_nvcsw;
    public long ru_nivcsw;
}

public static unsafe partial class Linux
{
    public const int RLIMIT_NOFILE = 7;
    public const int RUSAGE_SELF = 0;
    public const int RUSAGE_CHILDREN = -1;
    public const int RUSAGE_THREAD = 1;
    public const int PRIO_PROCESS = 0;

    [DllImport("libc")]
    public static extern int getrusage(int who, rusage* usage);

    [DllImport("libc")]
    public static extern int setpriority(int which, uint who, int prio);

    [DllImport("libc")]
    public static extern int getrlimit(int resource, rlimit* rlim);

    [DllImport("libc")]
    public static extern int prlimit(int pid, int resource, rlimit* new_limit, rlimit* old_limit);

    [DllImport("libc")]
    public static extern int setrlimit(int resource, rlimit* rlim);
}
