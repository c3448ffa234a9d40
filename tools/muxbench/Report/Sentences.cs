using NetTools.Libc;
using NetTools.Measure;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;
using static NetTools.MuxBench.Report.Wording;

namespace NetTools.MuxBench.Report;

/// <summary>What the figures mean, in these figures. What they do not show is not said.</summary>
internal static class Sentences
{
    /// <summary>Above this the points do not lie on a line.</summary>
    private const double Misfit = 0.1;

    /// <summary>Two stretches of a curve differ when one is this much steeper than the other.</summary>
    private const double Steeper = 1.25;

    private static readonly string[] Walks = ["select", "poll", "ppoll"];

    /// <summary>All that can be said of the points.</summary>
    public static IEnumerable<string> About(IReadOnlyList<Point> points)
    {
        if (points.Count == 0)
        {
            return ["Interrupted before anything was measured."];
        }

        return
        [
            .. points.GroupBy(point => point.Arm.Series).Select(Comparison).OfType<string>(),
            .. Waiting(points),
            .. Analysis.Fits(points).Select(Growth),
            .. Analysis.Crossovers(points).GroupBy(crossover => (crossover.Series, Pair(crossover))).Select(Crossing),
            .. Portability(points) is string portability ? [portability] : (string[])[],
            .. Unsteady(points) is string unsteady ? [unsteady] : (string[])[],
        ];
    }

    /// <summary>The cheapest and the others at the largest size.</summary>
    private static string? Comparison(IGrouping<Series, Point> series)
    {
        int largest = series.Max(point => point.Arm.Fds);
        Point[] there = [.. series.Where(point => point.Arm.Fds == largest).OrderBy(point => point.Nanoseconds.Value)];
        if (there.Length < 2 || there[0].Nanoseconds.Value <= 0)
        {
            return null;
        }

        Point best = there[0];
        string others = string.Join(", ",
            there.Skip(1).Select(point => $"{point.Arm.Mechanism} {Time(point.Nanoseconds.Value)} ({Beside(best, point)})"));
        string state = series.Key.Metric switch
        {
            Metric.Call => Text($"{best.Arm.Ready:N0} of them readable{Where(series.Key)}, {Timeout(series.Key)}, "),
            Metric.Relay => Text($"a relay of {best.Arm.Ready:N0} at a time: "),
            _ => $"{Of(series.Key)}: ",
        };
        string took = $"{best.Arm.Mechanism} took {Time(best.Nanoseconds.Value)} {Unit(series.Key.Metric)}";
        return Text($"With {Figures.Count(largest, "descriptor")}, {state}{took}, {others}.");
    }

    private static string Beside(Point best, Point other) => PointDifference.Of(best, other).Comparison.Verdict switch
    {
        Verdict.Effect => $"{Ratio(other.Nanoseconds.Value / best.Nanoseconds.Value)} times as long",
        Verdict.NoEffect => "no effect",
        Verdict.WithinNoise => "within noise",
        _ => $"{Ratio(other.Nanoseconds.Value / best.Nanoseconds.Value)} times as long, undecided",
    };

    /// <summary>What waiting adds, at the largest size at which both timeouts were timed.</summary>
    private static IEnumerable<string> Waiting(IReadOnlyList<Point> points)
    {
        bool explained = false;
        foreach (IGrouping<Series, PointDifference> family in Analysis.Waiting(points).GroupBy(pair => pair.A.Arm.Series))
        {
            int largest = family.Max(pair => pair.A.Arm.Fds);
            PointDifference[] there = [.. family.Where(pair => pair.A.Arm.Fds == largest)];
            string each = string.Join("; ", there.Select(pair => $"{pair.A.Arm.Mechanism} {Change(pair)}"));
            yield return Text($"With {Figures.Count(largest, "descriptor")}, {Readable(family.Key)}, ")
                + $"a call with timeout -1 beside one with timeout 0: {each}.";
            explained |= there.Any(pair => Walks.Contains(pair.A.Arm.Mechanism)
                && pair.Comparison is { Verdict: Verdict.Effect, Difference.Value: > 0 });
        }

        if (explained)
        {
            yield return "With a timeout the kernel queues the caller on every descriptor until it meets a readable one; "
                + "with timeout 0 it only looks.";
        }
    }

    private static string Change(PointDifference pair)
    {
        double looks = pair.A.Nanoseconds.Value;
        double waits = pair.B.Nanoseconds.Value;
        string figures = $"{Time(waits)} instead of {Time(looks)}";
        return pair.Comparison.Verdict switch
        {
            Verdict.Effect when waits > looks => $"{figures} ({Ratio(waits / looks)} times as long)",
            Verdict.Effect => $"{figures} ({Percent((waits / looks) - 1)})",
            Verdict verdict => $"{figures} ({verdict.Text()})",
        };
    }

