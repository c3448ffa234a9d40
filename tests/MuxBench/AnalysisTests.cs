using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Measurement;
using NetTools.MuxBench.Report;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.MuxBench;

public class AnalysisTests
{
    private static readonly Series One = new(Metric.Call, ReadyShare.Parse("1"), -1);
    private static readonly int[] Sizes = [1, 10, 100, 1000];

    [Fact]
    public void A_walk_is_of_order_n_and_a_list_of_ready_ones_is_not()
    {
        IReadOnlyList<Fit> fits = Analysis.Fits([.. Curve("poll", n => 150 + (65 * n)), .. Curve("epoll", _ => 310)]);
        Assert.Equal(["poll", "epoll"], fits.Select(fit => fit.Mechanism));
        Assert.Equal(["O(n)", "O(1)"], fits.Select(fit => fit.Order));
        Assert.InRange(fits[0].Line.Slope.Value, 64, 66);
    }

    [Fact]
    public void Growth_below_the_bound_is_not_called_a_walk() =>
        Assert.Equal("O(1)", Analysis.Fits(Curve("epoll", n => 310 + (0.2 * n)))[0].Order);

    [Fact]
    public void Noise_that_hides_the_growth_leaves_it_undecided()
    {
        // Medians that lie anywhere between no cost and twice the cost.
        Random random = new(3);
        Point[] points = [.. Sizes.Select(n =>
            Point.Of(new Arm(One, "poll", n, n, 1), [.. Enumerable.Range(0, 7).Select(_ => 1 + (1e5 * random.NextDouble()))]))];
        Assert.Equal("undecided", Analysis.Fits(points)[0].Order);
    }

    [Fact]
    public void Two_sizes_make_no_fit() =>
        Assert.Empty(Analysis.Fits(Curve("poll", n => n).Take(2)));

    [Fact]
    public void A_crossover_lies_where_the_costs_are_equal()
    {
        Crossover crossover = Assert.Single(Analysis.Crossovers([.. Curve("epoll", _ => 310), .. Curve("poll", n => 10 * n)]));
        Assert.Equal(("poll", "epoll"), (crossover.Below, crossover.Above));
        Assert.InRange(crossover.Fds, 30, 32); // 310 / 10
    }

    [Fact]
    public void Curves_that_only_touch_do_not_cross()
    {
        Assert.Empty(Analysis.Crossovers([.. Curve("poll", n => 100 * n), .. Curve("ppoll", n => 100.1 * n)]));
        Assert.Empty(Analysis.Crossovers([.. Curve("poll", n => 100 * n), .. Curve("epoll", n => 90 * n)]));
    }

    [Theory]
    [InlineData(12.345, "12.3 ns")]
    [InlineData(309.4, "309 ns")]
    [InlineData(1234, "1.23 us")]
    [InlineData(65_432, "65.4 us")]
    [InlineData(654_321, "654 us")]
    [InlineData(1_670_000, "1.67 ms")]
    [InlineData(12_345_678, "12.3 ms")]
    public void Times_have_three_digits(double nanoseconds, string expected) => Assert.Equal(expected, Wording.Time(nanoseconds));

    [Fact]
    public void The_sentences_carry_the_figures()
    {
        string[] sentences = [.. Sentences.About([.. Curve("select", n => 200 + (70 * n), 2), .. Curve("epoll", _ => 310, 2)])];
        Assert.Contains("With 1,000 descriptors, 1 of them readable, timeout -1, epoll took 310 ns a call, select 70.2 us (226 "
            + "times as long).", sentences);
        Assert.Contains(sentences, sentence => sentence.StartsWith(
            "select, 1 readable, timeout -1: 200 ns and 70.00 ns for each descriptor", StringComparison.Ordinal)
            && sentence.EndsWith("O(n), each call looks at every descriptor.", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence =>
            sentence.StartsWith("select costs less than epoll below n = 1.6, more above", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence =>
            sentence.StartsWith("Portable select() ends at descriptor 1023: FD_SET(2000)", StringComparison.Ordinal));
        Assert.Equal("Interrupted before anything was measured.", Assert.Single(Sentences.About([])));
    }

    [Fact]
    public void Series_are_kept_apart()
    {
        Series wakeUp = new(Metric.WakeUp, ReadyShare.Parse("0"), -1);
        Point[] points = [.. Curve("poll", n => 10 * n),
            .. Curve("epoll", _ => 310).Select(point => point with { Arm = point.Arm with { Series = wakeUp } })];
        Assert.Empty(Analysis.Crossovers(points));
        Assert.Equal([One, wakeUp], Analysis.Fits(points).Select(fit => fit.Series));
        Assert.Contains(Sentences.About(points), sentence =>
            sentence.StartsWith("epoll, wake-up: 310 ns", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("all", "Relay", 1e9)]
    [InlineData("50%", "Call", 12_345_678.9)]
    [InlineData("9000", "Relay", 123_456)]
    [InlineData("1", "Modify", 9.87)]
    public void Every_table_fits_the_terminal_however_large_the_figures(string share, string metric, double scale)
    {
        Series series = new(Enum.Parse<Metric>(metric), ReadyShare.Parse(share), -1);
        Random random = new(1);
        Point[] points = [.. Sizes.Select(n => Point.Of(new Arm(series, "epoll-oneshot", n * 1_000, n * 1_000, n * 1_000),
            [.. Enumerable.Range(0, 9).Select(_ => scale * n * (0.01 + random.NextDouble()))]))];
        Machine machine = new(NetTools.Measure.MeasuringEnvironment.Read(), 20_000, 127, 126, false, 123.4);
        using TempFolder folder = new();
        using (OutputFile file = new(folder.File("out")))
        {
            TextReport.Write(new Results(BenchSettings.From(new BenchOptions { Plot = true, Sparse = true }), points, machine, [],
                false)
            { Disturbance = new(null, 0, 0, null, null, null, null) }, file.Output);
            file.Output.Flush();
        }

        Assert.All(File.ReadAllLines(folder.File("out")), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void A_plot_fits_the_terminal_and_shows_the_slope()
    {
        IReadOnlyList<string> lines = TerminalPlot.Lines([.. Curve("poll", n => 100 * n), .. Curve("epoll", _ => 310)]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("1,000 descriptors", lines[^2], StringComparison.Ordinal);
        Assert.Equal(77, lines[0].Length); // the dearest point, poll's, is the first mechanism's mark at the far right
        Assert.EndsWith("a", lines[0], StringComparison.Ordinal);
        Assert.Equal(4, lines.SkipLast(3).Sum(line => line.Count(c => c == 'a')));
        Assert.Contains("--sweep", Assert.Single(TerminalPlot.Lines(Curve("poll", n => n)[..1])), StringComparison.Ordinal);
    }

    private static Point[] Curve(string mechanism, Func<int, double> cost, int fdsPerSocket = 1) =>
        [.. Sizes.Select(n => Point.Of(new Arm(One, mechanism, n, n * fdsPerSocket, 1),
            [.. Enumerable.Range(-7, 15).Select(i => cost(n) * (1 + (0.001 * i)))]))];
}
