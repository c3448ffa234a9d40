using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>The calling thread: its CPUs, its CPU clock, its descriptor table.</summary>
public static unsafe class CallingThread
{
    /// <summary>
    /// Gives the calling thread a descriptor table of its own, a copy: what it opens from now on no other thread has. While a
    /// table is shared the kernel counts each use of each descriptor, as in any program with threads.
    /// </summary>
    /// <returns>Whether it could be done; a container's seccomp filter may refuse.</returns>
    public static bool UnshareDescriptors() => Linux.unshare(LibC.CLONE_FILES) == 0;

    /// <summary>The CPUs that the calling thread may run on, ascending.</summary>
    /// <exception cref="LibcException">The machine has more CPUs than a cpu_set_t holds: EINVAL.</exception>
    public static int[] AllowedCpus()
    {
        cpu_set_t set;
        Errno.Check(Linux.sched_getaffinity(0, (nuint)sizeof(cpu_set_t), &set), "reading the CPU affinity");
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
    public static void AllowOn(ReadOnlySpan<int> cpus)
    {
        cpu_set_t set;
        LibC.CPU_ZERO(&set);
        foreach (int cpu in cpus)
        {
            LibC.CPU_SET(cpu, &set);
        }

        Errno.Check(Linux.sched_setaffinity(0, (nuint)sizeof(cpu_set_t), &set), "setting the CPU affinity");
    }

    /// <summary>Keeps the calling thread on one CPU; threads it starts later inherit that.</summary>
    /// <exception cref="LibcException">There is no such CPU, or it is not allowed here: EINVAL.</exception>
    public static void PinTo(int cpu)
    {
        cpu_set_t set;
        LibC.CPU_ZERO(&set);
        LibC.CPU_SET(cpu, &set);
        Errno.Check(Linux.sched_setaffinity(0, (nuint)sizeof(cpu_set_t), &set), $"pinning to CPU {cpu}",
            "list the CPUs with: taskset -p $$");
    }

    /// <summary>The clock of this thread's CPU time, which other threads of the process may read while it lives.</summary>
    /// <returns>For <see cref="Clock.Read"/>.</returns>
    /// <exception cref="LibcException">The kernel keeps no such clock: ENOENT.</exception>
    public static int CpuClock()
    {
        int clock;
        int errno = Linux.pthread_getcpuclockid(Linux.pthread_self(), &clock);
        return errno == 0 ? clock : throw new LibcException("asking for a thread's CPU clock", errno);
    }
}
