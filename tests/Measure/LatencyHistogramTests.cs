using NetTools.Measure;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Measure;

public class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_right_to_three_digits()
    {
        LatencyHistogram histogram = new();
        for (int i = 1; i <= 100_000; i++)
        {
            histogram.Record(i * 1000);
        }

        Assert.Equal(100_000, histogram.Count);
        Assert.Equal(1000, histogram.Min);
        Assert.Equal(100_000_000, histogram.Max);
        Assert.Equal(50_000_500, histogram.Mean, 1.0);
        foreach (double percent in new[] { 50, 90, 99, 99.9, 99.99, 100 })
        {
            Assert.InRange(histogram.PercentileUs(percent), percent * 999, percent * 1001.0);
        }
    }

    [Theory]
    [InlineData(60, 99, 60)] // 59 of 60 are 98.3 %
    [InlineData(60, 50, 30)]
    [InlineData(3, 50, 2)]
    [InlineData(1000, 99.9, 999)]
    [InlineData(1001, 99.9, 1000)]
    [InlineData(5, 0, 1)]
    [InlineData(5, 100, 5)]
    public void At_least_that_percentage_is_not_longer(int count, double percent, int expected)
    {
        LatencyHistogram histogram = new();
        for (int i = 1; i <= count; i++)
        {
            histogram.Record(i);
        }

        Assert.Equal(expected, histogram.Percentile(percent));
    }

    [Fact]
    public void An_empty_one_is_all_zero()
    {
        LatencyHistogram histogram = new();
        Assert.Equal((0, 0, 0.0, 0), (histogram.Min, histogram.Max, histogram.Mean, histogram.Percentile(50)));
    }

    [Fact]
    public void What_is_out_of_range_counts_as_the_nearest()
    {
        LatencyHistogram histogram = new();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        Assert.Equal((2, 1, 3_600_000_000_000), (histogram.Count, histogram.Min, histogram.Max));
    }

    [Fact]
    public void Those_up_to_a_limit_and_those_above_it_are_counted()
    {
        LatencyHistogram histogram = new();
        Array.ForEach([1000, 1000, 50_000, 3_000_000], value => histogram.Record(value));
        Assert.Equal([0, 0, 2, 2, 3, 3, 4],
            new long[] { 1, 900, 1000, 40_000, 50_000, 2_000_000, 3_000_000 }.Select(histogram.CountUpTo));
        LatencyHistogram above = Assert.IsType<LatencyHistogram>(histogram.Above(1000));
        Assert.Equal((2, 3_000_000), (above.Count, above.Max));
        Assert.InRange(above.Min, 49_900, 50_100);
        Assert.Null(histogram.Above(3_000_000));
        Assert.Null(new LatencyHistogram().Above(0));
        Assert.Equal(4, histogram.Above(0)?.Count);
    }

    [Fact]
    public void Two_add_up_and_recording_allocates_nothing()
    {
        LatencyHistogram a = new();
        LatencyHistogram b = new();
        a.Record(10);
        b.Record(1_000_000);
        Allocations.AssertNone(() =>
        {
            b.Reset();
            b.Record(1_000_000);
            for (int i = 0; i < 100_000; i++)
            {
                b.Record(500_000 + i);
            }
        });
        a.Add(b);
        Assert.Equal((100_002, 10, 1_000_000), (a.Count, a.Min, a.Max));
        StringWriter text = new();
        a.WriteHgrm(text);
        Assert.Contains("100002", text.ToString());
    }
}
