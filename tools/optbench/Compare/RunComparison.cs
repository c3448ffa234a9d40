using System.Globalization;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Compare;

/// <summary>One arm in two runs.</summary>
/// <param name="A">In the run compared with.</param>
/// <param name="B">In the run compared.</param>
/// <param name="Difference">The difference of the medians.</param>
/// <param name="Interval">
/// The interval of the difference at 95 %: from the intervals of both medians at 97.5 %, so it holds at least that. Null where
/// one carries none.
/// </param>
/// <param name="NoiseFloor">The larger one of the two runs, a fraction; null where neither has one.</param>
/// <param name="Verdict">By <see cref="Verdicts"/>.</param>
internal sealed record ArmChange(
    SavedArm A, SavedArm B, double Difference, Interval? Interval, double? NoiseFloor, Verdict Verdict)
{
    /// <summary>The median of the run compared with.</summary>
    public double MedianA => Statistics.Median(A.Blocks);

    /// <summary>The median of the run compared.</summary>
    public double MedianB => Statistics.Median(B.Blocks);
}

/// <summary>Two runs compared arm by arm. Their blocks have nothing to do with one another, so they are not paired.</summary>
/// <param name="A">The run compared with.</param>
/// <param name="B">The run compared.</param>
/// <param name="Changes">The arms that both have, in the order of the first.</param>
/// <param name="Notes">What must be known beside the figures.</param>
internal sealed record RunComparison(SavedRun A, SavedRun B, IReadOnlyList<ArmChange> Changes, IReadOnlyList<string> Notes)
{
    /// <summary>The level of each median's interval, so that both hold at once at 95 %.</summary>
    private const double EachConfidence = 0.975;

    /// <summary>Compares two runs.</summary>
    /// <exception cref="OperationFailedException">
    /// They did not measure the same; the message says in what they differ.
    /// </exception>
    public static RunComparison Of(SavedRun a, SavedRun b, double smallestEffect)
    {
        SavedRuns.MustMatch(a.File, a.MustMatch, b.File, b.MustMatch);
        if (!a.SharesPathWith(b))
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,

                $"not comparable: the round trip is {a.RoundTripUs / 1e3:0.###} ms in {a.File} and {b.RoundTripUs / 1e3:0.###} "
                    + $"ms in {b.File}"));
        }

        Dictionary<(string, string, string), SavedArm> arms = b.Arms.DistinctBy(arm => arm.Key).ToDictionary(arm => arm.Key);
        ArmChange[] changes = [.. a.Arms.Where(
            arm => arms.TryGetValue(arm.Key, out SavedArm? other) && arm.Blocks.Length > 0 && other.Blocks.Length > 0)
            .Select(arm => Change(arm, arms[arm.Key], smallestEffect))];
        if (changes.Length == 0)
        {
            throw new OperationFailedException($"not comparable: {a.File} and {b.File} have no arm in common");
        }

        if (changes.FirstOrDefault(change => change.A.Unit != change.B.Unit) is ArmChange odd)
        {
            throw new OperationFailedException(
                $"not comparable: {odd.A.Arm} is in {odd.A.Unit} in {a.File} and in {odd.B.Unit} in {b.File}");
        }

        if (changes.FirstOrDefault(change => change is { A.Congestion: string was, B.Congestion: string now } && was != now)
            is ArmChange other)
        {
            throw new OperationFailedException($"not comparable: {other.A.Arm} ran with {other.A.Congestion} in {a.File} and "
                + $"with {other.B.Congestion} in {b.File}", "--congestion names one for both");
        }

        return new(a, b, changes, [.. NotesOf(a, b, changes.Length)]);
    }

    private static ArmChange Change(SavedArm a, SavedArm b, double smallestEffect)
    {
        MedianEstimate before = MedianEstimate.Of(a.Blocks, EachConfidence), after = MedianEstimate.Of(b.Blocks, EachConfidence);
        double? floor = a.NoiseFloor is null ? b.NoiseFloor : b.NoiseFloor is null ? a.NoiseFloor
            : Math.Max(a.NoiseFloor.Value, b.NoiseFloor.Value);
        Interval? interval = a.Steady && b.Steady && before.Interval is Interval x && after.Interval is Interval y
            ? new(y.Low - x.High, y.High - x.Low) : null;
        Interval? relative = interval is Interval i && before.Value > 0 ? new(i.Low / before.Value, i.High / before.Value) : null;
        return new(a, b, after.Value - before.Value, interval, floor, Verdicts.Judge(relative, floor ?? 0, smallestEffect));
    }

    private static IEnumerable<string> NotesOf(SavedRun a, SavedRun b, int common)
    {
        foreach (string note in SavedRuns.Differences(a.MayDiffer, b.MayDiffer))
        {
            yield return note;
        }

        foreach ((SavedRun run, string letter) in ((SavedRun, string)[])[(a, "A"), (b, "B")])
        {
            foreach (string note in run.Notes)
            {
                yield return $"{letter}: {note}";
            }

            if (run.Arms.Count > common)
            {
                yield return string.Create(CultureInfo.InvariantCulture,

                    $"{letter}: {run.Arms.Count - common} of {Figures.PlainCount(run.Arms.Count, "arm")} not in the other run");
            }
        }
    }
}
