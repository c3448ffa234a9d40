using System.Globalization;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

[Collection("lab")]
public class JsonContractLabTests(ExperimentReports every) : IClassFixture<ExperimentReports>
{
    private const int FewestBlocks = 6;
    private static readonly string[] s_verdicts = ["effect", "within noise", "no effect", "undecided"];

    [Fact]
    public void A_run_says_what_it_was()
    {
        Assert.All(every.Runs, run =>
        {
            Assert.Equal("optbench", run.GetProperty("tool").GetString());
            Assert.NotEmpty(run.GetProperty("version").GetString()!);
            Assert.True(Time(run, "started") <= Time(run, "ended"));
            Assert.False(run.GetProperty("interrupted").GetBoolean());
            Assert.NotEmpty(run.GetProperty("options").GetProperty("arguments").EnumerateArray());
            foreach (string name in (string[])["time_s", "bytes", "blocks", "confidence_percent", "smallest_effect_percent",
                "size_bytes", "seed"])
            {
                Assert.Equal(JsonValueKind.Number, run.GetProperty("settings").GetProperty(name).ValueKind);
            }

            Assert.Equal(1, run.GetProperty("seed").GetInt32());
            Assert.InRange(run.GetProperty("blocks").GetInt32(), 3, 20);
            Assert.Equal("local", run.GetProperty("server").GetString());
            Assert.NotEmpty(run.GetProperty("environment").GetProperty("kernel").GetString()!);
            Assert.Equal(run.GetProperty("experiments").EnumerateArray().Select(one => one.GetProperty("name").GetString())
                .Distinct(), run.GetProperty("durations").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        });
        JsonElement[] runs = [.. every.Runs];
        Assert.True(Number(runs[0].GetProperty("path"), "rtt_us") is null or > 0);
        Assert.True(Number(runs[0].GetProperty("path"), "mtu_bytes") > 0);
        Assert.Equal(JsonValueKind.Null, runs[1].GetProperty("path").ValueKind); // no far end was needed
        Assert.All(runs[0].GetProperty("durations").EnumerateArray(), one => Assert.True(Number(one, "budget_s") > 0));
        Assert.All(runs[1].GetProperty("durations").EnumerateArray(), one => Assert.Null(Number(one, "budget_s")));
    }

    [Fact]
    public void Every_experiment_is_there_and_says_why_where_it_was_not_run()
    {
        Assert.Equal(every.Names.Order(),
            every.Experiments.Select(one => one.GetProperty("name").GetString()!).Distinct().Order());
        Assert.All(every.Experiments, one =>
        {
            Assert.NotEmpty(one.GetProperty("done").GetString()!);
            bool run = one.GetProperty("not_run").ValueKind == JsonValueKind.Null;
            Assert.Equal(run, one.GetProperty("meaning").GetString()!.Length > 0);
            Assert.True(run || one.GetProperty("not_run").GetString()!.Length > 0);
            bool seen = one.GetProperty("arms").GetArrayLength() > 0 || one.TryGetProperty("facts", out _);
            Assert.Equal(run, seen);
            Assert.Equal(one.GetProperty("arms").GetArrayLength() > 0, one.TryGetProperty("spoiled_by", out _));
            Assert.Equal(one.GetProperty("arms").GetArrayLength() > 0, one.TryGetProperty("machine", out _));
            Assert.NotNull(one.GetProperty("textbook").GetString());
        });
    }

    [Fact]
    public void An_arm_has_its_median_and_an_interval_only_where_its_blocks_carry_one() =>
        Assert.All(every.Experiments.SelectMany(one => one.GetProperty("arms").EnumerateArray()), arm =>
        {
            Assert.Contains('=', arm.GetProperty("name").GetString()!);
            double[] blocks = [.. arm.GetProperty("blocks").EnumerateArray().Select(block => block.GetDouble())];
            Assert.NotEmpty(blocks);
            Assert.InRange(arm.GetProperty("median").GetDouble(), blocks.Min(), blocks.Max());
            Assert.Equal((blocks.Min(), blocks.Max()), Interval(arm, "range")!.Value);
            bool carried = blocks.Length >= FewestBlocks && arm.GetProperty("steady").GetBoolean();
            Assert.Equal(carried, Interval(arm, "ci95") is not null);
            int samples = arm.GetProperty("samples").GetInt32();
            Assert.True(samples >= blocks.Length);
            JsonElement percentiles = arm.GetProperty("percentiles");
            Assert.Equal(["min", "p5", "p25", "p50", "p75", "p95", "p99", "max"],
                percentiles.EnumerateObject().Select(one => one.Name));
            Assert.Equal(samples >= 100, Number(percentiles, "p99") is not null);
            Assert.True(Number(percentiles, "min") <= Number(percentiles, "p50")
                && Number(percentiles, "p50") <= Number(percentiles, "max"));
            Assert.True(arm.GetProperty("requested").ValueKind is JsonValueKind.Number or JsonValueKind.Null);
            Assert.True(arm.GetProperty("effective").ValueKind is JsonValueKind.Number or JsonValueKind.Null);
        });

    [Fact]
    public void A_difference_names_two_arms_and_a_verdict() => Assert.All(every.Experiments, one =>
    {
        string[] arms = [.. one.GetProperty("arms").EnumerateArray().Select(arm => arm.GetProperty("name").GetString()!)];
        Assert.All(one.GetProperty("differences").EnumerateArray(), difference =>
        {
            Assert.Contains(difference.GetProperty("a").GetString()!, arms);
            Assert.Contains(difference.GetProperty("b").GetString()!, arms);
            string verdict = difference.GetProperty("verdict").GetString()!;
            Assert.Contains(verdict, s_verdicts);
            Assert.True(Interval(difference, "ci95") is not null || verdict == "undecided");
            Assert.True(Number(difference, "blocks_to_decide") is null || verdict == "undecided");
        });
    });

    [Fact]
    public void A_column_of_facts_has_one_type() => Assert.All(every.Experiments.Where(one => one.TryGetProperty("facts", out _)),
        one =>
        {
            JsonElement[] rows = [.. one.GetProperty("facts").EnumerateArray()];
            Assert.NotEmpty(rows);
            string[] columns = [.. rows[0].EnumerateObject().Select(fact => fact.Name)];
            Assert.All(rows, row => Assert.Equal(columns, row.EnumerateObject().Select(fact => fact.Name)));
            Assert.All(columns, column =>
            {
                Assert.Matches("^[a-z][a-z0-9_]*$", column);
                Assert.True(rows.Select(row => row.GetProperty(column).ValueKind).Where(kind => kind != JsonValueKind.Null)
                    .Distinct().Count() <= 1, $"{one.GetProperty("name")}: {column} has several types");
            });
        });

    [LabFact(Needs.Root)]
    public void A_cut_link_is_noticed_when_the_arithmetic_says()
    {
        JsonElement experiment = every.Of("keepalive")[0];
        Assert.Contains("link stop forwarding", experiment.GetProperty("done").GetString());
        OptBenchLabTests.AssertNoticed(experiment);
    }

    [LabFact(Needs.Root)]
    public void Over_a_link_the_second_fast_open_connection_has_its_data_in_the_syn()
    {
        JsonElement[] rows = [.. every.Of("fastopen")[0].GetProperty("facts").EnumerateArray()];
        double[] replies = [.. rows.Select(row => row.GetProperty("reply_ms").GetDouble())];
        Assert.Equal(["no", "no", "yes"], rows.Select(row => row.GetProperty("data_in_syn").GetString()));
        Assert.InRange(replies[0], 39, 3_000);
        Assert.InRange(replies[2], 19, 3_000);
        Assert.True(replies[2] < replies[0]);
    }

    [Fact]
    public void What_failed_has_a_line_and_nothing_else_has() =>
        Assert.Equal(every.Experiments.Count(one => one.GetProperty("pattern").GetString() is "failed" or "too little time"),
            every.ErrorLines.Length);

    private static DateTimeOffset Time(JsonElement run, string name) =>
        DateTimeOffset.Parse(run.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static double? Number(JsonElement parent, string name) =>
        parent.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static (double Low, double High)? Interval(JsonElement parent, string name)
    {
        JsonElement interval = parent.GetProperty(name);
        if (interval.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        Assert.Equal(2, interval.GetArrayLength());
        Assert.True(interval[0].GetDouble() <= interval[1].GetDouble());
        return (interval[0].GetDouble(), interval[1].GetDouble());
    }
}
