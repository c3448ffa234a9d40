namespace NetTools.Measure;

/// <summary>A straight line through measured points: a fixed cost and a cost for each unit.</summary>
/// <param name="Fixed">The value at 0, in the unit of the values.</param>
/// <param name="FixedInterval">Its 95 % interval.</param>
/// <param name="Slope">The growth for one more unit.</param>
/// <param name="SlopeInterval">Its 95 % interval.</param>
/// <param name="RelativeError">The typical distance of a point from the line, as a fraction of the point (0.05 is 5 %).</param>
public readonly record struct LinearFit(
    double Fixed, Interval FixedInterval, double Slope, Interval SlopeInterval, double RelativeError)
{
    /// <summary>
    /// Least squares of relative errors (weights 1/y²): for costs over several decades, where the plain method would see
    /// only the largest points.
    /// </summary>
    /// <remarks>
    /// The intervals are Student's, from the distance of the points to the line; so they widen both for noise and for points that do not lie on
    /// a line. Two points leave no distance to judge by: their intervals are infinite.
    /// </remarks>
    /// <param name="x">At least two different places.</param>
    /// <param name="y">The values there, all positive.</param>
    /// <exception cref="ArgumentException">The lengths differ, a value is not positive, or all x are the same.</exception>
    public static LinearFit Relative(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
        {
            throw new ArgumentException("a fit needs a value at each place");
        }

        double weights = 0, meanX = 0, meanY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double weight = y[i] > 0 ? 1 / (y[i] * y[i]) : throw new ArgumentException("a relative fit needs positive values");
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

        if (!(squares > 0))
        {
            throw new ArgumentException("a fit needs two different places");
        }

        double slope = products / squares;
        double fixedCost = meanY - (slope * meanX);
        if (x.Length == 2)
        {
            Interval anything = new(double.NegativeInfinity, double.PositiveInfinity);
            return new(fixedCost, anything, slope, anything, 0);
        }

        double residuals = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double relative = (y[i] - fixedCost - (slope * x[i])) / y[i];
            residuals += relative * relative;
        }

        double variance = residuals / (x.Length - 2);
        double spread = SpecialFunctions.Student95(x.Length - 2);
        double slopeError = spread * Math.Sqrt(variance / squares);
        double fixedError = spread * Math.Sqrt(variance * ((1 / weights) + (meanX * meanX / squares)));
        return new(
            fixedCost, new(fixedCost - fixedError, fixedCost + fixedError),
            slope, new(slope - slopeError, slope + slopeError), Math.Sqrt(variance));
    }
}
