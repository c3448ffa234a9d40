using NetTools.Measure;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// How long a connection is let run before the clock starts: until its rate no longer grows, for slow start and the receiver's own
/// growing window are not what a steady rate is about.
/// </summary>
/// <param name="SliceNs">The rate is taken over so long: some round trips, nanoseconds.</param>
/// <param name="LongestNs">The clock starts after so long in any case, nanoseconds.</param>
internal sealed record RampUp(long SliceNs, long LongestNs)
{
    /// <summary>Slices that must be alike.</summary>
    public const int Slices = 5;
    private const double Alike = 0.10;

    /// <summary>True when the latest slices differ by little: the rate is steady.</summary>
    /// <param name="latest">Bytes of the latest slices, in any order; 0 where there was none yet.</param>
    public static bool IsOver(ReadOnlySpan<double> latest)
    {
        double median = Statistics.Median(latest);
        double spread = 0;
        foreach (double slice in latest)
        {
            spread = Math.Max(spread, Math.Abs(slice - median));
        }

        return median > 0 && spread <= Alike * median;
    }
}
