using System.Globalization;
using NetTools.OptBench.Results;

namespace NetTools.OptBench.Experiments;

/// <summary>Parallel connections: what they move together, and how they share.</summary>
internal static class Streams
{
    public const string Name = "streams";
    private static readonly int[] s_counts = [1, 2, 4, 8];

    /// <summary>Receives over 1 to 8 connections at once.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        FlowsArm[] arms = [.. s_counts.Select(count =>
            new FlowsArm(lab.Peer, $"{Name}={count}", count, measuresUp: false, along: count, against: 0))];
        try
        {
            (ArmResult[] results, DifferenceResult[] differences) = lab.Measure(Name, arms, [(0, 1), (0, 2), (0, 3)]);
            return [Explain(new(Name, "bulk", "MB/s",
                $"Receive over {string.Join(", ", s_counts)} connections at once, by one thread at this end and one for "
                    + $"each connection at "
                + $"the far end, timed once the rate is steady; buffers tuned by the kernel, congestion control "
                + $"{results[0].Congestion} at the sender.", results, differences), [.. arms.Select(arm => arm.Shares)])];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says what the medians and the shares mean.</summary>
    /// <param name="result">An arm for each number of connections.</param>
    /// <param name="shares">What each connection moved in the arm's last visit.</param>
    public static ExperimentResult Explain(ExperimentResult result, IReadOnlyList<IReadOnlyList<long>> shares)
    {
        ArmResult one = result.Arms[0], most = result.Arms[^1];
        static double? Part(IReadOnlyList<long> moved, Func<IReadOnlyList<long>, long> choose) =>
            moved.Sum() > 0 ? 100.0 * choose(moved) * moved.Count / moved.Sum() : null;
        static Fact Percent(double? value) => Fact.Shown(value is double v ? Math.Round(v, 1) : null,
            value?.ToString("0", CultureInfo.InvariantCulture) ?? "-");
        IReadOnlyList<long> last = shares[^1];
        return result with
        {
            Facts = new(["arm", "least_percent", "most_percent", "fairness"],
            [
                .. result.Arms.Select((arm, i) => (Fact[])[arm.Name, Percent(Part(shares[i], moved => moved.Min())),
                    Percent(Part(shares[i], moved => moved.Max())), Evenness(shares[i]) is double even
                        ? Fact.Shown(Math.Round(even, 3), even.ToString("0.00", CultureInfo.InvariantCulture))
                        : new Fact(null, null)]),
            ]),
            Meaning = $"One connection moves {Numbers.Show(one.Median.Value)} MB/s, "
                + string.Join(", ", result.Arms.Skip(1).Select(arm => $"{arm.Requested} {Numbers.Show(arm.Median.Value)} MB/s"
                    + (result.Difference(arm.Name) is DifferenceResult difference ? $" ({Numbers.Change(difference)})" : "")))
                + ". "
                + (Part(last, moved => moved.Min()) is double least && Part(last, moved => moved.Max()) is double top
                    ? string.Create(CultureInfo.InvariantCulture,
                        $"Of {most.Requested} in the last block the slowest had {least:0} % of an even share and the "
                            + $"fastest {top:0} %. ")
                    : "")
                + "More connections help where a window bounds one (window / round-trip time each), and take more from "
                + "others where "
                + "the link does.",
            Textbook = "Textbooks call TCP fair. It shares a bottleneck by connections, not by users: eight connections "
                + "get eight shares.",
        };
    }

    /// <summary>Jain's index: 1 for even shares, 1 / n when one has all; null where nothing was moved.</summary>
    public static double? Evenness(IReadOnlyList<long> shares)
    {
        double sum = shares.Sum(share => (double)share), squares = shares.Sum(share => (double)share * share);
        return squares > 0 ? sum * sum / (shares.Count * squares) : null;
    }
}
