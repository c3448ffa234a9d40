namespace NetTools.Measure;

/// <summary>
/// Intervals by resampling with replacement (Efron, 1979): no assumption about the shape of the distribution, which for
/// times is never the normal one.
/// </summary>
/// <remarks>
/// Percentile intervals. Each call starts from the same seed, so that the same samples always give the same
/// interval. A single sample gives an interval of no width: it says nothing about the spread.
/// </remarks>
public static class Bootstrap
{
    private const int Resamples = 2000;
    private const int Seed = 20_220_119;

    /// <summary>The median and its interval.</summary>
    /// <param name="samples">Independent samples, in any order.</param>
    /// <param name="confidence">The level of the interval, between 0 and 1.</param>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static Estimate Median(ReadOnlySpan<double> samples, double confidence = Estimate.Usual) =>
        new(Statistics.Median(samples), Percentiles(Medians(samples, new Random(Seed)), confidence)) { Confidence = confidence };

    /// <summary>
    /// The median of the differences <c>b - a</c> within pairs, and its interval: for arms measured side by side in the
    /// same blocks, where a slow moment of the machine strikes both and cancels.
    /// </summary>
    /// <param name="a">The arm compared with, one sample a block.</param>
    /// <param name="b">The arm compared, in the same blocks.</param>
    /// <param name="confidence">The level of the interval, between 0 and 1.</param>
    /// <exception cref="ArgumentException">There are no samples, or the arms are not of one length.</exception>
    public static Estimate PairedDifference(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double confidence = Estimate.Usual)
    {
        if (a.Length != b.Length)
        {
            throw new ArgumentException("pairs need as many samples in one arm as in the other");
        }

        double[] differences = new double[a.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = b[i] - a[i];
        }

        return Median(differences, confidence);
    }

    /// <summary>What lies between the tails; sorts the values.</summary>
    private static Interval Percentiles(double[] values, double confidence = Estimate.Usual)
    {
        double tail = (1 - confidence) / 2;
        Array.Sort(values);
        return new(Statistics.SortedQuantile(values, tail), Statistics.SortedQuantile(values, 1 - tail));
    }

    /// <summary>The medians of the resamples: counted by rank, so that no resample needs sorting.</summary>
    private static double[] Medians(ReadOnlySpan<double> samples, Random random)
    {
        double[] sorted = samples.ToArray();
        Array.Sort(sorted);
        int[] drawn = new int[sorted.Length];
        double[] medians = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            Array.Clear(drawn);
            for (int draw = 0; draw < sorted.Length; draw++)
            {
                drawn[random.Next(sorted.Length)]++;
            }

            int middle = (sorted.Length - 1) / 2; // of the two middle ones when the length is even, the lower
            int rank = 0;
            int seen = drawn[0];
            while (seen <= middle)
            {
                seen += drawn[++rank];
            }

            int above = rank;
            while (seen <= sorted.Length / 2)
            {
                seen += drawn[++above];
            }

            medians[i] = (sorted[rank] + sorted[above]) / 2;
        }

        return medians;
    }
}
