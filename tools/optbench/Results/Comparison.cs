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
    public static DifferenceResult Of(string a, ReadOnlySpan<double> blocksOfA, string b, ReadOnlySpan<double> blocksOfB)
    {
        int blocks = Math.Min(blocksOfA.Length, blocksOfB.Length);
        Difference difference = Bootstrap.PairedDifference(blocksOfA[..blocks], blocksOfB[..blocks]);
        return new(a, b, new(difference.Value, difference.Interval),
            EffectVerdicts.Judge(difference.Interval, Statistics.Median(blocksOfA)));
    }
}
