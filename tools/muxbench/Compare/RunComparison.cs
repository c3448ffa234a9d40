using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Compare;

/// <summary>One point in two runs.</summary>
/// <param name="Key">Which.</param>
/// <param name="A">The median of the blocks compared in the first run, nanoseconds.</param>
/// <param name="B">The median of those in the second run, nanoseconds.</param>
/// <param name="NoiseFloor">The larger one of the two runs, a fraction.</param>
/// <param name="Comparison">The difference and the verdict.</param>
internal sealed record PointChange(PointKey Key, double A, double B, double NoiseFloor, PairedComparison Comparison);

/// <summary>Two runs compared point by point.</summary>
/// <param name="A">The run compared with.</param>
/// <param name="B">The run compared.</param>
/// <param name="Changes">The points that both have, in the order of the first.</param>
/// <param name="Notes">What must be known beside the figures.</param>
internal sealed record RunComparison(SavedRun A, SavedRun B, IReadOnlyList<PointChange> Changes, IReadOnlyList<string> Notes)
{
    /// <summary>
    /// Compares two runs. Their blocks are independent of one another, and are paired in the order in which they were measured.
    /// </summary>
    /// <param name="a">The run compared with.</param>
    /// <param name="b">The run compared.</param>
    /// <param name="smallestEffect">The smallest relative difference worth naming, a fraction.</param>
    /// <exception cref="OperationFailedException">
    /// They did not measure the same; the message says in what they differ.
    /// </exception>
    public static RunComparison Of(SavedRun a, SavedRun b, double smallestEffect)
    {
        SavedRuns.MustMatch(a.File, a.Fixed, b.File, b.Fixed);
        PointKey[] common = [.. a.Points.Keys.Where(b.Points.ContainsKey)];
        if (common.Length == 0)
        {
            throw new OperationFailedException("not comparable: no point is in both runs",
                "the same mechanism, number of descriptors, ready, position, timeout and measure");
        }

        return new(a, b, [.. common.Select(key => Change(key, a, b, smallestEffect))],
            [.. NotesOf(a, b, common.Length), .. UnevenBlocks(a, b, common)]);
    }

    private static PointChange Change(PointKey key, SavedRun a, SavedRun b, double smallestEffect)
    {
        (double[] before, double noiseBefore) = a.Points[key];
        (double[] after, double noiseAfter) = b.Points[key];
        if (before.Length == 0 || after.Length == 0)
        {
            throw new OperationFailedException($"not comparable: {key.Mechanism} at {key.Fds} has no complete block");
        }

        // Of all three the same blocks: where one run has more, the rest would make A and B contradict the difference.
        int blocks = Math.Min(before.Length, after.Length);
        (before, after) = (before[..blocks], after[..blocks]);
        double floor = Math.Max(noiseBefore, noiseAfter);
        return new(key, Statistics.Median(before), Statistics.Median(after), floor,
            PairedComparison.Of(before, after, floor, smallestEffect: smallestEffect));
    }

    /// <summary>A note for each pair of counts of blocks that differ.</summary>
    private static IEnumerable<string> UnevenBlocks(SavedRun a, SavedRun b, PointKey[] common) =>
        common.GroupBy(key => (A: a.Points[key].Blocks.Length, B: b.Points[key].Blocks.Length))
            .Where(points => points.Key.A != points.Key.B)
            .Select(points => $"B has {Figures.PlainCount(points.Key.B, "block")}, A {points.Key.A}"
                + (points.Count() < common.Length ? $", at {points.Count()} of {Figures.PlainCount(common.Length, "point")}" : "")
                + $": the first {Math.Min(points.Key.A, points.Key.B)} of each are compared");

    private static IEnumerable<string> NotesOf(SavedRun a, SavedRun b, int common)
    {
        foreach (string note in SavedRuns.Differences(a.Machine, b.Machine))
        {
            yield return note;
        }

        foreach ((SavedRun run, string letter) in new[] { (a, "A"), (b, "B") })
        {
            if (run.Interrupted)
            {
                yield return $"{letter} was interrupted";
            }

            if (run.SpoiledBy.Count > 0)
            {
                yield return $"{letter} was spoiled by {string.Join(", ", run.SpoiledBy)}";
            }

            if (run.Points.Count > common)
            {
                yield return $"{run.Points.Count - common} of {Figures.PlainCount(run.Points.Count, "point")} are "
                    + $"in {letter} alone";
            }
        }
    }
}
