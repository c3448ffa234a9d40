using Bogus;
using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public class LinearFitTests
{
    private static readonly double[] Places = [1, 10, 30, 100, 300, 1000, 3000, 9000];

    [Fact]
    public void A_line_is_found_exactly()
    {
        LinearFit fit = LinearFit.Relative(Places, [.. Places.Select(x => 250 + (120 * x))]);
        Assert.Equal(250, fit.Fixed, 6);
        Assert.Equal(120, fit.Slope, 9);
        Assert.InRange(fit.RelativeError, 0, 1e-9);
        Assert.True(fit.SlopeInterval.High - fit.SlopeInterval.Low < 1e-6);
    }

    [Fact]
    public void The_intervals_cover_the_truth_nineteen_times_in_twenty()
    {
        Randomizer random = new(31);
        int slopes = 0;
        int fixeds = 0;
        for (int trial = 0; trial < 400; trial++)
        {
            LinearFit fit = LinearFit.Relative(Places, [.. Places.Select(x => (300 + (2 * x)) * (1 + (0.05 * Gauss(random))))]);
            slopes += fit.SlopeInterval.Contains(2) ? 1 : 0;
            fixeds += fit.FixedInterval.Contains(300) ? 1 : 0;
        }

        Assert.InRange(slopes, 360, 400);
        Assert.InRange(fixeds, 360, 400);
    }

    [Fact]
    public void No_growth_has_an_interval_that_spans_zero()
    {
        Randomizer random = new(8);
        LinearFit fit = LinearFit.Relative(Places, [.. Places.Select(_ => 330 * (1 + (0.03 * Gauss(random))))]);
        Assert.True(fit.SlopeInterval.Contains(0));
        Assert.InRange(fit.Fixed, 310, 350);
    }

    [Fact]
    public void Two_points_make_a_line_but_no_interval()
    {
        LinearFit fit = LinearFit.Relative([10, 20], [100, 150]);
        Assert.Equal(50, fit.Fixed, 9);
        Assert.Equal(5, fit.Slope, 9);
        Assert.True(double.IsInfinity(fit.SlopeInterval.High));
    }

    [Fact]
    public void What_cannot_be_fitted_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1], [1]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([5, 5], [1, 2]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1, 2], [1, 0]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1, 2], [1]));
    }

    [Theory] // tables of Student's distribution
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.302653)]
    [InlineData(10, 2.228139)]
    [InlineData(100, 1.983972)]
    public void Student_is_that_of_the_tables(int degrees, double expected) =>
        Assert.Equal(expected, SpecialFunctions.Student95(degrees), 4);

    private static double Gauss(Randomizer random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.Double())) * Math.Cos(2 * Math.PI * random.Double());
}
