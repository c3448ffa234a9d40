using Bogus;
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
        Assert.Throws<ArgumentException>(() => Bootstrap.Median([]));
    }

    [Fact]
    public void The_clock_moves_forward_and_its_cost_is_that_of_a_reading()
    {
        long before = Clock.Nanoseconds;
        double overhead = ClockOverhead.Measure();
        Assert.InRange(overhead, 1, 20_000);
        Assert.True(Clock.Nanoseconds > before);
    }

    [Fact]
    public void The_bootstrap_interval_of_a_median_covers_the_truth_nineteen_times_in_twenty()
    {
        Randomizer random = new(4711);
        int covered = 0;
        for (int trial = 0; trial < 400; trial++)
        {
            // Exponential times with median ln 2: skewed, as times are.
            double[] samples = [.. Enumerable.Range(0, 41).Select(_ => -Math.Log(1 - random.Double()))];
            covered += Bootstrap.Median(samples).Interval.Contains(Math.Log(2)) ? 1 : 0;
        }

        Assert.InRange(covered, 360, 396);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(100)]
    public void The_bootstrap_lies_within_the_samples_and_repeats(int count)
    {
        double[] samples = [.. Enumerable.Range(1, count).Select(i => (double)i)];
        Estimate estimate = Bootstrap.Median(samples);
        Assert.Equal(Statistics.Median(samples), estimate.Value);
        Assert.InRange(estimate.Interval.Low, 1, estimate.Value);
        Assert.InRange(estimate.Interval.High, estimate.Value, count);
        Assert.Equal(estimate, Bootstrap.Median(samples));
    }

    [Theory]
    [InlineData(0.5, 47, 55)]
    [InlineData(0.8, 44, 58)]
    [InlineData(0.99, 38, 64)]
    public void More_confidence_is_a_wider_interval(double confidence, double low, double high)
    {
        // The ranks of the binomial's quantiles: 101 samples, standard deviation 5.02 ranks.
        Estimate estimate = Bootstrap.Median([.. Enumerable.Range(1, 101).Select(i => (double)i)], confidence);
        Assert.Equal(confidence, estimate.Confidence);
        Assert.InRange(estimate.Interval.Low, low - 1.5, low + 1.5);
        Assert.InRange(estimate.Interval.High, high - 1.5, high + 1.5);
    }

    [Fact]
    public void The_bootstrap_agrees_with_the_exact_interval_of_order_statistics()
    {
        // Of 101 samples the binomial interval of the median is the 41st to the 61st; the bootstrap's is within a rank or two.
        Interval interval = Bootstrap.Median([.. Enumerable.Range(1, 101).Select(i => (double)i)]).Interval;
        Assert.InRange(interval.Low, 39, 43);
        Assert.InRange(interval.High, 59, 63);
    }
}
