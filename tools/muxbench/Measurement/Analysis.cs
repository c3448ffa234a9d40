using NetTools.Measure;

namespace NetTools.MuxBench.Measurement;

/// <summary>How a mechanism's cost grows with the number of descriptors.</summary>
/// <param name="Mechanism">Its name.</param>
/// <param name="Series">What was timed.</param>
/// <param name="Line">A fixed cost and a cost per descriptor, nanoseconds.</param>
/// <param name="LastStretch">What a descriptor costs between the two largest sizes, nanoseconds.</param>
internal sealed record Fit(string Mechanism, Series Series, LinearFit Line, double LastStretch)
{
    /// <summary>
    /// Growth below this many nanoseconds a descriptor is not a walk over the descriptors: a walk cannot fetch even one line
    /// of memory from the second-level cache in that time; it is the caches filling up.
    /// </summary>
    public const double Bound = 1;

    /// <summary>What a descriptor costs over the stretch before the last, nanoseconds.</summary>
    public required double StretchBefore { get; init; }

    /// <summary>
    /// What a descriptor costs from the smallest size to the largest, nanoseconds: the line must not say more than its ends.
    /// </summary>
    public required double EndToEnd { get; init; }

    /// <summary>
    /// What the interval of the slope, and both ends of the curve, allow one to say: <c>O(1)</c>, <c>O(n)</c> or
    /// <c>undecided</c>.
    /// </summary>
    public string Order =>
        Line.Slope.Interval is not Interval slope ? "undecided"
        : slope.High < Bound && slope.Low > -Bound && Math.Abs(EndToEnd) < Bound ? "O(1)"
        : slope.Low >= Bound && EndToEnd > 0 ? "O(n)"
        : "undecided";
}

/// <summary>Two points of one block compared: <c>B - A</c>.</summary>
/// <param name="A">The point compared with.</param>
/// <param name="B">The point compared.</param>
/// <param name="Comparison">The difference and the verdict.</param>
internal sealed record PointDifference(Point A, Point B, PairedComparison Comparison)
{
    /// <summary>Compares within the blocks; the noise floor is the larger one of the two.</summary>
    public static PointDifference Of(Point a, Point b) =>
        new(a, b, PairedComparison.Of(a.Samples, b.Samples, Math.Max(a.NoiseFloor ?? 0, b.NoiseFloor ?? 0)));
}

/// <summary>Where two mechanisms cost the same.</summary>
/// <param name="Below">The cheaper one with fewer descriptors.</param>
/// <param name="Above">The cheaper one with more.</param>
/// <param name="Series">What was timed.</param>
/// <param name="Fds">The number of descriptors, between two that were measured.</param>
internal sealed record Crossover(string Below, string Above, Series Series, double Fds);

/// <summary>What the points of a sweep say together.</summary>
internal static class Analysis
{
    private const int FewestSizes = 3;

    /// <summary>A line for each mechanism of a series that was measured at three sizes or more.</summary>
    public static IReadOnlyList<Fit> Fits(IEnumerable<Point> points) =>
    [
        .. from point in points
           group point by (point.Arm.Series, point.Arm.Mechanism) into curve
           where curve.Count() >= FewestSizes && curve.All(point => point.Samples.Min() > 0)
           select new Fit(curve.Key.Mechanism, curve.Key.Series, LinearFit.Relative(
               [.. curve.Select(point => (double)point.Arm.Fds)], [.. curve.Select(point => point.Samples)]),
                   Stretch([.. curve], 1))
           {
               StretchBefore = Stretch([.. curve], 2),
               EndToEnd = Stretch([curve.MinBy(point => point.Arm.Fds)!, curve.MaxBy(point => point.Arm.Fds)!], 1),
           }
    ];

    /// <summary>Every two mechanisms of a series at a size, in the order of the catalogue.</summary>
    public static IEnumerable<PointDifference> Differences(IEnumerable<Point> points) =>
        from point in points
        group point by (point.Arm.Series, point.Arm.Fds) into family
        from pair in Pairs([.. family])
        select PointDifference.Of(pair.A, pair.B);

