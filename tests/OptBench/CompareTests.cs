using System.Text.Json;
using NetTools.Measure;
using NetTools.OptBench.Compare;
using NetTools.OptBench.Report;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

public class CompareTests
{
    [Theory]
    [InlineData(110, 10, "effect")]
    [InlineData(100.2, 10, "no effect")]
    [InlineData(110, 5, "undecided")] // no interval
    public void Arms_of_two_runs_are_compared(double value, int blocks, string verdict)
    {
        RunComparison comparison = RunComparison.Of(
            SavedRun.Parse("a", Run(100, blocks)), SavedRun.Parse("b", Run(value, blocks)), 0.01);
        ArmChange change = Assert.Single(comparison.Changes);
        Assert.Equal(value - 100, change.Difference, 6);
        Assert.Equal(verdict, change.Verdict.Text());
        string text = Print(output => CompareReport.Write(output, comparison));
        Assert.Contains(verdict, text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(
            Print(output => CompareReport.WriteJson(output, new JsonHead("compare"), comparison)));
        Assert.Equal(verdict, json.RootElement.GetProperty("differences")[0].GetProperty("verdict").GetString());
    }

    [Fact]
    public void The_noise_of_either_run_counts() =>
        Assert.Equal(Verdict.WithinNoise, Assert.Single(
            RunComparison.Of(SavedRun.Parse("a", Run(100, 10)), SavedRun.Parse("b", Run(110, 10, 0.3)), 0.01).Changes).Verdict);

    [Theory]
    [InlineData("\"size_bytes\":1,", "\"size_bytes\":14,", "size_bytes is 1 in a and 14 in b")]
    [InlineData("\"server\":\"local\"", "\"server\":\"far:5400\"",
        "far end is on the same machine in a and on another machine in b")]
    [InlineData("\"unit\":\"us\"", "\"unit\":\"ms\"", "is in us in a and in ms in b")]
    [InlineData("nodelay=off", "cork=off", "no arm in common")]
    [InlineData("\"congestion_control\":\"cubic\",\"retr", "\"congestion_control\":\"bbr\",\"retr",
        "nodelay=off ran with cubic in a and with bbr in b")]
    [InlineData("\"path\":null", "\"path\":{\"rtt_us\":20000,\"mtu_bytes\":1500}", "")]
    public void What_was_not_measured_the_same_way_is_refused(string was, string becomes, string why)
    {
        string run = Run(100, 10);
        Assert.Contains(was, run, StringComparison.Ordinal);
        string other = run.Replace(was, becomes, StringComparison.Ordinal);
        if (why.Length == 0)
        {
            Assert.Contains("round trip", Refused(
                run.Replace(was, "\"path\":{\"rtt_us\":100,\"mtu_bytes\":1500}", StringComparison.Ordinal), other));
            return;
        }

        Assert.Contains(why, Refused(run, other));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"tool\":\"muxbench\",\"experiments\":[]}")]
    [InlineData("{\"tool\":\"optbench\",\"experiments\":[]}")]
    [InlineData("{\"tool\":\"optbench\",\"experiments\":7,\"settings\":{}}")]
    public void Other_files_are_refused_by_name(string text) =>
        Assert.StartsWith("file.json: ", Assert.Throws<OperationFailedException>(() => SavedRun.Parse("file.json", text)).Message,
            StringComparison.Ordinal);

    private static string Refused(string a, string b)
    {
        string message = Assert.Throws<OperationFailedException>(
            () => RunComparison.Of(SavedRun.Parse("a", a), SavedRun.Parse("b", b), 0.01)).Message;
        Assert.StartsWith("not comparable: ", message, StringComparison.Ordinal);
        return message;
    }

    private static string Run(double value, int blocks, double? noise = null)
    {
        double[] medians = [.. Enumerable.Range(0, blocks).Select(i => value + (i * 0.01) - (blocks * 0.005) + 0.005)];
        ArmResult arm = new("nodelay=off", 0, 0, MedianEstimate.Of(medians), medians)
        {
            Blocks = medians,
            Congestion = "cubic",
            Cost = default(CpuCost),
        };
        DifferenceResult[] differences = noise is null ? [] : [DifferenceResult.Of(arm, arm, noise)];
        ExperimentResult result = new("nodelay", "ping-pong", "us", "Done.", [arm], differences);
        string run = Print(output => JsonReport.Write(
            output, new JsonHead(), new(MeasuringEnvironment.Read(), new(20, 5, 1_000_000, 1), null, [result])));
        // the name of the tool is that of the test runner here
        return "{\"tool\":\"optbench\"" + run[run.IndexOf(",\"version\"", StringComparison.Ordinal)..];
    }

    private static string Print(Action<Output> write)
    {
        using TempFolder folder = new();
        using (OutputFile file = new(folder.File("out")))
        {
            write(file.Output);
            file.Output.Flush();
        }

        return File.ReadAllText(folder.File("out"));
    }
}
