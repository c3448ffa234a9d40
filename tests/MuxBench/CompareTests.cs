using System.Globalization;
using NetTools.Measure;
using NetTools.MuxBench.Compare;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.MuxBench;

public class CompareTests
{
    [Fact]
    public void Differences_have_intervals_and_verdicts()
    {
        RunComparison comparison = RunComparison.Of(Run("a", 1), Run("b", 1.5), 0.01);
        PointChange change = Assert.Single(comparison.Changes);
        Assert.Equal(Verdict.Effect, change.Comparison.Verdict);
        Assert.InRange(change.Comparison.Relative!.Value.Value, 0.45, 0.55);
        Assert.Empty(comparison.Notes);
        Assert.Equal(Verdict.NoEffect, RunComparison.Of(Run("a", 1), Run("b", 1.001), 0.01).Changes[0].Comparison.Verdict);
        Assert.Equal(Verdict.NoEffect, RunComparison.Of(Run("a", 1), Run("b", 1.1), 0.5).Changes[0].Comparison.Verdict);
        Assert.Equal(Verdict.WithinNoise,
            RunComparison.Of(Run("a", 1, noise: 30), Run("b", 1.1), 0.01).Changes[0].Comparison.Verdict);
        Assert.Equal(Verdict.Undecided,
            RunComparison.Of(Run("a", 1, blocks: 5), Run("b", 1.5), 0.01).Changes[0].Comparison.Verdict);
    }

    [Fact]
    public void Of_runs_with_unequal_blocks_the_medians_are_of_the_blocks_compared()
    {
        RunComparison comparison = RunComparison.Of(Run("a", 1), Run("b", 1, blocks: 4), 0.01);
        PointChange change = Assert.Single(comparison.Changes);
        Assert.Equal(change.A, change.B);
        Assert.Equal(0, change.Comparison.Difference.Value);
        Assert.Equal(["B has 4 blocks, A 9: the first 4 of each are compared"], comparison.Notes);
    }

    [Theory]
    [InlineData("kind is socketpair in a and pipe in b", "pipe", "poll", -1)]
    [InlineData("no point is in both runs", "socketpair", "epoll", -1)]
    [InlineData("no point is in both runs", "socketpair", "poll", 0)]
    public void What_did_not_measure_the_same_is_refused_with_the_reason(
        string reason, string kind, string mechanism, int timeout)
    {
        OperationFailedException failure = Assert.Throws<OperationFailedException>(
            () => RunComparison.Of(Run("a", 1), Run("b", 1, kind: kind, mechanism: mechanism, timeout: timeout), 0.01));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_may_differ_is_said()
    {
        IReadOnlyList<string> notes = RunComparison.Of(
            Run("a", 1), Run("b", 1, kernel: "6.6", spoiled: "\"steal\"", interrupted: true), 0.01).Notes;
        Assert.Equal(["kernel differs: 6.1 in A, 6.6 in B", "B was interrupted", "B was spoiled by steal"], notes);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[1]", "not a result of muxbench")]
    [InlineData("{\"tool\":\"optbench\"}", "not a result of muxbench")]
    [InlineData("{\"tool\":7}", "not a")]
    [InlineData("{\"tool\":\"muxbench\",\"command\":\"compare\"}", "not a measurement")]
    [InlineData("{\"tool\":\"muxbench\",\"points\":3}", "not a complete result")]
    [InlineData("{\"tool\":\"muxbench\",\"points\":[{\"mechanism\":\"poll\"}]}", "no samples of the blocks")]
    [InlineData("{\"tool\":\"muxbench\",\"points\":[{\"block_ns\":[1]}]}", "not a complete result")]
    [InlineData("{\"tool\":\"muxbench\",\"points\":[]}", "not a complete result")]
    public void A_file_that_is_not_a_run_is_refused(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<OperationFailedException>(() => SavedRun.Parse("x.json", text)).Message,
            StringComparison.Ordinal);

    private static SavedRun Run(string name, double factor, string kind = "socketpair", string mechanism = "poll",
        int timeout = -1,
        string kernel = "6.1", string spoiled = "", bool interrupted = false, int blocks = 9, double noise = 1)
    {
        string samples = string.Join(',',
            Enumerable.Range(0, blocks).Select(i => (factor * (1000 + (0.1 * i))).ToString(CultureInfo.InvariantCulture)));
        return SavedRun.Parse(name, $$"""
            {"tool":"muxbench","started":"2026-01-01T00:00:00.000Z","interrupted":{{(interrupted ? "true" : "false")}},
            "spoiled_by":[{{spoiled}}],
            "environment":{"kernel":"{{kernel}}","architecture":"x64","cpu":"c","cpus":2,"clock_source":"tsc","cpu_number":1},
            "options":{"kind":"{{kind}}","placement":"dense","caches":"warm","descriptor_table":"own"},
            "points":[{"mechanism":"{{mechanism}}","fds":10,"ready":1,"measure":"call","timeout_ms":{{timeout}},"position":"even",
            "block_ns":[{{samples}}],"noise_floor_percent":{{noise.ToString(CultureInfo.InvariantCulture)}}}]}
            """);
    }
}
