using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;
using NetTools.MuxBench.Report;
using Xunit;

namespace NetTools.Tests.MuxBench;

/// <summary>Sentences about made-up figures: they follow the figures or stay silent.</summary>
public class SentencesTests
{
    [Fact]
    public void What_waiting_adds_is_said_and_explained_where_the_figures_show_it()
    {
        string[] sentences = Say([.. Both("poll", looks: 53_000, waits: 170_000), .. Both("epoll", looks: 300, waits: 300)]);
        Assert.Contains("With 1,000 descriptors, 1 readable (last), a call with timeout -1 beside one with timeout 0: "
            + "poll 170 us instead of 53.0 us (3.21 times as long); epoll 300 ns instead of 300 ns (no effect).", sentences);
        Assert.Contains(sentences, sentence =>
            sentence.StartsWith("With a timeout the kernel queues the caller", StringComparison.Ordinal));
    }

    [Fact]
    public void What_waiting_does_not_add_is_not_explained()
    {
        string[] sentences = Say([.. Both("poll", looks: 54_000, waits: 54_100), .. Both("epoll", looks: 300, waits: 330)]);
        Assert.Contains(sentences, sentence =>
            sentence.Contains("poll 54.1 us instead of 54.0 us (no effect)", StringComparison.Ordinal));
        Assert.DoesNotContain(sentences, sentence => sentence.Contains("queues the caller", StringComparison.Ordinal));
    }

    [Fact]
    public void A_waiting_call_that_is_cheaper_is_called_cheaper()
    {
        string[] sentences = Say(Both("poll", looks: 60_000, waits: 54_000));
        Assert.Contains(sentences, sentence =>
            sentence.Contains("poll 54.0 us instead of 60.0 us (-10.0 %)", StringComparison.Ordinal));
    }

    [Fact]
    public void One_timeout_alone_is_not_compared() =>
        Assert.DoesNotContain(Say([At("poll", 1000, 170_000), At("epoll", 1000, 300)]), sentence =>
            sentence.Contains("beside one", StringComparison.Ordinal));

    [Theory]
    [InlineData(new double[] { 10_000, 20_000, 60_000 }, "bends up")]
    [InlineData(new double[] { 10_000, 40_000, 50_000 }, "bends down")]
    [InlineData(new double[] { 10_000, 20_000, 30_000 }, null)]
    public void A_curve_is_called_what_its_figures_say(double[] costs, string? word)
    {
        string growth = Assert.Single(Say([At("poll", 100, costs[0]), At("poll", 200, costs[1]), At("poll", 300, costs[2])]),
            sentence => sentence.StartsWith("poll, 1 readable", StringComparison.Ordinal));
        Assert.Equal(word is not null, growth.Contains("between the two largest sizes", StringComparison.Ordinal));
        Assert.Contains(word ?? "O(n)", growth, StringComparison.Ordinal);
        Assert.DoesNotContain("cache", growth, StringComparison.Ordinal);
    }

    [Fact]
    public void Mechanisms_that_differ_by_no_more_than_the_noise_are_not_called_faster()
    {
        Point poll = At("poll", 1000, 50_000) with { NoiseFloor = 0.2 };
        string[] sentences = Say([poll, At("select", 1000, 55_000) with { NoiseFloor = 0.2 }]);
        Assert.Contains("With 1,000 descriptors, 1 of them readable, timeout -1, poll took 50.0 us a call, select 55.0 us "
            + "(within noise).", sentences);
    }

    [Fact]
    public void A_walk_is_claimed_only_of_mechanisms_that_walk()
    {
        string[] sentences = Say([.. new[] { 100, 200, 300 }.Select(n => At("epoll", n, 300 + (5 * n)))]);
        Assert.Contains(sentences, sentence => sentence.EndsWith("O(n).", StringComparison.Ordinal));
        Assert.DoesNotContain(sentences, sentence => sentence.Contains("looks at every descriptor", StringComparison.Ordinal));
    }

    [Fact]
    public void Few_blocks_leave_growth_undecided_and_say_why()
    {
        Point[] points = [.. new[] { 100, 200, 300 }.Select(n => Point.Of(Arm("poll", n, -1), [60 * n, 61 * n, 62 * n]))];
        Assert.Contains(Say(points), sentence =>
            sentence.EndsWith("undecided, 3 blocks carry no interval (6 do).", StringComparison.Ordinal));
        Assert.Null(points[0].Steady);
    }

    [Fact]
    public void Curves_that_cross_twice_change_places_twice()
    {
        string[] sentences = Say(
        [
            .. new[] { (10, 100.0), (100, 900.0), (1000, 5_000.0) }.Select(p => At("poll", p.Item1, p.Item2)),
            .. new[] { (10, 300.0), (100, 300.0), (1000, 50_000.0) }.Select(p => At("epoll", p.Item1, p.Item2)),
        ]);
        Assert.Contains(sentences, sentence =>
            sentence.StartsWith("poll and epoll change places at n = ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_point_that_drifts_is_called_unsteady()
    {
        Point drifting = Point.Of(Arm("poll", 1000, -1), [100, 101, 100, 101, 150, 151, 150, 151]);
        Assert.False(drifting.Steady);
        Assert.Contains(Say([drifting]), sentence =>
            sentence.EndsWith("differs from the first: poll at 1,000.", StringComparison.Ordinal));
        Assert.True(At("poll", 1000, 100).Steady);
    }

    private static string[] Say(IReadOnlyList<Point> points) => [.. Sentences.About(points)];

    private static Point[] Both(string mechanism, double looks, double waits) =>
    [
        Point.Of(Arm(mechanism, 1000, 0, ReadyPosition.Last), Around(looks)),
        Point.Of(Arm(mechanism, 1000, -1, ReadyPosition.Last), Around(waits)),
    ];

    private static Point At(string mechanism, int fds, double cost) => Point.Of(Arm(mechanism, fds, -1), Around(cost));

    private static Arm Arm(string mechanism, int fds, int timeout, ReadyPosition position = ReadyPosition.Even) =>
        new(new Series(Metric.Call, ReadyShare.Parse("1"), timeout, position), mechanism, fds, fds, 1);

    private static double[] Around(double cost) => [.. Enumerable.Range(-4, 9).Select(i => cost * (1 + (0.0001 * i)))];
}
