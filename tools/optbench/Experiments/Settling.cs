using NetTools.Measure;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Says, from one long look at a new connection, how long it takes until its rate is what it stays at. Eight steady round trips
/// do not show that: a congestion window may grow for seconds by less than the eye sees in them, or recover from the loss that
/// ended slow start.
/// </summary>
internal static class Settling
{
    /// <summary>Equal parts of the look.</summary>
    public const int Parts = 20;

    private const int Window = 5;
    private const double Tolerance = 0.10;

    /// <summary>
    /// The time after which five parts in a row are on average no different from the second half of the look: by 10 %, or by what
    /// its scatter explains. Null where the last quarter still differs from the one before.
    /// </summary>
    /// <param name="rates">The mean rate of each of <see cref="Parts"/> parts, in any unit.</param>
    /// <param name="lookNs">How long the look was, nanoseconds.</param>
    public static long? Time(ReadOnlySpan<double> rates, long lookNs)
    {
        const int half = Parts / 2, quarter = Parts / 4;
        if (rates.Length != Parts || !Steadiness.IsAlike(rates[half..(half + quarter)], rates[(half + quarter)..]))
        {
            return null;
        }

        double level = Statistics.Mean(rates[half..]);
        double scatter = Statistics.StandardDeviation(rates[half..]) / Math.Sqrt(Window);
        double near = Math.Max(Tolerance * level, Math.Min(scatter, level / 2));
        for (int part = 0; part < half; part++)
        {
            if (Math.Abs(Statistics.Mean(rates.Slice(part, Window)) - level) <= near)
            {
                return lookNs * part / Parts;
            }
        }

        return lookNs / 2;
    }
}
