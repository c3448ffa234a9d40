using System.Text.Json;
using NetTools.Measure;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Report;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.OptBench.Server;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

/// <summary>Datagrams, several connections at once, and latency under load.</summary>
public class PathExperimentTests
{
    private static readonly RunSettings s_short = new(3, 0.25, 3_000_000, 1) { Overdraft = 20 };

    [Fact]
    public void Datagrams_are_counted_once_late_or_twice()
    {
        DatagramTally tally = new();
        foreach (int sequence in (int[])[0, 1, 4, 3, 3, 6, 1, 5, 9])
        {
            tally.Add(new Datagram(7, sequence, sequence * 1_000), 100, sequence * 1_000);
        }

        // 2, 7 and 8 are missing; 3 and 5 came late; 3 and 1 came twice.
        UdpReport report = tally.Report(dropped: 2);
        Assert.Equal(new UdpReport(7, 700, 2, 2, 2, 0, 9_000), report);
        byte[] message = new byte[UdpReport.Size];
        report.Write(message);
        Assert.Equal(report, UdpReport.TryRead(message));
        message[15] = 0xff;
        message[8] = 0x80; // a negative count
        Assert.Null(UdpReport.TryRead(message));
    }

    [Fact]
    public void A_window_of_datagrams_is_remembered_and_older_ones_do_no_harm() => Seeded.Run(random =>
    {
        DatagramTally tally = new();
        HashSet<long> seen = [];
        long late = 0, duplicates = 0, highest = -1;
        for (int i = 0; i < 100_000; i++)
        {
            long sequence = Math.Max(0, (i * 3L) + random.Number(-2_000, 2_000));
            bool again = !seen.Add(sequence);
            duplicates += again ? 1 : 0;
            late += !again && sequence < highest ? 1 : 0;
            highest = Math.Max(highest, sequence);
            tally.Add(new Datagram(1, sequence, 0), 1, i);
        }

        Assert.Equal((seen.Count, duplicates, late), (tally.Received, tally.Duplicates, tally.Reordered));
        tally.Add(new Datagram(1, long.MaxValue, 0), 1, 1); // far ahead: at most a window is cleared
        tally.Add(new Datagram(1, 0, long.MinValue), 1, long.MaxValue);
        Assert.Equal(seen.Count + 2, tally.Received);
    });

    [Fact]
    public void Jitter_is_that_of_rfc_3550()
    {
        DatagramTally tally = new();
        double jitter = 0;
        for (int i = 0; i < 100; i++)
        {
            long transit = i % 2 * 16_000; // each differs from the one before by 16 us
            tally.Add(new Datagram(1, i, i * 1_000_000), 1, (i * 1_000_000) + transit);
            jitter += i == 0 ? 0 : (16_000 - jitter) / 16;
        }

        Assert.Equal((long)jitter, tally.Report(0).JitterNs);
        Assert.InRange(tally.Report(0).JitterNs, 15_900, 16_000);
    }

    [Fact]
    public void Datagrams_arrive_at_the_rate_asked_for_and_strangers_are_not_counted()
    {
        ExperimentResult result = Run(Udp.Run).Single();
        Assert.Equal([1_000_000L, 10_000_000L, 100_000_000L, null], result.Arms.Select(arm => arm.Requested));
        foreach (Fact[] row in result.Facts!.Rows)
        {
            Assert.True(row[1].Number > 0 && row[3].Number > 0 && row[3].Number <= row[1].Number, result.Meaning);
            Assert.InRange(row[4].Number!.Value, 0, 100);
            Assert.Equal((0.0, 0.0), (row[6].Number, row[7].Number)); // loopback keeps order
        }

        // Payload sent in whole datagrams of 1400 bytes: never more than was asked for.
        Assert.True(result.Arms[0].Median.Value is > 0.01 and <= 0.126, result.Meaning);
    }

    [Fact]
    public void The_shares_of_parallel_connections_are_judged_by_arithmetic()
    {
        Assert.Equal(1, Streams.Evenness([5, 5, 5])!.Value, 9);
        Assert.Equal(0.25, Streams.Evenness([8, 0, 0, 0])!.Value, 9);
        Assert.Null(Streams.Evenness([0, 0]));
        ArmResult[] arms = [Flat("streams=1", 100), Flat("streams=2", 150)];
        ExperimentResult result = Streams.Explain(new("streams", "bulk", "MB/s", "", arms,
            [DifferenceResult.Of(arms[0], arms[1], 0)]), [[10], [30, 10]]);
        Assert.Contains("(+50 %)", result.Meaning);
        Assert.Contains("slowest had 50 % of an even share and the fastest 150 %", result.Meaning);
    }

    [Fact]
    public void Several_connections_and_both_directions_move_bytes()
    {
        ExperimentResult streams = Run(Streams.Run).Single();
        Assert.Equal([1L, 2L, 4L, 8L], streams.Arms.Select(arm => arm.Requested!.Value));
        Assert.All(streams.Arms, arm => Assert.True(arm.Median.Value > 0));
        ExperimentResult duplex = Run(Duplex.Run).Single();
        Assert.All(duplex.Arms, arm => Assert.True(arm.Median.Value > 0));
        Assert.Equal([(Duplex.Down, Duplex.DownToo), (Duplex.Up, Duplex.UpToo)], duplex.Differences.Select(d => (d.A, d.B)));
    }

