using NetTools.Measure;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

/// <summary>
/// The experiments, short, against a server in this process: what they find must be so, how fast it was does not matter.
/// </summary>
[Collection("lab")]
public class ExperimentTests
{
    private static readonly RunSettings s_short = new(3, 0.6, 3_000_000, 1) { Overdraft = 20 };

    [Fact]
    public void Every_experiment_has_a_name_of_its_own_and_a_line() =>
        Assert.Equal(Catalog.All.Count, Catalog.All.Where(e => e.Shows.Length is > 0 and <= 68).DistinctBy(e => e.Name).Count());

    [Fact]
    public void Nothing_chosen_is_everything() => Assert.Equal(Catalog.All, Catalog.Choose([]));

    [Fact]
    public void Quickack_reads_one_when_set_and_not_for_ever()
    {
        ExperimentResult[] results = Run(Quickack.Run);
        Assert.Equal(1, results[0].Facts!.Rows[0][1].Number);
        Assert.Contains(results[0].Facts!.Rows, row => row[1].Number == 0);
        Assert.True(results[1].Arm(Quickack.Off).Median.Value > results[1].Arm(Quickack.Rearmed).Median.Value);
    }

    [Fact]
    public void A_cork_makes_one_segment_of_two_writes()
    {
        ExperimentResult result = Run(Cork.Run)[0];
        Dictionary<string, string?> segments = result.Facts!.Rows.ToDictionary(row => row[0].Word!, row => row[1].Word);
        Assert.Equal(("2.0", "2.0", "1.0", "1.0", "1.0"),
            (segments[Cork.Plain], segments["nodelay=on"], segments[Cork.Corked], segments["more=on"], segments["one-write=on"]));
    }

