using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public class VerdictTests
{
    [Theory]
    [InlineData(0.05, 0.08, 0.02, Verdict.Effect)]
    [InlineData(-0.08, -0.05, 0.02, Verdict.Effect)]
    [InlineData(0.05, 0.08, 0.06, Verdict.WithinNoise)] // begins below the floor
    [InlineData(-0.08, -0.05, 0.06, Verdict.WithinNoise)]
    [InlineData(-0.03, 0.04, 0.05, Verdict.WithinNoise)] // two visits of one arm differ as much
    [InlineData(0.002, 0.008, 0, Verdict.NoEffect)] // real, but nothing worth naming
    [InlineData(-0.01, 0.01, 0, Verdict.NoEffect)]
    [InlineData(-0.01, 0.01, 0.5, Verdict.NoEffect)]
    [InlineData(-0.02, 0.3, 0.01, Verdict.Undecided)]
    [InlineData(0.005, 0.05, 0.001, Verdict.Undecided)] // not zero, but perhaps not worth naming
    [InlineData(0, 0.5, 0, Verdict.Undecided)]
    public void One_table_decides(double low, double high, double floor, Verdict verdict) =>
        Assert.Equal(verdict, Verdicts.Judge(new Interval(low, high), floor));

    [Fact]
    public void Without_an_interval_nothing_is_decided() => Assert.Equal(Verdict.Undecided, Verdicts.Judge(null, 0));

    [Fact]
    public void The_smallest_effect_worth_naming_can_be_another() =>
        Assert.Equal(Verdict.NoEffect, Verdicts.Judge(new Interval(0.02, 0.04), 0, smallestEffect: 0.05));

    [Fact]
    public void The_noise_floor_is_the_far_end_of_what_one_arm_shows_against_itself()
    {
        double[] once = [100, 100, 100, 100, 100, 100];
        Assert.Equal(0.04, Verdicts.NoiseFloor(once, [101, 96, 100, 100, 102, 99])!.Value, 9);
        Assert.Equal(0.05, Verdicts.NoiseFloor(once, [105, 100])!.Value, 9); // too few for an interval: the range
        Assert.Null(Verdicts.NoiseFloor(once, []));
    }

    [Fact]
    public void A_comparison_is_made_within_blocks()
    {
        double[] a = [100, 200, 300, 400, 500, 600];
        PairedComparison comparison = PairedComparison.Of(a, [.. a.Select(x => 1.5 * x), 1], noiseFloor: 0.02);
        Assert.Equal(Verdict.Effect, comparison.Verdict);
        Assert.Equal(0.5, comparison.Relative!.Value.Value, 9);
        Assert.Equal(175, comparison.Difference.Value, 9);
        Assert.Equal(Verdict.Undecided, PairedComparison.Of(a[..5], [.. a[..5].Select(x => 2 * x)], 0).Verdict);
    }

    [Theory]
    [InlineData(0.0, 0.04, 20, 320)] // 4 % either way, to be within 1 %: a quarter of the width
    [InlineData(0.03, 0.04, 20, 80)] // 3 % of 4 %: half the width excludes 1 %
    [InlineData(0.0, 0.4, 20, null)] // 32,000
    [InlineData(0.01, 0.04, 20, null)] // on the bound itself: never
    [InlineData(0.0, 0.01, 20, 21)]
    public void The_blocks_that_would_decide_follow_from_the_width(double median, double half, int count, int? blocks) =>
        Assert.Equal(blocks, Verdicts.BlocksToDecide(
            new MedianEstimate(median, new(median - half, median + half), default, count), 0.01, 1_000));

    [Fact]
    public void Without_an_interval_six_blocks_are_wanted() =>
        Assert.Equal(6, Verdicts.BlocksToDecide(MedianEstimate.Of([0.1, 0.2, 0.3]), 0.01, 1_000));

    [Fact]
    public void Nothing_is_said_in_percent_of_zero()
    {
        double[] zeros = new double[6];
        PairedComparison lost = PairedComparison.Of(zeros, [3, 4, 5, 3, 4, 5], 0.01);
        Assert.Equal((null, Verdict.Effect), (lost.Relative, lost.Verdict));
        Assert.Equal(Verdict.NoEffect, PairedComparison.Of(zeros, zeros, 0.01).Verdict);
    }

    [Fact]
    public void An_arm_against_itself_has_no_effect_in_200_comparisons_but_for_chance()
    {
        Random random = new(7);
        int effects = 0;
        for (int comparison = 0; comparison < 200; comparison++)
        {
            double[][] visits = [.. Enumerable.Range(0, 4)
                .Select(_ => Enumerable.Range(0, 12).Select(_ => 100 * Math.Exp(0.2 * random.NextDouble())).ToArray())];
            double? floor = Verdicts.NoiseFloor(visits[2], visits[3]);
            effects += PairedComparison.Of(visits[0], visits[1], floor).Verdict == Verdict.Effect ? 1 : 0;
        }

        Assert.InRange(effects, 0, 16);
    }
}