    [Fact]
    public void Latency_under_load_is_measured_in_blocks_and_along_the_time()
    {
        ExperimentResult[] results = Run(Load.Run);
        Assert.Equal(["load=none", "load=up", "load=down", "load=both"], results[0].Arms.Select(arm => arm.Name));
        FactTable facts = results[1].Facts!;
        Assert.Equal(["none", "up", "down", "both"], facts.Rows.Select(row => row[1].Word));
        foreach (Fact[] row in facts.Rows)
        {
            Assert.Equal(row[1].Word is "down" or "both", row[2].Number > 0);
            Assert.Equal(row[1].Word is "up" or "both", row[3].Number > 0);
            Assert.True(row[4].Number > 0 && row[5].Number <= row[7].Number);
            Assert.Equal(row[4].Number >= 100, row[6].Number >= row[5].Number && row[6].Number <= row[7].Number);
        }

        using TempFolder folder = new();
        using (OutputFile file = new(folder.File("load.gp")))
        {
            GnuplotReport.Write(file.Output, results);
        }

        string script = File.ReadAllText(folder.File("load.gp"));
        Assert.Contains("axes x1y2", script);
        Assert.Contains("title 'p99_us'", script);
    }

    [LabFact(Needs.Root)]
    public void Over_a_slow_link_most_of_too_fast_a_stream_is_lost_and_none_out_of_order()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess link = ToolProcess.Launch("optbench", "link", "--namespace-a", lab.A, "--namespace-b", lab.B, "--delay",
            "2", "--rate", "10,50", "--queue", "50", "--json");
        using JsonDocument up = JsonDocument.Parse(link.ReadUntil("\"up\""));
        Assert.Equal((10, 50), (up.RootElement.GetProperty("rate_a_to_b_mbit_per_s").GetDouble(),
            up.RootElement.GetProperty("rate_b_to_a_mbit_per_s").GetDouble()));
        using ToolProcess server = ToolProcess.Launch("optbench", ["server", "--open", "-p", "0", "--json"],
            new() { Namespace = lab.B });
        using JsonDocument listening = JsonDocument.Parse(server.ReadUntil("listening"));
        string address = listening.RootElement.GetProperty("address").GetString()!;
        ToolResult result = ToolProcess.Run("optbench", ["udp", "--server", $"10.88.0.2{address[address.LastIndexOf(':')..]}",
            "--time", "1", "--blocks", "3", "--json"], new() { Namespace = lab.A }).Expect(0);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement experiment = json.RootElement.GetProperty("experiments")[0];
        JsonElement[] rows = [.. experiment.GetProperty("facts").EnumerateArray()];
        Assert.Equal(0, rows[0].GetProperty("lost_percent").GetDouble());
        Assert.InRange(rows[2].GetProperty("lost_percent").GetDouble(), 50, 99.9); // 100 Mbit/s into 10
        Assert.All(rows, row => Assert.Equal(0, row.GetProperty("reordered").GetInt32()));
        Assert.InRange(experiment.GetProperty("arms")[2].GetProperty("median").GetDouble(), 0.3, 1.25);
    }

    [LabFact(Needs.Root)]
    public void A_link_that_loses_in_bursts_says_what_to_expect()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess link = ToolProcess.Launch("optbench", "link", "--namespace-a", lab.A, "--namespace-b", lab.B, "--delay",
            "1", "--burst-loss", "1,25", "--json");
        using JsonDocument up = JsonDocument.Parse(link.ReadUntil("\"up\""));
        Assert.Equal(100.0 / 26, up.RootElement.GetProperty("loss_percent").GetDouble(), 3);
        Assert.Equal(4, up.RootElement.GetProperty("mean_burst_packets").GetDouble());
        Assert.Equal(JsonValueKind.Null, up.RootElement.GetProperty("rate_a_to_b_mbit_per_s").ValueKind);
        ToolResult refused = ToolProcess.Run("optbench", "link", "--namespace-a", lab.A, "--namespace-b", lab.B, "--delay", "1",
            "--burst-loss", "1,25", "--loss", "2");
        refused.Expect(2);
        Assert.Contains("both say what is lost", refused.Error);
    }

    [Theory]
    [InlineData("run", "--cpu", "9999")]
    [InlineData("run", "--cpu", "0,1,2")]
    [InlineData("server", "--cpu", "9999")]
    public void A_cpu_that_is_not_ours_is_refused(string verb, params string[] words)
    {
        ToolResult result = ToolProcess.Run("optbench", verb == "run" ? ["v6only", .. words] : [verb, "-p", "0", .. words],
            new() { Timeout = TimeSpan.FromSeconds(20) }).Expect(2);
        Assert.StartsWith("optbench: --cpu", result.Error, StringComparison.Ordinal);
    }

    private static ExperimentResult[] Run(Func<Lab, ExperimentResult[]> experiment)
    {
        using InProcessServer server = new();
        return experiment(new Lab(server.Peer(), s_short));
    }

    private static ArmResult Flat(string name, double value)
    {
        double[] samples = [.. Enumerable.Repeat(value, 10)];
        return new(name, name.Length > 0 ? 2 : null, null, MedianEstimate.Of(samples), samples) { Blocks = samples };
    }
}
