using System.Runtime.InteropServices;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Libc;

// sched.h: on which CPUs a thread may run, sched_setaffinity(2), and when, sched_setscheduler(2); what it shares with the others, unshare(2)

public struct sched_param
{
    public int sched_priority;
}

public static unsafe partial class Linux
{
    [DllImport("libc")]
    private static extern int unshare(int flags);

    /// <summary>
    /// Gives the calling thread a descriptor table of its own, a copy: what it opens from now on no other thread has. While a
    /// table is shared the kernel counts each use of each descriptor, as in any program with threads.
    /// </summary>
    /// <returns>Whether it could be done; a container's seccomp filter may refuse.</returns>
    public static bool UnshareDescriptors() => unshare(LibC.CLONE_FILES) == 0;

    [DllImport("libc")]
    private static extern int sched_getaffinity(int pid, nuint cpusetsize, cpu_set_t* mask);

    [DllImport("libc")]
    public static extern int sched_setscheduler(int pid, int policy, sched_param* param);

    [DllImport("libc")]
    private static extern int sched_setaffinity(int pid, nuint cpusetsize, cpu_set_t* mask);

    /// <summary>The CPUs that the calling thread may run on, ascending.</summary>
    /// <exception cref="LibcException">The machine has more CPUs than a cpu_set_t holds: EINVAL.</exception>
    public static int[] AllowedCpus()
    {
        cpu_set_t set;
        Errno.Check(sched_getaffinity(0, (nuint)sizeof(cpu_set_t), &set), "reading the CPU affinity");
        List<int> cpus = [];
        for (int cpu = 0; cpu < LibC.CPU_SETSIZE; cpu++)
        {
            if (LibC.CPU_ISSET(cpu, &set))
            {
                cpus.Add(cpu);
            }
        }

        return [.. cpus];
    }

    /// <summary>Lets the calling thread run on these CPUs; threads and children it starts later inherit that.</summary>
    /// <exception cref="LibcException">None of them exists or is allowed here: EINVAL.</exception>
    public static void AllowThread(ReadOnlySpan<int> cpus)
    {
        cpu_set_t set;
        LibC.CPU_ZERO(&set);
        foreach (int cpu in cpus)
        {
            LibC.CPU_SET(cpu, &set);
        }

        Errno.Check(sched_setaffinity(0, (nuint)sizeof(cpu_set_t), &set), "setting the CPU affinity");
    }

    /// <summary>Keeps the calling thread on one CPU; threads it starts later inherit that.</summary>
    /// <exception cref="LibcException">There is no such CPU, or it is not allowed here: EINVAL.</exception>
    public static void PinThread(int cpu)
    {
        cpu_set_t set;
        LibC.CPU_ZERO(&set);
        LibC.CPU_SET(cpu, &set);
        Errno.Check(sched_setaffinity(0, (nuint)sizeof(cpu_set_t), &set), $"pinning to CPU {cpu}",
            "list the CPUs with: taskset -p $$");
    }
}
