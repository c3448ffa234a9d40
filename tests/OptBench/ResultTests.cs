using System.Text;
using System.Text.Json;
using NetTools.Measure;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Report;
using NetTools.OptBench.Results;
using NetTools.Sockets;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

public class ResultTests
{
    [Theory]
    [InlineData(1, 2, 100, "effect")]
    [InlineData(-2, -0.001, 100, "effect")]
    [InlineData(-1, 1, 100, "no effect")]
    [InlineData(-10, 0, 100, "no effect")]
    [InlineData(-10.1, 0, 100, "undecided")]
    [InlineData(-1, 11, 100, "undecided")]
    public void A_verdict_follows_from_the_interval(double low, double high, double median, string verdict) =>
        Assert.Equal(verdict, EffectVerdicts.Judge(new Interval(low, high), median).Text());

    [Fact]
    public void A_slow_block_strikes_both_arms_and_cancels() => Seeded.Run(random =>
    {
        double[] a = [.. Enumerable.Range(0, 20).Select(_ => random.Double(10, 100))];
        double[] b = [.. a.Select(value => value + 1)];
        DifferenceResult difference = Comparison.Of("a", a, "b", b.AsSpan(0, 19)); // a stop left b a block short
        Assert.Equal(1, difference.Median.Value, 6);
        Assert.Equal(EffectVerdict.Effect, difference.Verdict);
    });

    [Fact]
    public void The_same_distribution_twice_shows_no_effect_nearly_always()
    {
        int effects = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            Random random = new(seed);
            double[] a = [.. Enumerable.Range(0, 20).Select(_ => 100 + random.NextDouble())];
            double[] b = [.. Enumerable.Range(0, 20).Select(_ => 100 + random.NextDouble())];
            effects += Comparison.Of("a", a, "b", b).Verdict == EffectVerdict.Effect ? 1 : 0;
        }

