namespace NetTools.Measure;

/// <summary>The median of independent samples, one a block, and how well it is known.</summary>
/// <param name="Value">The median, in the unit of the samples.</param>
/// <param name="Interval">
/// The interval of the median at the stated confidence; null where the sample is too small to carry one.
/// </param>
/// <param name="Range">The smallest and the largest sample.</param>
/// <param name="Count">The number of samples.</param>
public readonly record struct MedianEstimate(double Value, Interval? Interval, Interval Range, int Count)
{
    /// <summary>The level of <see cref="Interval"/>, between 0 and 1.</summary>
    public double Confidence { get; init; } = UsualConfidence;

    /// <summary>The least number of samples that carry an interval: 95 % need six, and fewer are not trusted with less.</summary>
    public const int FewestSamples = 6;

    /// <summary>The level of the interval when none is named.</summary>
    public const double UsualConfidence = 0.95;

    /// <summary>
    /// Estimates a median. The interval runs from the k-th smallest to the k-th largest sample, with the largest k for which the
    /// binomial distribution promises the confidence: exact for every continuous distribution, at least that for any other.
    /// </summary>
    /// <param name="samples">Independent samples, in any order.</param>
    /// <param name="confidence">The level of the interval, between 0 and 1.</param>
    /// <exception cref="ArgumentException">There are no samples.</exception>
    public static MedianEstimate Of(ReadOnlySpan<double> samples, double confidence = UsualConfidence)
    {
        double[] sorted = samples.ToArray();
        Array.Sort(sorted);
        double median = Statistics.SortedQuantile(sorted, 0.5);
        int rank = Rank(sorted.Length, confidence);
        return new(median, rank == 0 ? null : new Interval(sorted[rank - 1], sorted[^rank]), new(sorted[0], sorted[^1]),
            sorted.Length)
        {
            Confidence = confidence,
        };
    }

    /// <summary>The median of the differences <c>b - a</c> within blocks: what strikes both arms of a block cancels.</summary>
    /// <param name="a">The arm compared with, one sample a block.</param>
    /// <param name="b">The arm compared, in the same blocks.</param>
    /// <param name="confidence">The level of the interval, between 0 and 1.</param>
    /// <exception cref="ArgumentException">There are no samples, or the arms differ in length.</exception>
    public static MedianEstimate OfDifference(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, double confidence = UsualConfidence) =>
        Of(Paired(a, b, static (x, y) => y - x), confidence);

    /// <summary>The median of the relative differences <c>b / a - 1</c> within blocks: 0.03 is 3 % more.</summary>
    /// <remarks>The samples of <paramref name="a"/> are positive.</remarks>
    /// <inheritdoc cref="OfDifference"/>
    public static MedianEstimate OfRelativeDifference(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, double confidence = UsualConfidence) =>
        Of(Paired(a, b, static (x, y) => (y / x) - 1), confidence);

    /// <summary>
    /// The rank k of the samples that bound the interval, counted from 1 at either end; 0 when even the smallest and the largest
    /// do not reach the confidence. For 95 %: 0 below 6 samples, 1 from 6, 2 from 9, 3 from 12.
    /// </summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    public static int Rank(int count, double confidence = UsualConfidence)
    {
        if (confidence is not (> 0 and < 1))
        {
            throw new ArgumentException("a confidence lies between 0 and 1");
        }

        if (count < FewestSamples)
        {
            return 0;
        }

        double tail = (1 - confidence) / 2;
        double logarithm = -count * Math.Log(2); // of the chance that exactly `rank` samples lie below the median
        double below = 0;
        for (int rank = 0; rank < count; rank++)
        {
            below += Math.Exp(logarithm);
            if (below > tail || 2 * rank >= count)
            {
                return rank;
            }

            logarithm += Math.Log((double)(count - rank) / (rank + 1));
        }

        return 0;
    }

    private static double[] Paired(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Func<double, double, double> compare)
    {
        if (a.Length != b.Length)
        {
            throw new ArgumentException("pairs need as many samples in one arm as in the other");
        }

        double[] differences = new double[a.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = compare(a[i], b[i]);
        }

        return differences;
    }
}
