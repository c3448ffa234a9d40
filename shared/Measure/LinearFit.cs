namespace NetTools.Measure;

/// <summary>A straight line through measured costs: a fixed cost and a cost for each unit.</summary>
/// <param name="Fixed">The cost at 0, in the unit of the samples.</param>
/// <param name="Slope">What one more unit costs.</param>
/// <param name="Misfit">
/// How far a typical median lies from the line, as a fraction of itself: above 0.1 or so it is not a line.
/// </param>
public readonly record struct LinearFit(MedianEstimate Fixed, MedianEstimate Slope, double Misfit)
{
    /// <summary>
    /// Least squares of relative errors (weights 1/y²), for costs over several decades, where the plain method would see only the
    /// largest. A line is drawn through the samples of each block; the fit is the median of these lines.
    /// </summary>
    /// <remarks>
    /// The intervals are of the noise alone: they say how well the growth is known, and <see cref="Misfit"/> says apart from that
    /// whether a straight line describes it.
    /// </remarks>
    /// <param name="places">The sizes measured at, at least two different ones.</param>
    /// <param name="samples">The positive samples at each, one a block; blocks that not all places have are left out.</param>
    /// <exception cref="ArgumentException">
    /// The lengths differ, samples are missing or not positive, or all places are the same.
    /// </exception>
    public static LinearFit Relative(ReadOnlySpan<double> places, IReadOnlyList<double[]> samples)
    {
        int blocks = samples.Count == 0 || places.Length != samples.Count ? 0 : samples.Min(values => values.Length);
        if (blocks == 0)
        {
            throw new ArgumentException("a fit needs samples at each place");
        }

        double[] fixedCosts = new double[blocks];
        double[] slopes = new double[blocks];
        double[] costs = new double[samples.Count];
        double[] medians = [.. samples.Select(values => Statistics.Median(values))];
        for (int block = 0; block < blocks; block++)
        {
            for (int i = 0; i < costs.Length; i++)
            {
                costs[i] = samples[i][block];
            }

            (fixedCosts[block], slopes[block]) = Line(places, costs, medians);
        }

        MedianEstimate fixedCost = MedianEstimate.Of(fixedCosts);
        MedianEstimate slope = MedianEstimate.Of(slopes);
        double misfit = 0;
        for (int i = 0; i < costs.Length; i++)
        {
            double relative = (medians[i] - fixedCost.Value - (slope.Value * places[i])) / medians[i];
            misfit += relative * relative / costs.Length;
        }

        return new(fixedCost, slope, Math.Sqrt(misfit));
    }

    private static (double Fixed, double Slope) Line(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> scale)
    {
        double weights = 0, meanX = 0, meanY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double weight = y[i] > 0 ? 1 / (scale[i] * scale[i])
                : throw new ArgumentException("a relative fit needs positive costs");
            weights += weight;
            meanX += weight * x[i];
            meanY += weight * y[i];
        }

        meanX /= weights;
        meanY /= weights;
        double squares = 0, products = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double weighted = (x[i] - meanX) / (scale[i] * scale[i]);
            squares += weighted * (x[i] - meanX);
            products += weighted * (y[i] - meanY);
        }

        double slope = squares > 0 ? products / squares : throw new ArgumentException("a fit needs two different places");
        return (meanY - (slope * meanX), slope);
    }
}
