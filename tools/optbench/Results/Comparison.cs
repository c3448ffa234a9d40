using NetTools.Measure;

namespace NetTools.OptBench.Results;

/// <summary>From block medians to results.</summary>
internal static class Comparison
{
    /// <summary>Compares B with A over the blocks that both have: a stop may leave one arm a block short.</summary>
    /// <param name="a">The arm compared with.</param>
    /// <param name="blocksOfA">One median a block.</param>
    /// <param name="b">The arm compared.</param>
    /// <param name="blocksOfB">One median a block.</param>
    /// <param name="confidence">The level of the interval, by which the verdict is given.</param>
    public static DifferenceResult Of(string a, ReadOnlySpan<double> blocksOfA, string b, ReadOnlySpan<double> blocksOfB,
        double confidence = Estimate.Usual)
    {
        int blocks = Math.Min(blocksOfA.Length, blocksOfB.Length);
        Estimate difference = Bootstrap.PairedDifference(blocksOfA[..blocks], blocksOfB[..blocks], confidence);
        return new(a, b, difference, EffectVerdicts.Judge(difference.Interval, Statistics.Median(blocksOfA)))
        {
            Usual = Bootstrap.PairedDifference(blocksOfA[..blocks], blocksOfB[..blocks]).Interval,
        };
    }
}
