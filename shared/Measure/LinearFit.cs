namespace NetTools.Measure;

/// <summary>A straight line through measured costs: a fixed cost and a cost for each unit.</summary>
/// <param name="Fixed">The cost at 0, in the unit of the samples.</param>
/// <param name="FixedInterval">Its 95 % interval.</param>
/// <param name="Slope">What one more unit costs.</param>
/// <param name="SlopeInterval">Its 95 % interval.</param>
/// <param name="Misfit">How far a typical median lies from the line, as a fraction of itself: above 0.1 or so it is not a line.</param>
public readonly record struct LinearFit(double Fixed, Interval FixedInterval, double Slope, Interval SlopeInterval, double Misfit)
{
    /// <summary>
    /// Least squares of relative errors (weights 1/y²) through the medians: for costs over several decades, where the plain method
    /// would see only the largest.
    /// </summary>
    /// <remarks>
    /// The intervals are of the noise alone, by drawing the samples at each place again: they say how well the growth is known, and
    /// <see cref="Misfit"/> says apart from that whether a straight line describes it.
    /// </remarks>
    /// <param name="places">The sizes at which was measured, at least two different ones.</param>
    /// <param name="samples">The samples at each, with a positive median.</param>
    /// <exception cref="ArgumentException">The lengths differ, samples are missing or not positive, or all places are the same.</exception>
    public static LinearFit Relative(ReadOnlySpan<double> places, IReadOnlyList<double[]> samples)
    {
        if (places.Length != samples.Count)
        {
            throw new ArgumentException("a fit needs samples at each place");
        }

        double[] medians = [.. samples.Select(values => Statistics.Median(values))];
        (double fixedCost, double slope) = Line(places, medians);
        double misfit = 0;
        for (int i = 0; i < medians.Length; i++)
        {
            double relative = (medians[i] - fixedCost - (slope * places[i])) / medians[i];
            misfit += relative * relative / medians.Length;
        }

        double[][] drawn = Bootstrap.MedianResamples(samples);
        double[] fixedCosts = new double[drawn[0].Length];
        double[] slopes = new double[drawn[0].Length];
        for (int draw = 0; draw < slopes.Length; draw++)
        {
            for (int i = 0; i < medians.Length; i++)
            {
                medians[i] = drawn[i][draw];
            }

            (fixedCosts[draw], slopes[draw]) = Line(places, medians);
        }

        return new(fixedCost, Bootstrap.Percentiles(fixedCosts), slope, Bootstrap.Percentiles(slopes), Math.Sqrt(misfit));
    }

    private static (double Fixed, double Slope) Line(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double weights = 0, meanX = 0, meanY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double weight = y[i] > 0 ? 1 / (y[i] * y[i]) : throw new ArgumentException("a relative fit needs positive costs");
            weights += weight;
            meanX += weight * x[i];
            meanY += weight * y[i];
        }

        meanX /= weights;
        meanY /= weights;
        double squares = 0, products = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double weighted = (x[i] - meanX) / (y[i] * y[i]);
            squares += weighted * (x[i] - meanX);
            products += weighted * (y[i] - meanY);
        }

        double slope = squares > 0 ? products / squares : throw new ArgumentException("a fit needs two different places");
        return (meanY - (slope * meanX), slope);
    }
}
