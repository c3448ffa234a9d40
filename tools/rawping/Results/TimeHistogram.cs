using System.Numerics;

namespace NetTools.RawPing.Results;

/// <summary>Counts times in buckets that grow with the time, so that any of them is known to 0.4 % in 60 KB.</summary>
internal sealed class TimeHistogram
{
    private const int PrecisionBits = 8;
    private const int BucketsPerOctave = 1 << (PrecisionBits - 1);

    private readonly long[] _counts = new long[(64 - PrecisionBits + 1) * BucketsPerOctave + BucketsPerOctave];

    /// <summary>Counts a time; 0 or more.</summary>
    public void Add(long nanoseconds) => _counts[Index(nanoseconds)]++;

    /// <summary>The time of the sample at a rank, to within half a bucket.</summary>
    /// <param name="rank">1 to the number of samples.</param>
    public long AtRank(long rank)
    {
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return Middle(i);
            }
        }

        return 0;
    }

    /// <summary>
    /// How many times lie in [<paramref name="from"/>, <paramref name="to"/>), by the middles of their buckets.
    /// </summary>
    public long CountBetween(long from, long to)
    {
        long count = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0 && Middle(i) is long middle && middle >= from && middle < to)
            {
                count += _counts[i];
            }
        }

        return count;
    }

    // Below 2^8 every value has its own bucket; each octave above has 2^7.
    private static int Index(long value)
    {
        int shift = Math.Max(0, 64 - BitOperations.LeadingZeroCount((ulong)value) - PrecisionBits);
        return shift * BucketsPerOctave + (int)(value >> shift);
    }

    private static long Middle(int index)
    {
        if (index < 2 * BucketsPerOctave)
        {
            return index;
        }

        int shift = index / BucketsPerOctave - 1;
        long low = (long)(index - shift * BucketsPerOctave) << shift;
        return low + (1L << shift >> 1);
    }
}
