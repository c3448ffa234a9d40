using HdrHistogram;
using HdrHistogram.Iteration;

namespace NetTools.Measure;

/// <summary>
/// Latencies in nanoseconds, kept to three significant digits however far apart they are (HdrHistogram). Recording allocates
/// nothing. Values from 1 ns to an hour; what is outside is recorded as the nearest of the two.
/// </summary>
public sealed class LatencyHistogram
{
    private const long Longest = 3_600_000_000_000;
    private const double NsPerUs = 1000;
    private const int Digits = 3;

    private readonly LongHistogram _histogram = new(Longest, numberOfSignificantValueDigits: Digits);
    private long _min = long.MaxValue;
    private long _max;
    private double _sum;

    /// <summary>How many were recorded.</summary>
    public long Count => _histogram.TotalCount;

    /// <summary>The shortest, in nanoseconds, exactly; 0 when there is none.</summary>
    public long Min => Count == 0 ? 0 : _min;

    /// <summary>The longest, in nanoseconds, exactly; 0 when there is none.</summary>
    public long Max => _max;

    /// <summary>The mean, in nanoseconds, exactly; 0 when there is none.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>Records one latency in nanoseconds.</summary>
    public void Record(long nanoseconds)
    {
        long value = Math.Clamp(nanoseconds, 1, Longest);
        _histogram.RecordValue(value);
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
        _sum += value;
    }

    /// <summary>Records the same latency several times.</summary>
    public void Record(long nanoseconds, long count)
    {
        long value = Math.Clamp(nanoseconds, 1, Longest);
        _histogram.RecordValueWithCount(value, count);
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
        _sum += (double)value * count;
    }

    /// <summary>
    /// The latency, in nanoseconds, that at least <paramref name="percent"/> of all do not exceed; 0 when there is none.
    /// </summary>
    /// <param name="percent">0 to 100.</param>
    public long Percentile(double percent)
    {
        if (Count == 0)
        {
            return 0;
        }

        // The library rounds the rank to the nearest, which is one too low half the time; the others round it up, as this does.
        double rank = Math.Max(Math.Ceiling(Math.BitDecrement(percent) * Count / 100), 1);
        return Math.Min(_histogram.GetValueAtPercentile(100 * rank / Count), _max);
    }

    /// <summary>The same in microseconds.</summary>
    public double PercentileUs(double percent) => Percentile(percent) / NsPerUs;

    /// <summary>How many were at most so long, to the resolution.</summary>
    public long CountUpTo(long nanoseconds)
    {
        long last = _histogram.HighestEquivalentValue(nanoseconds);
        return _histogram.RecordedValues()
            .TakeWhile(value => value.ValueIteratedTo <= last).Sum(value => value.CountAddedInThisIterationStep);
    }

    /// <summary>Those longer than a limit, to the resolution; null when there are none.</summary>
    public LatencyHistogram? Above(long nanoseconds)
    {
        if (Min > nanoseconds)
        {
            return this;
        }

        LatencyHistogram rest = new();
        long last = _histogram.HighestEquivalentValue(nanoseconds);
        foreach (HistogramIterationValue value in _histogram.RecordedValues()
            .Where(value => value.ValueIteratedTo > last && value.CountAddedInThisIterationStep > 0))
        {
            rest.Record(Math.Min(value.ValueIteratedTo, _max), value.CountAddedInThisIterationStep);
        }

        return rest.Count == 0 ? null : rest;
    }

    /// <summary>Adds the latencies of another.</summary>
    public void Add(LatencyHistogram other)
    {
        _histogram.Add(other._histogram);
        _min = Math.Min(_min, other._min);
        _max = Math.Max(_max, other._max);
        _sum += other._sum;
    }

    /// <summary>Writes everything recorded, so that another process can add it to its own.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_min);
        writer.Write(_max);
        writer.Write(_sum);
        foreach (HistogramIterationValue value in _histogram.RecordedValues())
        {
            writer.Write7BitEncodedInt64(value.CountAddedInThisIterationStep);
            writer.Write7BitEncodedInt64(value.ValueIteratedTo);
        }

        writer.Write7BitEncodedInt64(0);
    }

    /// <summary>Adds what <see cref="Save"/> wrote.</summary>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    public void AddSaved(BinaryReader reader)
    {
        _min = Math.Min(_min, reader.ReadInt64());
        _max = Math.Max(_max, reader.ReadInt64());
        _sum += reader.ReadDouble();
        for (long count = reader.Read7BitEncodedInt64(); count > 0; count = reader.Read7BitEncodedInt64())
        {
            _histogram.RecordValueWithCount(Math.Clamp(reader.Read7BitEncodedInt64(), 1, Longest), count);
        }
    }

    /// <summary>Everything recorded in HdrHistogram's compressed form, version 2, which its log files hold in base64.</summary>
    public byte[] Compress() => HistogramCodec.Compress(
        _histogram.RecordedValues().Select(value => (value.ValueIteratedTo, value.CountAddedInThisIterationStep)), Digits,
        Longest);

    /// <summary>Adds what <see cref="Compress"/> or another HdrHistogram wrote; values are those of its buckets.</summary>
    /// <exception cref="FormatException">It is not such a histogram.</exception>
    public void AddCompressed(byte[] bytes)
    {
        foreach ((long value, long count) in HistogramCodec.Decompress(bytes))
        {
            Record(value, count);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        _histogram.Reset();
        _min = long.MaxValue;
        _max = 0;
        _sum = 0;
    }

    /// <summary>
    /// Writes the percentile distribution in the .hgrm form that HdrHistogram's plotter reads, in microseconds.
    /// </summary>
    public void WriteHgrm(TextWriter writer) =>
        _histogram.OutputPercentileDistribution(writer, percentileTicksPerHalfDistance: 5, outputValueUnitScalingRatio: NsPerUs);
}
