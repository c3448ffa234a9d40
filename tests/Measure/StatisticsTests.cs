using NetTools.Measure;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.Measure;

public class StatisticsTests
{
    [Theory]
    [InlineData(new double[] { 3 }, 3)]
    [InlineData(new double[] { 4, 1 }, 2.5)]
    [InlineData(new double[] { 9, 1, 5 }, 5)]
    [InlineData(new double[] { 1, 1000, 2, 3 }, 2.5)]
    public void The_median_is_the_middle(double[] samples, double expected)
    {
        double[] before = [.. samples];
        Assert.Equal(expected, Statistics.Median(samples));
        Assert.Equal(before, samples);
    }

    [Theory]
    [InlineData(0, 15)]
    [InlineData(0.25, 20)]
    [InlineData(0.4, 29)] // numpy.quantile([15, 20, 35, 40, 50], 0.4)
    [InlineData(1, 50)]
    public void Quantiles_are_those_of_numpy(double fraction, double expected) =>
        Assert.Equal(expected, Statistics.Quantile([50, 15, 40, 20, 35], fraction), 10);

    [Fact]
    public void Spread_measures_are_known()
    {
        Assert.Equal(5, Statistics.Mean([2, 4, 4, 4, 5, 5, 7, 9]));
        Assert.Equal(Math.Sqrt(32.0 / 7), Statistics.StandardDeviation([2, 4, 4, 4, 5, 5, 7, 9]), 12);
        Assert.Equal(0, Statistics.StandardDeviation([7]));
        Assert.Equal(1, Statistics.MedianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]));
    }

    [Fact]
    public void Nothing_can_be_said_of_no_samples()
    {
        Assert.Throws<ArgumentException>(() => Statistics.Median([]));
        Assert.Throws<ArgumentException>(() => Statistics.Mean([]));
        Assert.Throws<ArgumentException>(() => Statistics.Quantile([1], double.NaN));
    }

    [Fact]
    public void The_clock_moves_forward_and_its_cost_is_that_of_a_reading()
    {
        long before = Clock.Nanoseconds;
        double overhead = ClockOverhead.Measure();
        Assert.InRange(overhead, 1, 20_000);
        Assert.True(Clock.Nanoseconds > before);
    }

    [Theory]
    [InlineData(99, 0.99, false)]
    [InlineData(100, 0.99, true)]
    [InlineData(19, 0.05, false)]
    [InlineData(20, 0.95, true)]
    [InlineData(1, 0.5, true)]
    [InlineData(1, 1, true)]
    [InlineData(0, 0, false)]
    public void A_percentile_needs_a_sample_beyond_it(int count, double fraction, bool known) =>
        Assert.Equal(known,
            Statistics.KnownQuantile([.. Enumerable.Range(0, count).Select(i => (double)i)], fraction) is not null);
}
