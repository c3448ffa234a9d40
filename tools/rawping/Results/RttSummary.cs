namespace NetTools.RawPing.Results;

/// <summary>Round-trip times in ns: exact sums, and percentiles that are exact for the first 10,000 samples.</summary>
internal sealed class RttSummary
{
    /// <summary>Beyond this many samples percentiles come from a histogram, so memory is bounded.</summary>
    public const int ExactSamples = 10_000;

    // Made for the second sample: of the many hosts of a sweep most have one.
    private List<long>? _samples;
    private TimeHistogram? _histogram;
    private bool _sorted = true;
    private double _mean;
    private double _squares;

    public long Count { get; private set; }

    public long Min { get; private set; } = long.MaxValue;

    public long Max { get; private set; }

    public double Average => _mean;

    /// <summary>The standard deviation of all samples, as ping calls it: the root of the mean squared distance.</summary>
    public double Mdev => Count == 0 ? 0 : Math.Sqrt(_squares / Count);

    /// <summary>Adds a time; 0 or more.</summary>
    public void Add(long nanoseconds)
    {
        Count++;
        Min = Math.Min(Min, nanoseconds);
        Max = Math.Max(Max, nanoseconds);
        double distance = nanoseconds - _mean; // Welford: no difference of two large sums
        _mean += distance / Count;
        _squares += distance * (nanoseconds - _mean);
        if (_histogram is not null)
        {
            _histogram.Add(nanoseconds);
            return;
        }

        if (Count == 1)
        {
            return;
        }

        _samples ??= [Min == nanoseconds ? Max : Min]; // the first of the two
        _samples.Add(nanoseconds);
        _sorted = false;
        if (_samples.Count == ExactSamples)
        {
            _histogram = new TimeHistogram();
            _samples.ForEach(_histogram.Add);
            _samples = null;
        }
    }

    /// <summary>The time that a share of the samples does not exceed (nearest rank).</summary>
    /// <param name="percent">Above 0, up to 100.</param>
    public long Percentile(double percent)
    {
        if (Count <= 1)
        {
            return Max;
        }

        long rank = Math.Clamp((long)Math.Ceiling(percent / 100 * Count), 1, Count);
        if (_histogram is not null)
        {
            return rank == Count ? Max : Math.Clamp(_histogram.AtRank(rank), Min, Max);
        }

        if (!_sorted)
        {
            _samples!.Sort();
            _sorted = true;
        }

        return _samples![(int)rank - 1];
    }

    /// <summary>How many samples lie in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public long CountBetween(long from, long to)
    {
        bool Within(long time) => time >= from && time < to;
        return _histogram?.CountBetween(from, to) ?? _samples?.Count(Within) ?? (Count == 1 && Within(Max) ? 1 : 0);
    }
}
