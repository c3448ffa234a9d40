using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.MuxBench;

public class BenchSettingsTests
{
    [Fact]
    public void The_default_is_the_lab()
    {
        BenchSettings settings = BenchSettings.From(new BenchOptions());
        Assert.Equal([1000], settings.Fds!);
        Assert.Equal(["select", "poll", "epoll"], settings.Mechanisms);
        Assert.Equal([new ReadyShare("1", 1, false)], settings.Ready);
    }

    [Fact]
    public void A_sweep_is_sorted_and_each_size_is_measured_once() =>
        Assert.Equal([10, 100, 9000], BenchSettings.From(new BenchOptions { Sweep = "9000, 10,100,10" }).Fds!);

    [Fact]
    public void An_automatic_sweep_waits_for_the_limit() =>
        Assert.Null(BenchSettings.From(new BenchOptions { Sweep = "auto" }).Fds);

    [Fact]
    public void Mechanisms_come_in_one_order_each_once()
    {
        Assert.Equal(["poll", "epoll"], BenchSettings.From(new BenchOptions { Mechanisms = "epoll,poll,epoll" }).Mechanisms);
        Assert.Equal(["select", "poll", "ppoll", "epoll", "epoll-et", "epoll-oneshot", "epoll-pwait2", "uring"],
            BenchSettings.From(new BenchOptions { Mechanisms = "all" }).Mechanisms);
    }

    [Theory]
    [InlineData("1", 1000, 1)]
    [InlineData("0", 1000, 0)]
    [InlineData("1%", 1000, 10)]
    [InlineData("1%", 10, 1)] // a share is never nothing, but of nothing
    [InlineData("0%", 10, 0)]
    [InlineData("0.5%", 1000, 5)]
    [InlineData("50%", 9, 4)]
    [InlineData("all", 77, 77)]
    public void The_number_of_readable_ones_is_counted_or_a_share(string text, int fds, int expected) =>
        Assert.Equal(expected, ReadyShare.Parse(text).Of(fds));

    [Theory]
    [InlineData("--fds 0", "0", null, "1", null)]
    [InlineData("--fds -1", "-1", null, "1", null)]
    [InlineData("--fds ten", "ten", null, "1", null)]
    [InlineData("--fds 99999999999", "99999999999", null, "1", null)]
    [InlineData("--fds and --sweep", "10", "10", "1", null)]
    [InlineData("--sweep", null, "10,,20", "1", null)]
    [InlineData("--sweep", null, "0,10", "1", null)]
    [InlineData("--ready 101%", null, null, "101%", null)]
    [InlineData("--ready some", null, null, "some", null)]
    [InlineData("--ready -1", null, null, "-1", null)]
    [InlineData("--ready 11", null, "10,100", "11", null)]
    [InlineData("--mechanisms kqueue", null, null, "1", "poll,kqueue")]
    [InlineData("--mechanisms ", null, null, "1", "")]
    public void What_is_not_possible_is_said(string start, string? fds, string? sweep, string ready, string? mechanisms)
    {
        BenchOptions options = new() { Fds = fds, Sweep = sweep, Ready = ready, Mechanisms = mechanisms };
        OperationFailedException failure = Assert.Throws<OperationFailedException>(() => BenchSettings.From(options));
        Assert.StartsWith(start, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_and_kinds_are_known_by_name()
    {
        BenchSettings settings = BenchSettings.From(new BenchOptions { Measure = "relay,call", Kind = "eventfd", Sparse = true });
        Assert.Equal([Metric.Call, Metric.Relay], settings.Metrics);
        Assert.Equal(DescriptorKind.EventFd, settings.Kind);
        Assert.Equal(Placement.Sparse, settings.Placement);
        Assert.Equal(6, BenchSettings.From(new BenchOptions { Measure = "all" }).Metrics.Length);
    }

    [Fact]
    public void A_call_waits_unless_it_is_asked_to_look()
    {
        Assert.Equal([-1], BenchSettings.From(new BenchOptions()).Timeouts);
        Assert.Equal([0], BenchSettings.From(new BenchOptions { Timeout = "0" }).Timeouts);
        Assert.Equal([-1, 0], BenchSettings.From(new BenchOptions { Timeout = "0,-1" }).Timeouts);
        Assert.Equal([ReadyPosition.First, ReadyPosition.Last],
            BenchSettings.From(new BenchOptions { Position = "last,first" }).Positions);
        Assert.Equal("0", Assert.Single(BenchSettings.From(new BenchOptions { Ready = "0" }).Ready).Text);
    }

    [Fact]
    public void What_does_not_go_together_is_said()
    {
        foreach ((BenchOptions options, string start) in new[]
        {
            (new BenchOptions { Measure = "sleep" }, "--measure sleep: unknown"),
            (new BenchOptions { Kind = "file" }, "--kind file: unknown"),
            (new BenchOptions { Kind = "all" }, "--kind all: unknown"),
            (new BenchOptions { Kind = "pipe,tcp" }, "--kind pipe,tcp: only one"),
            (new BenchOptions { Cold = true, Measure = "wakeup" }, "--cold"),
            (new BenchOptions { Ready = "0", Measure = "relay" }, "--ready 0: a relay"),
            (new BenchOptions { Plot = true, Json = true }, "--plot and --json"),
            (new BenchOptions { Blocks = "2" }, "--blocks 2"),
            (new BenchOptions { Cpu = "x" }, "--cpu x"),
            (new BenchOptions { Timeout = "5" }, "--timeout 5: unknown"),
            (new BenchOptions { Position = "middle" }, "--position middle: unknown"),
            (new BenchOptions { Timeout = "-1", Ready = "0" }, "--ready 0 --timeout -1: a call that waits"),
            (new BenchOptions { Timeout = "0", Measure = "relay" }, "--timeout is for --measure call"),
            (new BenchOptions { Position = "last", Measure = "add" }, "--position is for --measure call"),
            (new BenchOptions { Seed = "-3" }, "--seed -3"),
        })
        {
            OperationFailedException failure = Assert.Throws<OperationFailedException>(() => BenchSettings.From(options));
            Assert.StartsWith(start, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_automatic_sweep_goes_to_the_limit_in_round_steps()
    {
        Assert.Equal([1, 3, 10, 30, 100, 300, 1000, 3000, 9984], DescriptorBudget.Sweep(20_000, 2));
        Assert.Equal([1, 3, 10, 30, 100, 300, 496], DescriptorBudget.Sweep(1024, 2));
        Assert.Equal([1], DescriptorBudget.Sweep(10, 2));
        Assert.Equal(100_000, DescriptorBudget.Sweep(int.MaxValue, 2)[^1]);
    }

    [Fact]
    public void More_descriptors_than_the_limit_allows_are_refused_with_the_way_out()
    {
        DescriptorBudget.Check(9984, 20_000, 2);
        OperationFailedException failure =
            Assert.Throws<OperationFailedException>(() => DescriptorBudget.Check(10_000, 20_000, 2));
        Assert.Contains("20,000", failure.Message, StringComparison.Ordinal);
        Assert.Contains("9,984", failure.Message, StringComparison.Ordinal);
        Assert.Contains("prlimit", failure.Hint, StringComparison.Ordinal);
    }
}
