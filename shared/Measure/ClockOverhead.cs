using NetTools.Os;

namespace NetTools.Measure;

/// <summary>What reading the monotonic clock costs on this machine.</summary>
public static class ClockOverhead
{
    private const int Readings = 4001;

    /// <summary>
    /// What one reading costs, in nanoseconds: the time between two readings taken back to back, averaged over a run and
    /// then the median of several runs, so that neither a coarse clock nor an interrupt spoils it.
    /// </summary>
    public static double Measure()
    {
        Span<double> runs = stackalloc double[9];
        for (int run = 0; run < runs.Length; run++)
        {
            long start = Clock.Nanoseconds;
            long end = start;
            for (int i = 0; i < Readings; i++)
            {
                end = Clock.Nanoseconds;
            }

            runs[run] = (double)(end - start) / Readings;
        }

        return Statistics.Median(runs);
    }
}