    private static string Growth(Fit fit)
    {
        string range = fit.Line.Slope.Interval is Interval slope ? $" ({Slope(slope.Low)} to {Slope(slope.High)})" : "";
        string cost = $"{Time(fit.Line.Fixed.Value)} and {Slope(fit.Line.Slope.Value)} ns for each descriptor{range}";
        string grows = $"{fit.Mechanism}, {Of(fit.Series)}: {cost}";
        return fit.Order switch
        {
            "O(1)" when fit.Line.Slope.Interval!.Value.Contains(0) => $"{grows}: O(1), no growth can be told from none.",
            "O(1)" => Text($"{grows}: O(1) within the bound of {Fit.Bound:F0} ns; so little is not a walk over the descriptors."),
            "O(n)" when fit.Series.Metric is not (Metric.Call or Metric.WakeUp or Metric.Relay) =>
                $"{grows}: it grows with the number watched.{Curve(fit)}",
            "O(n)" when fit.Series.Share.IsShare =>
                $"{grows}: O(n), but the number of readable descriptors grows with n as well.{Curve(fit)}",
            "O(n)" when Walks.Contains(fit.Mechanism) => $"{grows}: O(n), each call looks at every descriptor.{Curve(fit)}",
            "O(n)" => $"{grows}: O(n).{Curve(fit)}",
            _ when fit.Line.Slope.Interval is null =>
                Text($"{grows}: undecided, {fit.Line.Slope.Count} blocks carry no interval ({MedianEstimate.FewestSamples} do)."),
            _ when fit.Line.Slope.Interval!.Value.High < 0 && fit.EndToEnd < 0 =>
                $"{grows}: undecided, the cost falls as the number grows, so something else than the number changed.",
            _ => $"{grows}: undecided, the points do not say whether it grows.",
        };
    }

    /// <summary>How the curve bends, where it clearly does.</summary>
    private static string Curve(Fit fit)
    {
        if (fit.Line.Misfit < Misfit || fit.StretchBefore <= 0)
        {
            return "";
        }

        string stretches = $"between the two largest sizes a descriptor costs {Slope(fit.LastStretch)} ns, "
            + $"{Slope(fit.StretchBefore)} ns on the stretch before";
        return fit.LastStretch > Steeper * fit.StretchBefore ? $" The curve bends up: {stretches}."
            : Steeper * fit.LastStretch < fit.StretchBefore ? $" The curve bends down: {stretches}."
            : Text($" The points miss the line by {100 * fit.Line.Misfit:F0} %.");
    }

    private static (string, string) Pair(Crossover crossover) =>
        string.CompareOrdinal(crossover.Below, crossover.Above) < 0 ? (crossover.Below, crossover.Above)
            : (crossover.Above, crossover.Below);

    private static string Crossing(IGrouping<(Series Series, (string, string)), Crossover> crossings)
    {
        Crossover first = crossings.First();
        return crossings.Count() == 1
            ? $"{first.Below} costs less than {first.Above} below n = {Size(first.Fds)}, more above ({Of(first.Series)})."
            : $"{first.Below} and {first.Above} change places at n = {Places(crossings)} ({Of(first.Series)}).";
    }

    private static string Places(IEnumerable<Crossover> crossings) =>
        string.Join(" and ", crossings.Select(crossover => Size(crossover.Fds)));

    private static string? Portability(IEnumerable<Point> points)
    {
        int highest = points.Where(point => point.Arm.Mechanism == "select").Select(point => point.Arm.MaxFd).DefaultIfEmpty(0)
            .Max();
        return highest < Linux.FD_SETSIZE ? null
            : Text($"Portable select() ends at descriptor {Linux.FD_SETSIZE - 1}: FD_SET({highest}) writes past the fd_set ")
            + "(glibc aborts the program when fortified). The kernel takes longer bitmaps; "
            + Text($"the select figures here are for pselect6 with {highest + 1:N0} bits.");
    }

    private static string? Unsteady(IEnumerable<Point> points)
    {
        string[] names = [.. points.Where(point => point.Steady == false)
            .Select(point => Text($"{point.Arm.Mechanism} at {point.Arm.Fds:N0}"))];
        return names.Length == 0 ? null
            : $"Not steady, the second half of the blocks differs from the first: {string.Join(", ", names)}.";
    }
}
