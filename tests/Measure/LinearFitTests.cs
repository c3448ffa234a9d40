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
        LinearFit fit = LinearFit.Relative(Places, [.. Places.Select(x => Enumerable.Repeat(250 + (120 * x), 6).ToArray())]);
        Assert.Equal(250, fit.Fixed.Value, 6);
        Assert.Equal(120, fit.Slope.Value, 9);
        Assert.InRange(fit.Misfit, 0, 1e-9);
        Assert.True(fit.Slope.Interval!.Value.High - fit.Slope.Interval!.Value.Low < 1e-6);
    }

    [Fact]
    public void The_intervals_cover_the_truth_about_nineteen_times_in_twenty()
    {
        Randomizer random = new(31);
        int slopes = 0;
        int fixeds = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            LinearFit fit = LinearFit.Relative(Places, Noisy(random, x => 300 + (2 * x), 0.05));
            slopes += fit.Slope.Interval!.Value.Contains(2) ? 1 : 0;
            fixeds += fit.Fixed.Interval!.Value.Contains(300) ? 1 : 0;
        }

        Assert.InRange(slopes, 176, 200);
        Assert.InRange(fixeds, 176, 200);
    }

    [Fact]
    public void Few_blocks_give_a_line_and_no_interval()
    {
        LinearFit fit = LinearFit.Relative(Places, [.. Places.Select(x => new[] { 250 + (120 * x), 260 + (130 * x), 1 })]);
        Assert.Null(fit.Slope.Interval);
        Assert.Equal(3, fit.Slope.Count);
    }

    [Fact]
    public void No_growth_has_an_interval_that_spans_zero()
    {
        LinearFit fit = LinearFit.Relative(Places, Noisy(new Randomizer(8), _ => 330, 0.03));
        Assert.True(fit.Slope.Interval!.Value.Contains(0));
        Assert.InRange(fit.Fixed.Value, 320, 340);
    }

    [Fact]
    public void A_curve_is_told_by_its_misfit_and_still_grows()
    {
        LinearFit fit = LinearFit.Relative(Places, Noisy(new Randomizer(9), x => 300 + (60 * x) + (x * x / 50), 0.02));
        Assert.InRange(fit.Misfit, 0.1, 1);
        Assert.True(fit.Slope.Interval!.Value.Low > 50);
    }

    [Fact]
    public void What_cannot_be_fitted_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1], [[1]]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([5, 5], [[1], [2]]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1, 2], [[1], [0]]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1, 2], [[1]]));
        Assert.Throws<ArgumentException>(() => LinearFit.Relative([1, 2], [[1], []]));
    }

    private static double[][] Noisy(Randomizer random, Func<double, double> cost, double noise) =>
        [.. Places.Select(x => Enumerable.Range(0, 15).Select(_ => cost(x) * (1 + (noise * Gauss(random)))).ToArray())];

    private static double Gauss(Randomizer random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.Double())) * Math.Cos(2 * Math.PI * random.Double());
}