        Assert.InRange(effects, 0, 15); // 5 expected of a 95 % interval
    }

    [Fact]
    public void Confidence_decides_what_is_an_effect_and_is_printed()
    {
        // Twenty blocks, 14 of them up: enough for 80 %, not for 99 %.
        double[] a = [.. Enumerable.Repeat(100.0, 20)];
        double[] b = [.. Enumerable.Range(0, 20).Select(i => i < 14 ? 101.0 + (i / 10.0) : 98.0)];
        DifferenceResult bold = Comparison.Of("a", a, "b", b, 0.8);
        DifferenceResult careful = Comparison.Of("a", a, "b", b, 0.999);
        Assert.Equal((EffectVerdict.Effect, EffectVerdict.NoEffect), (bold.Verdict, careful.Verdict));
        Assert.Equal(bold.Usual, careful.Usual);

        ArmResult arm = new("o=a", 1, 1, Bootstrap.Median(b, 0.8), b) { Usual = Bootstrap.Median(b).Interval };
        ExperimentResult result = new("o", "p", "us", "Done.", [arm, arm], [bold]);
        string text = Print(output => TextReport.Write(output, result));
        Assert.Equal(2, text.Split("80 % interval").Length - 1);
        Assert.DoesNotContain("95 %", text);

        using JsonDocument document = JsonDocument.Parse(Print(output => JsonReport.Write(output, MeasuringEnvironment.Read(), [result])));
        JsonElement difference = document.RootElement.GetProperty("experiments")[0].GetProperty("differences")[0];
        Assert.Equal(80, difference.GetProperty("confidence_percent").GetDouble());
        Assert.Equal(bold.Median.Interval.Low, difference.GetProperty("interval")[0].GetDouble(), 3);
        Assert.Equal(bold.Usual!.Value.Low, difference.GetProperty("ci95")[0].GetDouble(), 3);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.04567, "0.0457")]
    [InlineData(12.345, "12.3")]
    [InlineData(-99.94, "-99.9")]
    [InlineData(46048.4, "46,048")]
    public void Numbers_show_three_figures(double value, string text) => Assert.Equal(text, Numbers.Show(value));

    [Theory]
    [InlineData(4096, "4 KB")]
    [InlineData(4 << 20, "4 MB")]
    [InlineData(1310958, "1310958 B")]
    public void Sizes_are_short_where_they_are_whole(long bytes, string text) => Assert.Equal(text, Numbers.Size(bytes));

    [Fact]
    public void The_explanations_carry_the_numbers()
    {
        Assert.Contains("takes 13.0 us, with TCP_NODELAY 13.1 us: no difference", Explained("ping-pong", 13, 13.1, -0.2, 0.3).Meaning);
        Assert.Contains("too much noise", Explained("ping-pong", 13, 13.1, -9, 9).Meaning);
        Assert.Contains("44,000 us, with TCP_NODELAY 20.0 us: 2,200 times", Explained("write-write-read", 44_000, 20, -44_000, -43_000).Meaning);
    }

    [Fact]
    public void Json_is_as_the_contract_says()
    {
        string text = Print(output => JsonReport.Write(output, MeasuringEnvironment.Read(), [Explained("ping-pong", 13, 14, -1, 3)]));
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        Assert.Equal("optbench", root.GetProperty("tool").GetString());
        Assert.Equal(JsonValueKind.String, root.GetProperty("environment").GetProperty("kernel").ValueKind);
        JsonElement experiment = root.GetProperty("experiments")[0];
        Assert.Equal(("nodelay", "ping-pong", "us"), (experiment.GetProperty("name").GetString(),
            experiment.GetProperty("pattern").GetString(), experiment.GetProperty("unit").GetString()));
        JsonElement arm = experiment.GetProperty("arms")[0];
        Assert.Equal("nodelay=off", arm.GetProperty("name").GetString());
        Assert.Equal(13, arm.GetProperty("median").GetDouble());
        Assert.Equal([12, 14], arm.GetProperty("ci95").EnumerateArray().Select(e => e.GetDouble()));
        Assert.Equal(2, arm.GetProperty("samples").GetInt32());
        Assert.Equal(JsonValueKind.Null, experiment.GetProperty("arms")[2].GetProperty("effective").ValueKind);
        JsonElement difference = experiment.GetProperty("differences")[0];
        Assert.Equal(("nodelay=off", "nodelay=on", "undecided"), (difference.GetProperty("a").GetString(),
            difference.GetProperty("b").GetString(), difference.GetProperty("verdict").GetString()));
        Assert.Equal([-1, 3], difference.GetProperty("ci95").EnumerateArray().Select(e => e.GetDouble()));
    }

    [Fact]
    public void Csv_has_a_row_a_sample()
    {
        string[] lines = Print(output => CsvReport.Write(output, [Explained("ping-pong", 13, 14, -1, 3)])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("experiment,pattern,arm,sample,value,unit", lines[0]);
        Assert.Equal("nodelay,ping-pong,nodelay=off,0,12.5,us", lines[1]);
        Assert.Equal(1 + (3 * 2), lines.Length);
    }

    [Fact]
    public void Text_fits_eighty_columns()
    {
        string text = Print(output => TextReport.Write(output, Explained("write-write-read", 44_000, 20, -44_000, -43_000)));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void The_widest_throughput_report_fits_eighty_columns_and_names_both_ends()
    {
        TcpInfo info = new() { RttUs = 40_123, Cwnd = 12_345, SendWindowScale = 10, DeliveryRate = 12_345_678_901 };
        double[] samples = [12_345, 23_456];
        ArmResult Arm(string name, string congestion) => new(name, 4194304, 8388608, Bootstrap.Median(samples), samples)
        {
            Congestion = congestion,
            IsSender = false,
            FarTcp = (info, info),
            Cost = new(8_000_000, 1024, 9_000_000, 1024, 12_345),
        };
        ArmResult[] arms = [Arm("rcvbuf=4194304", "highspeed"), Arm("rcvbuf-late=4194304", "westwood")];
        ExperimentResult result = new("rcvbuf", "bulk", "MB/s", "Done.", arms, [Comparison.Of(arms[0].Name, samples, arms[1].Name, [1, 40_000])]);
        string text = Print(output => TextReport.Write(output, result));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("8,000,000", text);
        Assert.Contains("40123 > 40123", text);
        using JsonDocument document = JsonDocument.Parse(Print(output => JsonReport.Write(output, MeasuringEnvironment.Read(), [result])));
        JsonElement arm = document.RootElement.GetProperty("experiments")[0].GetProperty("arms")[1];
        Assert.Equal(7812.5, arm.GetProperty("cpu_ns_per_byte").GetDouble());
        Assert.Equal(12_345, arm.GetProperty("retransmits").GetInt32());
        Assert.Equal(12_345, arm.GetProperty("far_tcp_after").GetProperty("cwnd").GetInt32());
    }

    [LabFact(Needs.Gnuplot)]
    public void Gnuplot_draws_a_panel_for_each_plot()
    {
        Curve curve = new("window, bytes", [1_000, 2_000, 3_000], [(500, 1), (5_000, 10)]);
        ExperimentResult plain = Explained("ping-pong", 13, 14, -1, 3);
        string script = Print(output => GnuplotReport.Write(output,
            [plain, plain with { Name = "bdp", Pattern = "rtt 10 ms", Curve = curve }, plain with { Name = "bdp", Pattern = "rtt 40 ms", Curve = curve }]));
        using TempFolder folder = new();
        File.WriteAllText(folder.File("plot.gp"), script);
        ToolResult drawn = ToolProcess.RunCommand("gnuplot", folder.File("plot.gp")).Expect(0);
        Assert.Empty(drawn.Error);
        Assert.Equal(2, script.Split("\nplot ").Length - 1);
        Assert.Contains("nodelay=off", drawn.Output, StringComparison.Ordinal);
        Assert.Contains(">rtt 40 ms<", drawn.Output, StringComparison.Ordinal);
    }

    private static ExperimentResult Explained(string pattern, double off, double on, double low, double high)
    {
        double[] samples = [12.5, 13.5];
        ArmResult Arm(string name, double median, long? effective) =>
            new(name, 0, effective, new(median, new(median - 1, median + 1)), samples);
        Interval interval = new(low, high);
        return Nodelay.Explain(new("nodelay", pattern, "us", "Done.",
            [Arm(Nodelay.Off, off, 0), Arm(Nodelay.On, on, 1), Arm(Nodelay.Rearmed, on, null)],
            [new(Nodelay.Off, Nodelay.On, new(on - off, interval), EffectVerdicts.Judge(interval, off))]));
    }

    private static string Print(Action<Output> write)
    {
        using TempFolder folder = new();
        using (OutputFile file = new(folder.File("out")))
        {
            write(file.Output);
            file.Output.Flush();
        }

        return File.ReadAllText(folder.File("out"), Encoding.UTF8);
    }
}