    [Fact]
    public void Buffers_sent_from_are_doubled_and_all_bytes_arrive()
    {
        ExperimentResult result = Run(Sndbuf.Run)[0];
        long most = long.Parse(File.ReadAllText("/proc/sys/net/core/wmem_max"),
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(2, result.Arms.Count(arm => arm.Name.StartsWith("sndbuf-late=", StringComparison.Ordinal)));
        foreach (ArmResult arm in result.Arms.Where(arm => arm.Requested is not null))
        {
            Assert.InRange(arm.Effective!.Value, Math.Min(2 * arm.Requested!.Value, 2 * most),
                Math.Max(2 * arm.Requested.Value, 8_192));
            Assert.Equal(BufferGrant.IsClamped(arm) ? "yes" : "no",
                result.Facts!.Rows.Single(row => row[0].Word == arm.Name)[3].Word);
        }

        // Before the handshake or after, the kernel grants the same.
        Assert.Equal(result.Arm(Sndbuf.Small).Effective, result.Arm(Sndbuf.LateSmall).Effective);
        Assert.Equal(result.Arm("sndbuf=4194304").Effective, result.Arm(Sndbuf.LateLarge).Effective);
        Assert.All(result.Arms, arm => Assert.True(arm.Median.Value > 0));
    }

    [Fact]
    public void Loopback_copies_what_was_sent_without_a_copy_and_says_so()
    {
        ExperimentResult result = Run(Zerocopy.Run)[0];
        Assert.All(result.Facts!.Rows, row =>
        {
            Assert.True(row[1].Number > 0);
            Assert.Equal(row[1].Number, row[2].Number);
        });
        Assert.Contains("it must", result.Meaning);
        Assert.All(result.Arms, arm =>
            Assert.True(arm.Median.Value > 0 && arm.Cost!.Value.NearNsPerByte > 0 && arm.Cost.Value.FarNsPerByte > 0));
    }

    [Fact]
    public void Both_ends_report_their_connection_and_their_CPU_time()
    {
        ExperimentResult download = Run(Rcvbuf.Run)[0];
        ExperimentResult upload = Run(Sndbuf.Run)[0];
        ExperimentResult exchange = Run(Quickack.Run)[1];
        Assert.All(download.Arms.Concat(upload.Arms), arm =>
        {
            Assert.InRange(arm.Cost!.Value.NearNsPerByte!.Value, 0.001, 1_000_000);
            Assert.InRange(arm.Cost.Value.FarNsPerByte!.Value, 0.001, 1_000_000);
        });
        Assert.All(download.Arms, arm => Assert.Equal(arm.FarTcp, arm.Sender));
        Assert.All(upload.Arms, arm => Assert.Equal(arm.Tcp, arm.Sender));
        foreach (ArmResult arm in download.Arms.Concat(upload.Arms).Concat(exchange.Arms))
        {
            (TcpInfo before, TcpInfo after) = arm.Sender!.Value;
            Assert.True(after.BytesAcked > before.BytesAcked, arm.Name);
            Assert.NotEqual(0u, after.Cwnd);
            // both SYNs, seen from either end
            Assert.Equal(arm.Tcp!.Value.After.ReceiveWindowScale, arm.FarTcp!.Value.After.SendWindowScale);
            Assert.NotEmpty(arm.Congestion!);
        }
    }

    [Fact]
    public void Busy_polling_is_measured_by_message_size()
    {
        ExperimentResult[] results = Run(Busypoll.Run);
        Assert.Equal(["ping-pong 1 B", "ping-pong 1 KiB", "ping-pong 16 KiB", "ping-pong 64 KiB"],
            results.Select(result => result.Pattern));
        int[] sizes = [1, 1 << 10, 16 << 10, 64 << 10];
        foreach ((ExperimentResult result, int size) in results.Zip(sizes))
        {
            Assert.Equal((0L, 50L), (result.Arm(Busypoll.Off).Effective!.Value, result.Arm(Busypoll.On).Effective!.Value));
            Assert.All(result.Arms, arm =>
            {
                ulong sent = arm.Tcp!.Value.After.BytesAcked - arm.Tcp.Value.Before.BytesAcked; // of the last visit
                Assert.True(sent >= (ulong)size && sent % (ulong)size == 0, $"{arm.Name}: {sent} bytes in exchanges of {size}");
            });
        }
    }

    [Fact]
    public void Congestion_controls_are_compared_at_each_size_of_a_write()
    {
        ExperimentResult[] results = Run(Congestion.Run);
        string[] controls = File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control")
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (controls.Length < 2)
        {
            Assert.StartsWith("Not run: ", results.Single().Done, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(["bulk 1 KiB", "bulk 16 KiB", "bulk 256 KiB"], results.Select(result => result.Pattern));
        Assert.All(results, result =>
        {
            Assert.Equal(controls, result.Arms.Select(arm => arm.Congestion!));
            Assert.Equal(controls.Skip(1).Select(control => (results[0].Arms[0].Name, $"congestion={control}")),
                result.Differences.Select(d => (d.A, d.B)));
            Assert.All(result.Arms, arm => Assert.True(arm.Median.Value > 0));
        });
    }

    [Theory]
    [InlineData(110, 0.0, "+10 %")]
    [InlineData(90, 0.0, "-10 %")]
    [InlineData(100.5, 0.0, "no effect")]
    [InlineData(110, 0.2, "within noise")]
    public void A_change_is_named_only_where_there_is_an_effect(double b, double noise, string said) =>
        Assert.Equal(said, Numbers.Change(DifferenceResult.Of(Flat("a", 100), Flat("b", b), noise)));

    [Fact]
    public void Below_six_blocks_there_is_a_range_and_no_verdict()
    {
        DifferenceResult five = DifferenceResult.Of(Flat("a", 100, 5), Flat("b", 200, 5), 0);
        Assert.Equal((Verdict.Undecided, null, 100.0), (five.Verdict, five.Median.Interval, five.Median.Range.Low));
        Assert.Equal(Verdict.Effect, DifferenceResult.Of(Flat("a", 100, 6), Flat("b", 200, 6), 0).Verdict);
    }

    [Fact]
    public void What_was_not_steady_has_no_interval_and_no_verdict()
    {
        DifferenceResult difference = DifferenceResult.Of(Flat("a", 100), Flat("b", 200) with { Steady = false }, 0);
        Assert.Equal((Verdict.Undecided, null, null), (difference.Verdict, difference.Median.Interval, difference.Usual));
    }

    private static ArmResult Flat(string name, double value, int blocks = 10)
    {
        double[] samples = [.. Enumerable.Repeat(value, blocks)];
        return new(name, null, null, MedianEstimate.Of(samples), samples) { Blocks = samples };
    }

    [Fact]
    public void Reuseaddr_allows_time_wait_and_no_second_listener()
    {
        string[][] rows = [.. Run(Reuseaddr.Run)[0].Facts!.Rows.Select(row => row.Select(fact => fact.Word!).ToArray())];
        Assert.Equal("works", rows.Single(row => row[0].Contains("TIME_WAIT") && row[1] == "on" && row[2] == "on")[3]);
        Assert.All(rows.Where(row => row[0].Contains("TIME_WAIT") && row[2] == "off"), row =>
            Assert.StartsWith("EADDRINUSE", row[3]));
        Assert.All(rows.Where(row => row[0].Contains("listener")), row => Assert.StartsWith("EADDRINUSE", row[3]));
    }

    [Fact]
    public void Reuseport_gives_every_listener_some_and_loses_no_connection_uncounted()
    {
        ExperimentResult[] results = Run(Reuseport.Run);
        long[] counts = [.. results[0].Facts!.Rows.Select(row => (long)row[1].Number!.Value)];
        Assert.Equal((4, 4000), (counts.Length, counts.Sum()));
        Assert.All(counts, count => Assert.InRange(count, 800, 1200)); // seven standard deviations
        int[] closed = [.. results[1].Facts!.Rows.Select(row => (int)row[1].Number!.Value)];
        Assert.Equal(closed[0], closed[1] + closed[2]);
    }

    [Fact]
    public void Uneven_counts_are_called_uneven()
    {
        ExperimentResult empty = new("reuseport", "spread", "", "", [], []);
        Assert.Contains("less even", Reuseport.Explain(empty, [1000, 1000, 1000, 1200]).Meaning);
        Assert.Contains("as even", Reuseport.Explain(empty, [1000, 1010, 990, 1005]).Meaning);
    }

    [Fact]
    public void A_backlog_admits_one_more_than_it_says()
    {
        ExperimentResult[] results = Run(Backlog.Run);
        FactTable facts = results[0].Facts!;
        Assert.Equal(["0:1", "1:2", "4:5", "16:12"], facts.Rows.Select(row => $"{row[0].Number}:{row[1].Number}"));
        Assert.All(facts.Rows.Take(3), row => Assert.InRange(row[3].Number!.Value, 900, 8_000));
        // The clients' own word, and the kernel's, which counts those of others too. The client that was in at once sent no SYN
        // again.
        FactTable counters = results[1].Facts!;
        foreach ((Fact[] row, int column) in facts.Rows.Select((row, i) => (row, 1 + i)))
        {
            Assert.Equal($"backlog_{row[0].Number}", counters.Columns[column]);
            int Counted(string name) => (int)counters.Rows.Single(counter => counter[0].Word == name)[column].Number!.Value;
            (int overflows, int drops, int retrans) =
                (Counted("ListenOverflows"), Counted("ListenDrops"), Counted("TCPSynRetrans"));
            int again = (int)row[4].Number!.Value;
            int late = 12 - (int)row[1].Number!.Value;
            Assert.True(again >= late, $"backlog {row[0].Number}: {late} late, {again} SYNs sent again");
            Assert.True(retrans >= again && overflows >= late && drops >= overflows,
                $"backlog {row[0].Number}: {overflows} {drops} {retrans}");
        }
    }

    [Fact]
    public void Netstat_counters_are_read_by_name()
    {
        Dictionary<string, long> before =
            NetstatCounters.Parse(["TcpExt: SyncookiesSent ListenDrops", "TcpExt: 1 20", "IpExt: InNoRoutes", "IpExt: 7"]);
        Dictionary<string, long> after = NetstatCounters.Parse(["TcpExt: SyncookiesSent ListenDrops", "TcpExt: 3 25"]);
        Assert.Equal((2L, 5L), (NetstatCounters.Moved(before, after, "SyncookiesSent"),
            NetstatCounters.Moved(before, after, "ListenDrops")));
        Assert.Null(NetstatCounters.Moved(before, after, "InNoRoutes"));
        Assert.Empty(NetstatCounters.Parse([]));
        Assert.True(NetstatCounters.Read().ContainsKey("TCPSynRetrans"));
    }

    [Fact]
    public void The_delayed_ack_can_be_shortened_where_the_kernel_knows_how()
    {
        ExperimentResult result = Run(Delack.Run)[0];
        if (result.Arms.Count == 0)
        {
            Assert.Contains("no TCP_DELACK_MAX_US", result.Done);
            return;
        }

        Assert.Equal([20_000L, 5_000L], result.Arms.Skip(1).Select(arm => arm.Requested!.Value));
        // ticks of 1 to 10 ms
        Assert.All(result.Arms.Skip(1), arm =>
            Assert.InRange(arm.Effective!.Value, arm.Requested!.Value, arm.Requested.Value + 10_000));
        Assert.True(result.Arms[2].Median.Value < result.Arms[0].Median.Value, result.Meaning);
    }

    [Fact]
    public void Keepalive_follows_the_arithmetic()
    {
        ExperimentResult result = Run(_ => [Keepalive.OverLoopback()])[0];
        FactTable facts = result.Facts!;
        Assert.Equal(("never", null), (facts.Rows[0][2].Word, facts.Rows[0][2].Number));
        Assert.All(facts.Rows.Skip(1), row =>
        {
            Assert.Equal("ETIMEDOUT", row[3].Word);
            Assert.InRange(row[2].Number!.Value, row[1].Number!.Value - 50, row[1].Number!.Value + 2_500);
        });
    }

    [Fact]
    public void A_busy_reader_is_seen_in_the_kernels_time()
    {
        ExperimentResult[] results = Run(Timestamp.Run);
        Assert.All(results[0].Arms, arm => Assert.InRange(arm.Median.Value, 0.001, 1_000));
        Assert.All(results[1].Arms, arm => Assert.InRange(arm.Median.Value, 1_000, 1_000_000));
    }

    [Fact]
    public void Marks_are_told_apart_by_protocol_and_port()
    {
        byte[] v4 = new byte[28];
        (v4[0], v4[1], v4[9], v4[22], v4[23]) = (0x45, 0xb8, 17, 0x12, 0x34);
        Assert.Equal(0xb8, TosWitness.Read(v4, 17, 0x1234));
        Assert.Null(TosWitness.Read(v4, 6, 0x1234));
        Assert.Null(TosWitness.Read(v4, 17, 0x1235));
        byte[] v6 = new byte[48];
        (v6[0], v6[1], v6[6], v6[42], v6[43]) = (0x6b, 0x80, 17, 0x12, 0x34);
        Assert.Equal(0xb8, TosWitness.Read(v6, 17, 0x1234));
        for (int length = 0; length < 44; length++)
        {
            Assert.Null(TosWitness.Read(v6.AsSpan(0, length), 17, 0x1234));
            Assert.Null(TosWitness.Read(v4.AsSpan(0, Math.Min(length, 23)), 17, 0x1234));
        }
    }

    [Theory]
    [InlineData(100_000, 0, 12.067)]
    [InlineData(100_000, 10, 10)]
    [InlineData(10_000_000, 10, 12.067)]
    public void What_a_link_allows_is_the_lesser_of_window_and_rate(double window, double roundTripMs, double expected) =>
        Assert.Equal(expected, Bdp.Expected(window, roundTripMs), 2);

    [Fact]
    public void A_rate_is_steady_when_it_no_longer_grows() => Seeded.Run(random =>
    {
        const long RoundTrip = 20_000_000;
        int Slices(Func<int, double> rate)
        {
            Steadiness steadiness = new(RoundTrip);
            int slices = 1;
            while (!steadiness.Add(rate(slices), slices * RoundTrip))
            {
                slices++;
            }

            return slices;
        }

        Assert.Equal(8, Slices(_ => 5));
        Assert.InRange(Slices(i => Math.Min(Math.Pow(2, i), 1 << 12)), 12 + 7, 12 + 8); // slow start, then the window is open
        Assert.Equal(200, Slices(i => Math.Pow(1.05, i))); // never; it is called steady when nothing of a beginning can be left
        Assert.InRange(Slices(_ => random.Double(1, 3)), 20, 199); // loss makes it swing, and it does not grow
        Assert.Equal(200, Slices(_ => 0));
    });

    [Fact]
    public void The_budget_wins_over_the_blocks()
    {
        using InProcessServer server = new();
        long begin = Clock.Nanoseconds;
        ExperimentResult result = Nodelay.Run(new Lab(server.Peer(), new(1000, 0.5, 3_000_000, 1)))[1]; // 40 ms an exchange
        Assert.InRange((Clock.Nanoseconds - begin) / 1e9, 0.5, 60);
        Assert.InRange(result.Arms[0].Blocks.Count, 1, 50);
    }

    [Fact]
    public void A_time_too_short_for_one_visit_to_each_arm_says_so_and_keeps_the_budget()
    {
        using InProcessServer server = new();
        // 3 ms in all, 40 ms an exchange
        Lab lab = new(server.Peer(), new(3, 0.1, 3_000_000, 1) { Overdraft = 0.01, LeastNs = 0 });
        TimeTooShortException e = Assert.Throws<TimeTooShortException>(() => Quickack.Run(lab));
        Assert.StartsWith("0.1 s an arm was too short: 0 of 3 arms were visited", e.Message);
        Assert.Equal(0.3, lab.Allowance.Seconds, 6);
        Assert.Contains("silent for 2.5 s", new TimeTooShortException(1, 3, 2, new("x", 2_500)).Message);
    }

    [Fact]
    public void An_arm_compared_with_itself_has_a_name_and_a_noise_floor()
    {
        using InProcessServer server = new();
        ExperimentResult result = Busypoll.Run(
            new Lab(server.Peer(), new RunSettings(8, 1, 3_000_000, 1) with { CompareWithItself = true, Overdraft = 20 }))[0];
        DifferenceResult difference = Assert.Single(result.Differences);
        Assert.Equal((Busypoll.Off, "busypoll=off (again)"), (difference.A, difference.B));
        Assert.NotNull(difference.NoiseFloor);
    }

    [Fact]
    public void Bdp_sets_measured_beside_expected()
    {
        TcpInfo info = new() { ReceiveWindow = 100_000 };
        ArmResult Arm(string name, double median) =>
            new(name, 1, 2, MedianEstimate.Of([median]), [median]) { Tcp = (default, info) };
        ExperimentResult result = Bdp.Explain(
            new("bdp", "rtt 10 ms", "MB/s", "", [Arm("rcvbuf=65536", 8), Arm("rcvbuf=auto", 10)], []), 10);
        Assert.Equal(["0.80", "1.00"], result.Facts!.Rows.Select(row => row[4].Word));
        Assert.Contains("within 20.0 %", result.Meaning);
    }

    [Fact]
    public void A_stop_before_the_first_block_is_an_interruption()
    {
        using InProcessServer server = new();
        Assert.Throws<InterruptedException>(() => Nodelay.Run(new Lab(server.Peer(), s_short, stop: () => true)));
    }

    private static ExperimentResult[] Run(Func<Lab, ExperimentResult[]> run)
    {
        using InProcessServer server = new();
        ExperimentResult[] results = run(new Lab(server.Peer(), s_short));
        Assert.All(results, result => Assert.True(
            result.Meaning.Length > 0 || result.Done.StartsWith("Not run: ", StringComparison.Ordinal), result.Name));
        Assert.All(results.SelectMany(result => result.Differences), difference =>
            Assert.True(Enum.IsDefined(difference.Verdict)));
        return results;
    }
}