    /// <summary>Calls with timeout 0 beside the same calls with timeout -1, where both were timed.</summary>
    public static IEnumerable<PointDifference> Waiting(IEnumerable<Point> points) =>
        from point in points
        where point.Arm.Series.Metric == Metric.Call
        group point by (point.Arm.Mechanism, point.Arm.Fds, point.Arm.Series with { TimeoutMs = null }) into both
        let looks = both.FirstOrDefault(point => point.Arm.Series.TimeoutMs == 0)
        let waits = both.FirstOrDefault(point => point.Arm.Series.TimeoutMs == -1)
        where looks is not null && waits is not null
        select PointDifference.Of(looks, waits);

    /// <summary>
    /// The places where one mechanism stops being cheaper than another and is dearer from there on. Both must be
    /// shown, by the verdict "effect", at a measured size on either side.
    /// </summary>
    public static IReadOnlyList<Crossover> Crossovers(IEnumerable<Point> points)
    {
        List<Crossover> found = [];
        foreach (IGrouping<Series, Point> series in points.GroupBy(point => point.Arm.Series))
        {
            Point[][] curves = [.. series.GroupBy(point => point.Arm.Mechanism)
                .Select(curve => curve.OrderBy(point => point.Arm.Fds).ToArray())];
            for (int i = 0; i < curves.Length; i++)
            {
                for (int j = i + 1; j < curves.Length; j++)
                {
                    found.AddRange(Between(curves[i], curves[j]));
                }
            }
        }

        return found;
    }

    private static IEnumerable<(Point A, Point B)> Pairs(Point[] points) =>
        points.SelectMany((a, i) => points.Skip(i + 1).Select(b => (a, b)));

    private static double Stretch(Point[] curve, int fromEnd) =>
        (curve[^fromEnd].Nanoseconds.Value - curve[^(fromEnd + 1)].Nanoseconds.Value) / (
            curve[^fromEnd].Arm.Fds - curve[^(fromEnd + 1)].Arm.Fds);

    private static IEnumerable<Crossover> Between(Point[] one, Point[] other)
    {
        (Point A, Point B)[] pairs = [.. one.Join(other, point => point.Arm.Fds, point => point.Arm.Fds, (a, b) => (a, b))];
        int clear = -1; // the last size at which one of them was clearly cheaper
        for (int i = 0; i < pairs.Length; i++)
        {
            int sign = Cheaper(pairs[i].A, pairs[i].B);
            if (sign == 0)
            {
                continue;
            }

            if (clear >= 0 && sign != Cheaper(pairs[clear].A, pairs[clear].B))
            {
                (Point below, Point above) = sign > 0 ? (pairs[i].A, pairs[i].B) : (pairs[i].B, pairs[i].A);
                yield return new(below.Arm.Mechanism, above.Arm.Mechanism, below.Arm.Series, Where(pairs[clear], pairs[i]));
            }

            clear = i;
        }
    }

    /// <summary>-1 when the first is cheaper, 1 when the second is, 0 when no effect is shown.</summary>
    private static int Cheaper(Point a, Point b)
    {
        PairedComparison comparison = PointDifference.Of(a, b).Comparison;
        return comparison.Verdict == Verdict.Effect ? -Math.Sign(comparison.Difference.Value) : 0;
    }

    /// <summary>Where the difference of the costs passes zero, straight between the two sizes.</summary>
    private static double Where((Point A, Point B) left, (Point A, Point B) right)
    {
        double before = left.A.Nanoseconds.Value - left.B.Nanoseconds.Value;
        double after = right.A.Nanoseconds.Value - right.B.Nanoseconds.Value;
        return left.A.Arm.Fds + ((right.A.Arm.Fds - left.A.Arm.Fds) * before / (before - after));
    }
}
