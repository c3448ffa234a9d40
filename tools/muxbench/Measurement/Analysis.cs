using NetTools.Measure;

namespace NetTools.MuxBench.Measurement;

/// <summary>How a mechanism's cost grows with the number of descriptors.</summary>
/// <param name="Mechanism">Its name.</param>
/// <param name="Series">What was timed.</param>
/// <param name="Line">A fixed cost and a cost per descriptor, nanoseconds.</param>
/// <param name="LastStretch">What a descriptor costs between the two largest sizes, nanoseconds: more than the line says where caches end.</param>
internal sealed record Fit(string Mechanism, Series Series, LinearFit Line, double LastStretch)
{
    /// <summary>
    /// Growth below this many nanoseconds a descriptor is not a walk over the descriptors, for a walk cannot fetch even one line of
    /// memory from the second-level cache in that time; it is the caches filling up.
    /// </summary>
    public const double Bound = 1;

    /// <summary>What the interval of the slope allows one to say: <c>O(1)</c>, <c>O(n)</c> or <c>undecided</c>.</summary>
    public string Order =>
        Line.SlopeInterval.High < Bound ? "O(1)"
        : Line.SlopeInterval.Low > 0 ? "O(n)"
        : "undecided";
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
               [.. curve.Select(point => (double)point.Arm.Fds)], [.. curve.Select(point => point.Samples)]), LastStretch([.. curve]))
    ];

    /// <summary>
    /// The places where one mechanism stops being cheaper than another and is dearer from there on. Both must be clearly so, their
    /// intervals apart, at a measured size on either side.
    /// </summary>
    public static IReadOnlyList<Crossover> Crossovers(IEnumerable<Point> points)
    {
        List<Crossover> found = [];
        foreach (IGrouping<Series, Point> series in points.GroupBy(point => point.Arm.Series))
        {
            Point[][] curves = [.. series.GroupBy(point => point.Arm.Mechanism).Select(curve => curve.OrderBy(point => point.Arm.Fds).ToArray())];
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

    private static double LastStretch(Point[] curve) =>
        (curve[^1].Nanoseconds.Value - curve[^2].Nanoseconds.Value) / (curve[^1].Arm.Fds - curve[^2].Arm.Fds);

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

    /// <summary>-1 when the first is cheaper, 1 when the second is, 0 when their intervals overlap.</summary>
    private static int Cheaper(Point a, Point b) =>
        a.Nanoseconds.Interval.High < b.Nanoseconds.Interval.Low ? -1
        : b.Nanoseconds.Interval.High < a.Nanoseconds.Interval.Low ? 1
        : 0;

    /// <summary>Where the difference of the costs passes zero, straight between the two sizes.</summary>
    private static double Where((Point A, Point B) left, (Point A, Point B) right)
    {
        double before = left.A.Nanoseconds.Value - left.B.Nanoseconds.Value;
        double after = right.A.Nanoseconds.Value - right.B.Nanoseconds.Value;
        return left.A.Arm.Fds + ((right.A.Arm.Fds - left.A.Arm.Fds) * before / (before - after));
    }
}
