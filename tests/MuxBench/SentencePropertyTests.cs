using System.Globalization;
using System.Text.RegularExpressions;
using Bogus;
using NetTools.Measure;
using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;
using NetTools.MuxBench.Report;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.MuxBench;

/// <summary>Random tables: no sentence contradicts the table it stands under.</summary>
public partial class SentencePropertyTests
{
    private const double Rounding = 0.006; // of figures printed with three digits
    private static readonly string[] s_mechanisms = ["select", "poll", "epoll"];
    private static readonly int[] s_sizes = [10, 100, 1_000, 3_000];

    [Fact]
    public void No_sentence_contradicts_its_table() => Seeded.Run(random =>
    {
        for (int round = 0; round < 300; round++)
        {
            Point[] points = Table(random);
            foreach (string sentence in Sentences.About(points))
            {
                string? wrong = Contradiction(sentence, points);
                Assert.True(wrong is null, $"{wrong}: {sentence}\n" + string.Join('\n', points.Select(point =>
                    FormattableString.Invariant($"{point.Arm.Mechanism} {point.Arm.Fds} timeout {point.Arm.Series.TimeoutMs}: ")
                        + string.Join(' ', point.Samples.Select(ns => ns.ToString("F1", CultureInfo.InvariantCulture))))));
            }
        }
    });

    /// <summary>The test can fail: sentences about another table are found out.</summary>
    [Fact]
    public void A_sentence_of_another_table_is_found_out()
    {
        Point[] points = [Flat("poll", 1_000, 100), Flat("epoll", 1_000, 300)];
        Point[] others = [Flat("poll", 1_000, 300), Flat("epoll", 1_000, 100)];
        Assert.All(Sentences.About(points), sentence => Assert.Null(Contradiction(sentence, points)));
        Assert.Contains(Sentences.About(points), sentence => Contradiction(sentence, others) is not null);
    }

    [Fact]
    public void A_cost_that_falls_is_not_called_constant()
    {
        string growth = Assert.Single(Sentences.About([.. s_sizes.Select(fds => Flat("epoll", fds, 50_000 - (10.0 * fds)))]),
            sentence => sentence.StartsWith("epoll, 1 readable", StringComparison.Ordinal));
        Assert.Contains("undecided, the cost falls", growth, StringComparison.Ordinal);
    }

    private static Point[] Table(Randomizer random)
    {
        int[] sizes = [.. s_sizes.Take(random.Int(1, s_sizes.Length))];
        int[] timeouts = random.Bool() ? [-1, 0] : [-1];
        int blocks = random.Int(3, 15);
        double spread = random.ArrayElement([0.001, 0.02, 0.3]);
        return
        [
            .. from timeout in timeouts
               from mechanism in random.ArrayElements(s_mechanisms, random.Int(1, 3))
               let start = Math.Pow(10, random.Double(2, 5))
               let growth = random.ArrayElement([0, 0.5, 1, 1.3, -0.3])
               let drift = random.Bool(0.2f) ? random.Double(0.7, 1.4) : 1
               from fds in sizes
               let cost = start * Math.Pow(fds / 10.0, growth) * random.Double(0.8, 1.25)
               select Point.Of(Arm(mechanism, fds, timeout), [.. Enumerable.Range(0, blocks).Select(block =>
                   cost * random.Double(1 - spread, 1 + spread) * (2 * block < blocks ? 1 : drift))]) with
               {
                   NoiseFloor = random.Bool() ? random.Double(0, 0.1) : null,
               },
        ];
    }

