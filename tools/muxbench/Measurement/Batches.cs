using NetTools.Measure;
using NetTools.Os;

namespace NetTools.MuxBench.Measurement;

/// <summary>Several timings in a row, and their median.</summary>
internal static class Batches
{
    /// <summary>
    /// What is timed at once lasts at least as long as this many readings of the clock, where it can be repeated.
    /// </summary>
    public const int ReadingsPerBatch = 100;

    private const int Fewest = 3;
    private const int Most = 31;
    private const int MostInterrupted = 5;
    private const long BudgetNanoseconds = 10_000_000;

    /// <summary>
    /// The median of what <paramref name="time"/> returns. A timing that the scheduler interrupted is thrown away; on a busy CPU,
    /// where that happens again and again, it counts with the part of its time for which this thread had the CPU.
    /// </summary>
    public static double Median(Func<double> time)
    {
        Span<double> timings = stackalloc double[Most];
        long start = Clock.Nanoseconds;
        int count = 0;
        int interrupted = 0;
        while (count < Most && (count < Fewest || Clock.Nanoseconds - start < BudgetNanoseconds))
        {
            long before = Preemption.Count;
            long cpu = Preemption.CpuNanoseconds;
            long wall = Clock.Nanoseconds;
            double timing = time();
            if (Preemption.Count != before)
            {
                if (++interrupted <= MostInterrupted)
                {
                    continue;
                }

                timing *= (double)(Preemption.CpuNanoseconds - cpu) / (Clock.Nanoseconds - wall);
            }

            timings[count++] = timing;
        }

        return Statistics.Median(timings[..count]);
    }
}
