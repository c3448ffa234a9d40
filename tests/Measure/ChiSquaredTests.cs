using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public class ChiSquaredTests
{
    [Theory] // tables of the chi-squared distribution
    [InlineData(3.841459, 1, 0.05)]
    [InlineData(6.634897, 1, 0.01)]
    [InlineData(7.814728, 3, 0.05)]
    [InlineData(0.351846, 3, 0.95)]
    [InlineData(16.26624, 3, 0.001)]
    [InlineData(124.3421, 100, 0.05)]
    [InlineData(0, 5, 1)]
    public void The_tail_is_that_of_the_tables(double statistic, int degrees, double p) =>
        Assert.Equal(p, ChiSquared.UpperTail(statistic, degrees), 6);

    [Fact]
    public void A_large_statistic_has_a_small_p_not_a_negative_one() =>
        Assert.InRange(ChiSquared.UpperTail(5000, 3), 0, 1e-300);

    [Fact]
    public void Counts_are_tested_against_even_shares()
    {
        ChiSquared fair = ChiSquared.Evenness([10_051, 9_967, 10_013, 9_969]);
        Assert.Equal((51 * 51 + 33 * 33 + 13 * 13 + 31 * 31) / 10_000.0, fair.Statistic, 9);
        Assert.Equal(3, fair.DegreesOfFreedom);
        Assert.True(fair.IsEven);
        Assert.False(ChiSquared.Evenness([12_000, 9_500, 9_000, 9_500]).IsEven);
    }

    [Fact]
    public void Counts_that_cannot_be_tested_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ChiSquared.Evenness([5]));
        Assert.Throws<ArgumentException>(() => ChiSquared.Evenness([0, 0]));
        Assert.Throws<ArgumentException>(() => ChiSquared.Evenness([3, -1]));
    }
}
