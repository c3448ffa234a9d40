using NetTools.Measure;
using NetTools.Os;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Says when the rate of a new connection is steady, so that slow start and the growth of the receiver's window are not measured.
/// The rate is taken once a round trip. It is steady when eight in a row lie within 10 % of their median, or when, of twenty, the
/// second ten are on average no different from the first ten: by 10 %, or by what their own scatter explains. After 200 round
/// trips slow start is over, and the rate counts as steady even if it varies.
/// </summary>
internal sealed class Steadiness
{
    private const int Alike = 8;
    private const int Half = 10;
    private const double Tolerance = 0.10;
    private const int EnoughRoundTrips = 200;

    /// <summary>Of the difference of two means: one would call a third of all steady rates unsteady.</summary>
    private const double Sigmas = 2;
    private const long ShortestSliceNs = TimeUnits.Millisecond;

    private readonly List<double> _rates = [];

    /// <param name="roundTripNs">The connection's, nanoseconds.</param>
    public Steadiness(long roundTripNs)
    {
        SliceNs = Math.Max(roundTripNs, ShortestSliceNs);
        EnoughNs = Math.Max(EnoughRoundTrips * roundTripNs, (Alike + 2) * ShortestSliceNs);
    }

    /// <summary>The rate is taken over this time: a round trip, at least 1 ms.</summary>
    public long SliceNs { get; }

    /// <summary>The least time in which a rate can be seen to be steady.</summary>
    public long LeastNs => Alike * SliceNs;

    /// <summary>The time in which one that varies can be.</summary>
    public long UsualNs => 2 * Half * SliceNs;

    private long EnoughNs { get; }

    /// <summary>Adds the rate of one slice; true when the connection is steady.</summary>
    /// <param name="rate">Bytes a nanosecond.</param>
    /// <param name="elapsedNs">Since the beginning.</param>
    public bool Add(double rate, long elapsedNs)
    {
        _rates.Add(rate);
        return elapsedNs >= EnoughNs || AreAlike() || NoLongerGrow();
    }

    private bool AreAlike()
    {
        if (_rates.Count < Alike)
        {
            return false;
        }

        double[] last = [.. _rates.TakeLast(Alike)];
        double median = Statistics.Median(last);
        return median > 0 && last.All(rate => Math.Abs(rate - median) <= Tolerance * median);
    }

    private bool NoLongerGrow()
    {
        if (_rates.Count < 2 * Half)
        {
            return false;
        }

        return IsAlike([.. _rates.TakeLast(2 * Half).Take(Half)], [.. _rates.TakeLast(Half)]);
    }

    /// <summary>
    /// True when the later rates are on average no different from the earlier ones: by 10 %, or by what their own scatter
    /// explains.
    /// </summary>
    public static bool IsAlike(ReadOnlySpan<double> earlier, ReadOnlySpan<double> later)
    {
        double mean = Statistics.Mean(earlier);
        double scatter = Math.Sqrt((Square(Statistics.StandardDeviation(earlier)) / earlier.Length)
            + (Square(Statistics.StandardDeviation(later)) / later.Length));
        return mean > 0
            && Math.Abs(Statistics.Mean(later) - mean) <= Math.Max(Tolerance * mean, Math.Min(Sigmas * scatter, mean / 2));
    }

    private static double Square(double value) => value * value;
}
