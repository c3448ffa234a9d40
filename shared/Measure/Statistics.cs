namespace NetTools.Measure;

/// <summary>The middle and the spread of a sample. None of these change their input.</summary>
public static class Statistics
{
    /// <summary>The middle value, or the mean of the two middle ones.</summary>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static double Median(ReadOnlySpan<double> samples) => Quantile(samples, 0.5);

    /// <summary>
    /// The value below which a fraction of the samples lie, linear between neighbours (type 7 of Hyndman and Fan, 1996,
    /// which numpy and R use).
    /// </summary>
    /// <param name="samples">In any order.</param>
    /// <param name="fraction">0 to 1.</param>
    /// <exception cref="ArgumentException">There are no samples, or the fraction is outside 0 to 1.</exception>
    public static double Quantile(ReadOnlySpan<double> samples, double fraction)
    {
        double[] sorted = samples.ToArray();
        Array.Sort(sorted);
        return SortedQuantile(sorted, fraction);
    }

    /// <summary><see cref="Quantile"/> of samples that are sorted already.</summary>
    /// <inheritdoc cref="Quantile"/>
    public static double SortedQuantile(ReadOnlySpan<double> sorted, double fraction)
    {
        if (sorted.Length == 0 || fraction is not (>= 0 and <= 1))
        {
            throw new ArgumentException("a quantile needs samples and a fraction from 0 to 1");
        }

        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>
    /// As <see cref="SortedQuantile"/>, but null where fewer than one sample lies beyond it on the thinner side: the 99th
    /// percentile of ten samples would be a guess between the two largest.
    /// </summary>
    /// <param name="sorted">In ascending order.</param>
    /// <param name="fraction">0 to 1; 0 and 1 are the smallest and the largest sample, and always known.</param>
    public static double? KnownQuantile(ReadOnlySpan<double> sorted, double fraction)
    {
        double beyond = Math.Min(fraction, 1 - fraction) * sorted.Length;
        return sorted.Length == 0 || (fraction is > 0 and < 1 and not 0.5 && beyond < 1 - 1e-9) ? null
            : SortedQuantile(sorted, fraction);
    }

    /// <summary>The arithmetic mean.</summary>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static double Mean(ReadOnlySpan<double> samples)
    {
        if (samples.Length == 0)
        {
            throw new ArgumentException("a mean needs samples");
        }

        double sum = 0;
        foreach (double sample in samples)
        {
            sum += sample;
        }

        return sum / samples.Length;
    }

    /// <summary>The sample standard deviation (divided by n - 1); 0 for a single sample.</summary>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static double StandardDeviation(ReadOnlySpan<double> samples)
    {
        double mean = Mean(samples);
        double squares = 0;
        foreach (double sample in samples)
        {
            squares += (sample - mean) * (sample - mean);
        }

        return samples.Length > 1 ? Math.Sqrt(squares / (samples.Length - 1)) : 0;
    }

    /// <summary>The median distance from the median: a spread that outliers do not move.</summary>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static double MedianAbsoluteDeviation(ReadOnlySpan<double> samples)
    {
        double median = Median(samples);
        double[] distances = new double[samples.Length];
        for (int i = 0; i < distances.Length; i++)
        {
            distances[i] = Math.Abs(samples[i] - median);
        }

        return Median(distances);
    }
}
