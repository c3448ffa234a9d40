using NetTools.Libc;
using NetTools.MuxBench.Measurement;
using static NetTools.MuxBench.Report.Wording;

namespace NetTools.MuxBench.Report;

/// <summary>What the figures mean, in these figures.</summary>
internal static class Sentences
{
    /// <summary>Above this the points do not lie on a line.</summary>
    private const double Misfit = 0.1;

    /// <summary>All that can be said of some points.</summary>
    public static IEnumerable<string> About(IReadOnlyList<Point> points)
    {
        if (points.Count == 0)
        {
            return ["Interrupted before anything was measured."];
        }

        return
        [
            .. points.GroupBy(point => point.Arm.Series).Select(Comparison).OfType<string>(),
            .. Analysis.Fits(points).Select(Growth),
            .. Analysis.Crossovers(points).GroupBy(crossover => (crossover.Below, crossover.Series)).Select(Crossing),
            .. Portability(points) is string portability ? [portability] : (string[])[],
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
        string others = string.Join(", ", there.Skip(1).Select(point =>
            $"{point.Arm.Mechanism} {Time(point.Nanoseconds.Value)} ({Ratio(point.Nanoseconds.Value / best.Nanoseconds.Value)} times as long)"));
        string state = series.Key.Metric switch
        {
            Metric.Call => Text($"{best.Arm.Ready:N0} of them readable, "),
            Metric.Relay => Text($"a relay of {best.Arm.Ready:N0} at a time: "),
            _ => $"{Of(series.Key)}: ",
        };
        return Text($"With {largest:N0} descriptors, {state}{best.Arm.Mechanism} took {Time(best.Nanoseconds.Value)} {Unit(series.Key.Metric)}, {others}.");
    }

    private static string Growth(Fit fit)
    {
        string grows = $"{fit.Mechanism}, {Of(fit.Series)}: {Time(fit.Line.Fixed)} and {Slope(fit.Line.Slope)} ns for each descriptor ({Slope(fit.Line.SlopeInterval.Low)} to {Slope(fit.Line.SlopeInterval.High)})";
        string curve = fit.Line.Misfit < Misfit ? ""
            : Text($" It is no straight line: between the two largest sizes a descriptor costs {fit.LastStretch:F1} ns; more of them no longer fit in the caches.");
        return fit.Order switch
        {
            "O(1)" when fit.Line.SlopeInterval.Contains(0) => $"{grows}: O(1), no growth can be told from none.",
            "O(1)" => Text($"{grows}: O(1) within the bound of {Fit.Bound:F0} ns; so little is no walk over the descriptors."),
            "O(n)" when fit.Series.Metric is not (Metric.Call or Metric.WakeUp or Metric.Relay) => $"{grows}: it grows with the number there are.{curve}",
            "O(n)" when fit.Series.Share.IsShare => $"{grows}: O(n), but here the number of readable ones grows with n as well.{curve}",
            "O(n)" => $"{grows}: O(n), each call looks at every descriptor.{curve}",
            _ => $"{grows}: undecided, the points do not say whether it grows.",
        };
    }

    private static string Crossing(IGrouping<(string Below, Series Series), Crossover> crossovers)
    {
        string others = string.Join(", ", crossovers.Select(crossover => $"{crossover.Above} below n = {Size(crossover.Fds)}"));
        return $"{crossovers.Key.Below} beats {others}; above, it is the other way round ({Of(crossovers.Key.Series)}).";
    }

    private static string? Portability(IEnumerable<Point> points)
    {
        int highest = points.Where(point => point.Arm.Mechanism == "select").Select(point => point.Arm.MaxFd).DefaultIfEmpty(0).Max();
        return highest < Linux.FD_SETSIZE ? null
            : Text($"Portable select() ends at descriptor {Linux.FD_SETSIZE - 1}: FD_SET({highest}) writes past the fd_set (glibc aborts the program when fortified). The kernel itself takes longer bitmaps, and the select figures here are for pselect6 with {highest + 1:N0} bits.");
    }
}