    /// <summary>What is wrong with a sentence, by the medians of the table alone; null for nothing.</summary>
    private static string? Contradiction(string sentence, Point[] points)
    {
        double Median(string mechanism, int fds, int timeout) => Statistics.Median(points.Single(point =>
            (point.Arm.Mechanism, point.Arm.Fds, point.Arm.Series.TimeoutMs) == (mechanism, fds, timeout)).Samples);
        int largest = points.Max(point => point.Arm.Fds);
        if (Took().Match(sentence) is { Success: true } took)
        {
            int timeout = int.Parse(took.Groups[1].Value, CultureInfo.InvariantCulture);
            double best = Median(took.Groups[2].Value, largest, timeout);
            foreach (Match other in Other().Matches(sentence))
            {
                double ratio = Median(other.Groups[1].Value, largest, timeout) / best;
                if (ratio < 1 || (other.Groups[2].Success && !IsNear(other.Groups[2].Value, ratio)))
                {
                    return $"{other.Groups[1].Value} takes {ratio:F3} times as long";
                }
            }
        }

        foreach (Match change in Beside().Matches(sentence))
        {
            double ratio = Median(change.Groups[1].Value, largest, -1) / Median(change.Groups[1].Value, largest, 0);
            if (change.Groups[2].Success ? !IsNear(change.Groups[2].Value, ratio) : change.Groups[3].Success && ratio >= 1)
            {
                return $"waiting takes {ratio:F3} times as long";
            }
        }

        if (Growth().Match(sentence) is { Success: true } growth)
        {
            double[] medians = [.. s_sizes.Where(fds => fds <= largest).Select(fds =>
                Median(growth.Groups[1].Value, fds, int.Parse(growth.Groups[2].Value, CultureInfo.InvariantCulture)))];
            int[] sizes = [.. s_sizes.Take(medians.Length)];
            double Stretch(int end) => (medians[^end] - medians[^(end + 1)]) / (sizes[^end] - sizes[^(end + 1)]);
            bool grows = medians[^1] > medians[0];
            double each = Math.Abs(medians[^1] - medians[0]) / (sizes[^1] - sizes[0]);
            return sentence.Contains("bends up", StringComparison.Ordinal) && Stretch(1) <= Stretch(2) ? "it does not bend up"
                : sentence.Contains("bends down", StringComparison.Ordinal) && Stretch(1) >= Stretch(2) ? "it does not bend down"
                : sentence.Contains("O(n)", StringComparison.Ordinal) && !grows ? "it does not grow"
                : sentence.Contains("the cost falls", StringComparison.Ordinal) && grows ? "it does not fall"
                : sentence.Contains("O(1)", StringComparison.Ordinal) && each > 1.01 ? $"{each:F1} ns a descriptor are not none"
                : null;
        }

        if (Crossing().Match(sentence) is { Success: true } crossing)
        {
            (string below, string above) = (crossing.Groups[1].Value, crossing.Groups[2].Value);
            int timeout = int.Parse(crossing.Groups[4].Value, CultureInfo.InvariantCulture);
            double at = double.Parse(crossing.Groups[3].Value, NumberStyles.Any, CultureInfo.InvariantCulture);
            int[] common = [.. s_sizes.Where(fds => fds <= largest)];
            bool Cheaper(int fds) => Median(below, fds, timeout) < Median(above, fds, timeout);
            return !common.Any(fds => fds <= at && Cheaper(fds)) ? $"{below} is nowhere cheaper below"
                : !common.Any(fds => fds >= at && !Cheaper(fds)) ? $"{below} is nowhere dearer above" : null;
        }

        return Unsteady().Match(sentence) is { Success: true } unsteady && unsteady.Groups[1].Captures.Any(name =>
            points.All(point => FormattableString.Invariant($"{point.Arm.Mechanism} at {point.Arm.Fds:N0}") != name.Value
                || point.Steady != false)) ? "a point is steady" : null;
    }

    private static bool IsNear(string printed, double ratio) =>
        Math.Abs(double.Parse(printed, NumberStyles.Any, CultureInfo.InvariantCulture) - ratio)
            <= Math.Max(Rounding, ratio >= 10 ? 0.51 : 0);

    private static Point Flat(string mechanism, int fds, double cost) =>
        Point.Of(Arm(mechanism, fds, -1), [.. Enumerable.Range(-4, 9).Select(i => cost * (1 + (0.0001 * i)))]);

    private static Arm Arm(string mechanism, int fds, int timeout) =>
        new(new Series(Metric.Call, ReadyShare.Parse("1"), timeout, ReadyPosition.Even), mechanism, fds, fds, 1);

    [GeneratedRegex(@"^With [\d,]+ descriptors, .*timeout (-?\d), (\w+) took ")]
    private static partial Regex Took();

    [GeneratedRegex(@", (\w+) [\d.,]+ [mnu]s \((?:([\d.,]+) times as long|no effect|within noise)")]
    private static partial Regex Other();

    [GeneratedRegex(@"(\w+) [\d.,]+ [mnu]s instead of [\d.,]+ [mnu]s \((?:([\d.,]+) times as long|(-[\d.]+) %|\w)")]
    private static partial Regex Beside();

    [GeneratedRegex(@"^(\w+), 1 readable, timeout (-?\d): ")]
    private static partial Regex Growth();

    [GeneratedRegex(@"^(\w+) costs less than (\w+) below n = ([\d.,]+), more above \(1 readable, timeout (-?\d)\)")]
    private static partial Regex Crossing();

    [GeneratedRegex(@"^Not steady, .* first: (?:(\w+ at [\d,]+)(?:, |\.))+$")]
    private static partial Regex Unsteady();
}
