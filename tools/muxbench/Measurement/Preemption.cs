using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.MuxBench.Measurement;

/// <summary>Whether the scheduler gave the CPU to somebody else meanwhile: such a time says nothing about the call.</summary>
internal static unsafe class Preemption
{
    /// <summary>How often it did so to the calling thread; compare two readings.</summary>
    public static long Count
    {
        get
        {
            rusage usage;
            _ = Linux.getrusage(Linux.RUSAGE_THREAD, &usage); // cannot fail for the calling thread
            return usage.ru_nivcsw;
        }
    }

    /// <summary>Nanoseconds for which the calling thread had a CPU.</summary>
    public static long CpuNanoseconds
    {
        get
        {
            timespec used;
            _ = Linux.clock_gettime(Linux.CLOCK_THREAD_CPUTIME_ID, &used);
            return TimeUnits.Nanoseconds(used);
        }
    }
}
