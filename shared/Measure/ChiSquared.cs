namespace NetTools.Measure;

/// <summary>Pearson's chi-squared test: do counts differ from even shares by more than chance?</summary>
/// <param name="Statistic">The sum of (observed - expected)² / expected.</param>
/// <param name="DegreesOfFreedom">The number of counts less one.</param>
/// <param name="PValue">The chance of a statistic at least this large when the true shares are even.</param>
public readonly record struct ChiSquared(double Statistic, int DegreesOfFreedom, double PValue)
{
    /// <summary>True when the counts are as even as chance would make them: a p-value of at least 0.05.</summary>
    public bool IsEven => PValue >= 0.05;

    /// <summary>Tests counts against equal shares.</summary>
    /// <param name="counts">At least two counts, not all zero. The test is sound when each expected share is 5 or more.</param>
    /// <exception cref="ArgumentException">There are fewer than two counts, a negative one, or all are zero.</exception>
    public static ChiSquared Evenness(ReadOnlySpan<long> counts)
    {
        double total = 0;
        foreach (long count in counts)
        {
            total += count >= 0 ? count : throw new ArgumentException("a count is negative");
        }

        if (counts.Length < 2 || total == 0)
        {
            throw new ArgumentException("evenness needs at least two counts that are not all zero");
        }

        double expected = total / counts.Length;
        double statistic = 0;
        foreach (long count in counts)
        {
            statistic += (count - expected) * (count - expected) / expected;
        }

        int degrees = counts.Length - 1;
        return new(statistic, degrees, UpperTail(statistic, degrees));
    }

    /// <summary>The chance that a chi-squared variable exceeds <paramref name="statistic"/>.</summary>
    /// <param name="statistic">0 or more.</param>
    /// <param name="degreesOfFreedom">1 or more.</param>
    public static double UpperTail(double statistic, int degreesOfFreedom) =>
        SpecialFunctions.UpperGamma(degreesOfFreedom / 2.0, statistic / 2);
}
