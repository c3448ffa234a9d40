using NetTools.Measure;

namespace NetTools.MuxBench.Measurement;

/// <summary>Several timings in a row, and their median.</summary>
internal static class Batches
{
    /// <summary>What is timed at once lasts at least as long as this many readings of the clock, where it can be repeated.</summary>
    public const int ReadingsPerBatch = 100;

    private const int Fewest = 3;
    private const int Most = 31;
    private const int MostInterrupted = 20;
    private const long BudgetNanoseconds = 10_000_000;

    /// <summary>
    /// The median of what <paramref name="time"/> returns. A timing that the scheduler interrupted is thrown away, unless that
    /// happens to nearly all: then there is no choice.
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
            timings[count] = time();
            bool whole = Preemption.Count == before;
            interrupted += whole ? 0 : 1;
            count += whole || interrupted > MostInterrupted ? 1 : 0;
        }

        return Statistics.Median(timings[..count]);
    }
}
