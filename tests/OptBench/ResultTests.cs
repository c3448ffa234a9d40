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
    [Fact]
    public void A_slow_block_strikes_both_arms_and_cancels() => Seeded.Run(random =>
    {
        double[] a = [.. Enumerable.Range(0, 20).Select(_ => random.Double(10, 20))];
        double[] b = [.. a.Select(value => value + 1)];
        DifferenceResult difference = DifferenceResult.Of(Arm("a", a), Arm("b", b[..19]), 0); // a stop left b a block short
        Assert.Equal(1, difference.Median.Value, 6);
        Assert.Equal(Verdict.Effect, difference.Verdict);
    });

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    [InlineData(0.999)]
    public void No_interval_is_made_of_fewer_than_six_blocks_anywhere(double confidence)
    {
        for (int blocks = 1; blocks < MedianEstimate.FewestSamples; blocks++)
        {
            double[] a = [.. Enumerable.Range(0, blocks).Select(i => 100.0 + i)], b = [.. a.Select(value => 2 * value)];
            PairedComparison paired = PairedComparison.Of(a, b, 0, confidence);
            DifferenceResult difference = DifferenceResult.Of(Arm("a", a), Arm("b", b), 0, confidence);
            LinearFit fit = LinearFit.Relative([1, 2, 3], [a, b, [.. a.Select(value => 3 * value)]]);
            Assert.All(
                (Interval?[])[MedianEstimate.Of(a, confidence).Interval, paired.Difference.Interval,
                    paired.Relative!.Value.Interval, difference.Median.Interval, difference.Usual,
                    difference.Relative!.Value.Interval, fit.Fixed.Interval, fit.Slope.Interval],
                interval => Assert.Null(interval));
            Assert.Equal((Verdict.Undecided, Verdict.Undecided), (paired.Verdict, difference.Verdict));

            ArmResult arm = new("o=a", 1, 1, MedianEstimate.Of(a, confidence), a)
            {
                Blocks = a,
                Usual = MedianEstimate.Of(a).Interval,
            };
            ExperimentResult result = new("o", "p", "us", "Done.", [arm, arm], [difference]);
            using JsonDocument document = JsonDocument.Parse(Json(result));
            JsonElement experiment = document.RootElement.GetProperty("experiments")[0];
            foreach (JsonElement estimate in experiment.GetProperty("arms").EnumerateArray()
                .Concat(experiment.GetProperty("differences").EnumerateArray()))
            {
                Assert.Equal(JsonValueKind.Null, estimate.GetProperty("ci95").ValueKind);
                Assert.Equal(2, estimate.GetProperty("range").GetArrayLength());
            }
        }
    }

    [Fact]
    public void Confidence_decides_what_is_an_effect_and_is_printed()
    {
        // Twenty blocks, 14 of them up: enough for 80 %, not for 99 %.
        double[] a = [.. Enumerable.Repeat(100.0, 20)];
        double[] b = [.. Enumerable.Range(0, 20).Select(i => i < 14 ? 104.0 + (i / 10.0) : 98.0)];
        DifferenceResult bold = DifferenceResult.Of(Arm("a", a), Arm("b", b), 0, 0.8);
        DifferenceResult careful = DifferenceResult.Of(Arm("a", a), Arm("b", b), 0, 0.999);
        Assert.Equal((Verdict.Effect, Verdict.Undecided), (bold.Verdict, careful.Verdict));
        Assert.Equal(bold.Usual, careful.Usual);

        ArmResult arm = new("o=a", 1, 1, MedianEstimate.Of(b, 0.8), b) { Blocks = b, Usual = MedianEstimate.Of(b).Interval };
        ExperimentResult result = new("o", "p", "us", "Done.", [arm, arm], [bold]);
        string text = Print(output => TextReport.Write(output, result));
        Assert.Equal(2, text.Split("80 % interval").Length - 1);
        Assert.DoesNotContain("95 %", text);

        using JsonDocument document = JsonDocument.Parse(Json(result));
        JsonElement difference = document.RootElement.GetProperty("experiments")[0].GetProperty("differences")[0];
        Assert.Equal(80, difference.GetProperty("confidence_percent").GetDouble());
        Assert.Equal(bold.Median.Interval!.Value.Low, difference.GetProperty("interval")[0].GetDouble(), 3);
        Assert.Equal(bold.Usual!.Value.Low, difference.GetProperty("ci95")[0].GetDouble(), 3);
    }

    [Fact]
    public void What_is_unknown_is_null_and_what_is_not_steady_says_so()
    {
        double[] few = [1, 2, 3];
        ArmResult arm = Arm("o=a", few)
            with
        { Steady = false, Median = MedianEstimate.Of(few), Cost = new(0, 0, 0, 0, 0), Tcp = (default, default) };
        ExperimentResult result = new(
            "o", "p", "MB/s", "Done.", [arm, Arm("o=b", few)], [DifferenceResult.Of(arm, Arm("o=b", few), null)])
        {
            Facts = new(["a", "b", "c", "d"], [[1, "word", new Fact(null, null), Fact.Shown(null, "never")]]),
        };
        string text = Print(output => TextReport.Write(output, result));
        Assert.Contains("not steady", text);
        Assert.Contains("(1.00 .. 3.00)", text);
        Assert.Contains("in brackets: the range", text);
        Assert.Contains("never", text);
        using JsonDocument document = JsonDocument.Parse(Json(result));
        JsonElement experiment = document.RootElement.GetProperty("experiments")[0];
        JsonElement first = experiment.GetProperty("arms")[0];
        Assert.False(first.GetProperty("steady").GetBoolean());
        foreach (string name in (string[])["ci95", "cpu_ns_per_byte", "far_cpu_ns_per_byte"])
        {
            Assert.Equal(JsonValueKind.Null, first.GetProperty(name).ValueKind);
        }

        Assert.Equal([1, 3], first.GetProperty("range").EnumerateArray().Select(e => e.GetDouble()));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("tcp_after").GetProperty("receive_window_bytes").ValueKind);
        Assert.Equal(JsonValueKind.Null, experiment.GetProperty("differences")[0].GetProperty("noise_floor_percent").ValueKind);
        Assert.Equal("""[{"a":1,"b":"word","c":null,"d":null}]""", experiment.GetProperty("facts").GetRawText());
    }

    [Fact]
    public void A_connection_has_settled_when_it_is_as_fast_as_it_stays()
    {
        static double[] Rates(Func<int, double> rate) => [.. Enumerable.Range(0, Settling.Parts).Select(rate)];
        Assert.Equal(0, Settling.Time(Rates(_ => 100), 2_000));
        Assert.Equal(200, Settling.Time(Rates(i => i < 2 ? 10 : 100), 2_000));
        // slow start overshoots, then the window grows again
        Assert.Equal(600, Settling.Time(Rates(i => i == 0 ? 120 : i < 7 ? 50 : 100), 2_000));
        // slow growth: each eight round trips look alike
        Assert.InRange(Settling.Time(Rates(i => i < 8 ? 70 + (4 * i) : 100), 2_000)!.Value, 200, 600);
        Assert.Null(Settling.Time(Rates(i => 10 + (10 * i)), 2_000)); // still growing at the end
        Assert.Null(Settling.Time(Rates(_ => 0), 2_000));
        // losses at random: the scatter is large and stays
        double[] lossy = Rates(i => i % 3 == 0 ? 40 : 100);
        Assert.InRange(Settling.Time(lossy, 2_000)!.Value, 0, 300);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.04567, "0.0457")]
    [InlineData(12.345, "12.3")]
    [InlineData(-99.94, "-99.9")]
    [InlineData(46048.4, "46,048")]
    public void Numbers_show_three_figures(double value, string text) => Assert.Equal(text, Numbers.Show(value));

    [Theory]
    [InlineData(4096, "4 KiB")]
    [InlineData(4 << 20, "4 MiB")]
    [InlineData(1310958, "1310958 B")]
    public void Sizes_are_short_where_they_are_whole(long bytes, string text) => Assert.Equal(text, Numbers.Size(bytes));

    [Fact]
    public void The_explanations_carry_the_numbers()
    {
        Assert.Contains("takes 13.0 us, with TCP_NODELAY 13.0 us: no difference",
            Explained("ping-pong", 13, 13.01, Verdict.NoEffect).Meaning);
        Assert.Contains("too much noise", Explained("ping-pong", 13, 13.1, Verdict.Undecided).Meaning);
        Assert.Contains("44,000 us, with TCP_NODELAY 20.0 us: 2,200 times",
            Explained("write-write-read", 44_000, 20, Verdict.Effect).Meaning);
    }

    [Theory]
    [InlineData(204_000, 40, "leaves at once (40.0 us)")]
    [InlineData(618_000, 316_000, "does not show the kernel's ceiling")]
    [InlineData(60_000, 40, "does not show the kernel's ceiling")]
    public void A_cork_that_does_not_show_the_ceiling_says_so(double held, double pulled, string expected) => Assert.Contains(
        expected, Cork.ExplainCeiling(Of("us", (Cork.Held, held), (Cork.Corked, pulled))).Meaning, StringComparison.Ordinal);

    [Theory]
    [InlineData(1_013, 1_040, "are all in it")]
    [InlineData(1_013, 5_326, "does not tell the two apart")]
    public void Stamps_read_by_a_reader_that_waited_for_a_CPU_say_so(double first, double second, string expected) =>
        Assert.Contains(expected, Timestamp.Explain(Of("us", ("timestamp=us", first), ("timestamp=ns", second)), 1_000).Meaning,
            StringComparison.Ordinal);

    private static ExperimentResult Of(string unit, params (string Name, double Median)[] arms) => new("name", "pattern", unit,
        "Done.", [.. arms.Select(arm => new ArmResult(
            arm.Name, 1, 1, MedianEstimate.Of([.. Enumerable.Repeat(arm.Median, 8)]), [arm.Median]))], []);

    [Fact]
    public void Json_is_as_the_contract_says()
    {
        string text = Json(Explained("ping-pong", 13, 14, Verdict.Undecided));
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        Assert.Equal("nodelay", root.GetProperty("experiments")[0].GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.String, root.GetProperty("environment").GetProperty("kernel").ValueKind);
        JsonElement experiment = root.GetProperty("experiments")[0];
        Assert.Equal(("nodelay", "ping-pong", "us"), (experiment.GetProperty("name").GetString(),
            experiment.GetProperty("pattern").GetString(), experiment.GetProperty("unit").GetString()));
        JsonElement arm = experiment.GetProperty("arms")[0];
        Assert.Equal("nodelay=off", arm.GetProperty("name").GetString());
        Assert.Equal(13, arm.GetProperty("median").GetDouble());
        Assert.Equal([13, 13], arm.GetProperty("ci95").EnumerateArray().Select(e => e.GetDouble()));
        Assert.Equal(2, arm.GetProperty("samples").GetInt32());
        Assert.Equal(JsonValueKind.Null, experiment.GetProperty("arms")[2].GetProperty("effective").ValueKind);
        JsonElement difference = experiment.GetProperty("differences")[0];
        Assert.Equal(("nodelay=off", "nodelay=on", "undecided"), (difference.GetProperty("a").GetString(),
            difference.GetProperty("b").GetString(), difference.GetProperty("verdict").GetString()));
        Assert.Equal([1, 1], difference.GetProperty("ci95").EnumerateArray().Select(e => e.GetDouble()));
    }

    [Fact]
    public void Csv_has_a_row_a_sample()
    {
        string[] lines = Print(output => CsvReport.Write(output, [Explained("ping-pong", 13, 14, Verdict.Undecided)]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("experiment,pattern,arm,sample,value,unit", lines[0]);
        Assert.Equal("nodelay,ping-pong,nodelay=off,0,12.5,us", lines[1]);
        Assert.Equal(1 + (3 * 2), lines.Length);
    }

    [Fact]
    public void Text_fits_eighty_columns()
    {
        string text = Print(output => TextReport.Write(output, Explained("write-write-read", 44_000, 20, Verdict.Effect)));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void The_widest_throughput_report_fits_eighty_columns_and_names_both_ends()
    {
        TcpInfo info = new() { RttUs = 40_123, Cwnd = 12_345, SendWindowScale = 10, DeliveryRate = 12_345_678_901 };
        double[] samples = [12_345, 23_456];
        ArmResult Arm(string name, string congestion) => new(name, 4194304, 8388608, MedianEstimate.Of(samples), samples)
        {
            Blocks = samples,
            Congestion = congestion,
            IsSender = false,
            FarTcp = (info, info),
            Cost = new(8_000_000, 1024, 9_000_000, 1024, 12_345),
        };
        ArmResult[] arms = [Arm("rcvbuf=4194304", "highspeed"), Arm("rcvbuf-late=4194304", "westwood")];
        ExperimentResult result = new("rcvbuf", "bulk", "MB/s", "Done.", arms,
            [DifferenceResult.Of(arms[0], arms[1] with { Blocks = [1, 40_000] }, 0.123)]);
        string text = Print(output => TextReport.Write(output, result));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("7,812,500", text);
        Assert.Contains("40123 > 40123", text);
        using JsonDocument document = JsonDocument.Parse(Json(result));
        JsonElement arm = document.RootElement.GetProperty("experiments")[0].GetProperty("arms")[1];
        Assert.Equal(7812.5, arm.GetProperty("cpu_ns_per_byte").GetDouble());
        Assert.Equal(12_345, arm.GetProperty("retransmits").GetInt32());
        Assert.Equal(12_345, arm.GetProperty("far_tcp_after").GetProperty("cwnd").GetInt32());
    }

    [LabFact(Needs.Gnuplot)]
    public void Gnuplot_draws_a_panel_for_each_plot()
    {
        Curve curve = new("window, bytes", [1_000, 2_000, 3_000], [(500, 1), (5_000, 10)]);
        ExperimentResult plain = Explained("ping-pong", 13, 14, Verdict.Undecided);
        string script = Print(output => GnuplotReport.Write(output,
            [plain, plain with { Name = "bdp", Pattern = "rtt 10 ms", Curve = curve },
                plain with { Name = "bdp", Pattern = "rtt 40 ms", Curve = curve }]));
        using TempFolder folder = new();
        File.WriteAllText(folder.File("plot.gp"), script);
        ToolResult drawn = ToolProcess.RunCommand("gnuplot", folder.File("plot.gp")).Expect(0);
        Assert.Empty(drawn.Error);
        Assert.Equal(2, script.Split("\nplot ").Length - 1);
        Assert.Contains("nodelay=off", drawn.Output, StringComparison.Ordinal);
        Assert.Contains(">rtt 40 ms<", drawn.Output, StringComparison.Ordinal);
    }

    private static ArmResult Arm(string name, double[] blocks) =>
        new(name, null, null, MedianEstimate.Of(blocks), blocks) { Blocks = blocks };

    private static ExperimentResult Explained(string pattern, double off, double on, Verdict verdict)
    {
        double[] samples = [12.5, 13.5];
        MedianEstimate Eight(double value) => MedianEstimate.Of([.. Enumerable.Repeat(value, 8)]);
        ArmResult Arm(string name, double median, long? effective) =>
            new(name, 0, effective, Eight(median), samples) { Usual = Eight(median).Interval };
        return Nodelay.Explain(new("nodelay", pattern, "us", "Done.",
            [Arm(Nodelay.Off, off, 0), Arm(Nodelay.On, on, 1), Arm(Nodelay.Rearmed, on, null)],
            [new(Nodelay.Off, Nodelay.On, Eight(on - off), verdict) { Usual = Eight(on - off).Interval }]));
    }

    private static string Json(params ExperimentResult[] results) =>
        Print(output => JsonReport.Write(
            output, new JsonHead(), new(MeasuringEnvironment.Read(), new(20, 5, 1_000_000, 1), null, results)));

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
