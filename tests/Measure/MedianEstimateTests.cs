using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public class MedianEstimateTests
{
    private const int Trials = 20_000;

    /// <summary>Distributions with their medians: a sample is a function of two uniform numbers.</summary>
    public static TheoryData<string> Shapes => ["normal", "skewed", "heavy-tailed"];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(12, 3)]
    [InlineData(20, 6)]
    [InlineData(30, 10)]
    [InlineData(101, 41)]
    [InlineData(2000, 956)] // the first k with P(Bin(2000, 1/2) <= k) above 0.025, by exact arithmetic
    public void The_ranks_are_those_of_the_binomial_tables(int count, int rank) => Assert.Equal(rank, MedianEstimate.Rank(count));

    [Fact]
    public void Other_levels_take_other_ranks_and_never_fewer_than_six_samples()
    {
        Assert.Equal(0, MedianEstimate.Rank(7, 0.99));
        Assert.Equal(1, MedianEstimate.Rank(8, 0.99));
        Assert.Equal(0, MedianEstimate.Rank(5, 0.5));
        Assert.Throws<ArgumentException>(() => MedianEstimate.Rank(10, 1));
        Assert.Throws<ArgumentException>(() => MedianEstimate.Rank(10, double.NaN));
    }

    [Fact]
    public void Five_samples_have_a_range_and_no_interval()
    {
        MedianEstimate five = MedianEstimate.Of([5, 1, 4, 2, 3]);
        Assert.Equal((3.0, null, new Interval(1, 5), 5), (five.Value, five.Interval, five.Range, five.Count));
        MedianEstimate six = MedianEstimate.Of([5, 1, 4, 2, 3, 6]);
        Assert.Equal((3.5, new Interval(1, 6)), (six.Value, six.Interval));
        Assert.Throws<ArgumentException>(() => MedianEstimate.Of([]));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_interval_covers_the_median_of_every_shape_for_six_to_thirty_samples(string shape)
    {
        Random random = new(20261127);
        int covered = 0;
        for (int count = 6; count <= 30; count++)
        {
            int here = 0;
            double[] samples = new double[count];
            for (int trial = 0; trial < Trials; trial++)
            {
                for (int i = 0; i < count; i++)
                {
                    samples[i] = Draw(shape, random);
                }

                here += MedianEstimate.Of(samples).Interval!.Value.Contains(0) ? 1 : 0;
            }

            // What the binomial distribution promises is at least 95 %, and the simulation meets it within three standard errors.
            double promised = Promised(count);
            Assert.InRange(promised, 0.95, 0.993);
            Assert.InRange((double)here / Trials, promised - 0.0047, promised + 0.0047);
            covered += here;
        }

        Assert.True(covered >= 0.95 * 25 * Trials, $"{shape}: {covered / (25.0 * Trials):P2}");
    }

    [Fact]
    public void Pairs_cancel_what_strikes_both()
    {
        Random random = new(5);
        double[] a = [.. Enumerable.Range(0, 40).Select(_ => 100 + (9900 * random.NextDouble()))];
        double[] b = [.. a.Select(value => value + 6 + (2 * random.NextDouble()))];
        MedianEstimate paired = MedianEstimate.OfDifference(a, b);
        Assert.InRange(paired.Interval!.Value.Low, 6, 7);
        Assert.InRange(paired.Interval!.Value.High, 7, 8);
        Assert.Throws<ArgumentException>(() => MedianEstimate.OfDifference([1], [1, 2]));
        Assert.Equal(0.5, MedianEstimate.OfRelativeDifference([2, 4, 8], [3, 6, 12]).Value);
    }

    private static double Draw(string shape, Random random)
    {
        double u = 1 - random.NextDouble();
        double v = random.NextDouble();
        return shape switch
        {
            "normal" => Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v),
            "skewed" => -Math.Log(u) - Math.Log(2), // exponential
            _ => Math.Tan(Math.PI * (v - 0.5)), // Cauchy
        };
    }

    /// <summary>The chance that the median lies between the samples of the rank: 1 - 2 P(Bin(n, 1/2) less than rank).</summary>
    private static double Promised(int count)
    {
        double below = 0;
        double ways = 1;
        for (int k = 0; k < MedianEstimate.Rank(count); k++)
        {
            below += ways * Math.Pow(0.5, count);
            ways = ways * (count - k) / (k + 1);
        }

        return 1 - (2 * below);
    }
}
