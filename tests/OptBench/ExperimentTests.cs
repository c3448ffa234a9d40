using NetTools.Measure;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Sockets;
using Xunit;

namespace NetTools.Tests.OptBench;

/// <summary>The experiments, short, against a server in this process: what they find must be so, how fast it was does not matter.</summary>
public class ExperimentTests
{
    private static readonly RunSettings s_short = new(3, 0.6, 3_000_000, 1);

    [Fact]
    public void Every_experiment_has_a_name_of_its_own_and_a_line() =>
        Assert.Equal(Catalog.All.Count, Catalog.All.Where(e => e.Shows.Length is > 0 and <= 68).DistinctBy(e => e.Name).Count());

    [Fact]
    public void Nothing_chosen_is_everything() => Assert.Equal(Catalog.All, Catalog.Choose([]));

    [Fact]
    public void Quickack_reads_one_when_set_and_not_for_ever()
    {
        ExperimentResult[] results = Run(Quickack.Run);
        Assert.Equal("1", results[0].Facts!.Rows[0][1]);
        Assert.Contains(results[0].Facts!.Rows, row => row[1] == "0");
        Assert.True(results[1].Arm(Quickack.Off).Median.Value > results[1].Arm(Quickack.Rearmed).Median.Value);
    }

    [Fact]
    public void A_cork_makes_one_segment_of_two_writes()
    {
        ExperimentResult result = Run(Cork.Run)[0];
        Dictionary<string, string> segments = result.Facts!.Rows.ToDictionary(row => row[0], row => row[1]);
        Assert.Equal(("2.0", "2.0", "1.0", "1.0", "1.0"),
            (segments[Cork.Plain], segments["nodelay=on"], segments[Cork.Corked], segments["more=on"], segments["one-write=on"]));
    }

    [Fact]
    public void Buffers_sent_from_are_doubled_and_all_bytes_arrive()
    {
        ExperimentResult result = Run(Sndbuf.Run)[0];
        long most = long.Parse(File.ReadAllText("/proc/sys/net/core/wmem_max"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(2, result.Arms.Count(arm => arm.Name.StartsWith("sndbuf-late=", StringComparison.Ordinal)));
        foreach (ArmResult arm in result.Arms.Where(arm => arm.Requested is not null))
        {
            Assert.InRange(arm.Effective!.Value, Math.Min(2 * arm.Requested!.Value, 2 * most), Math.Max(2 * arm.Requested.Value, 8_192));
            Assert.Equal(BufferGrant.IsClamped(arm) ? "yes" : "no", result.Facts!.Rows.Single(row => row[0] == arm.Name)[3]);
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
            Assert.True(long.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture) > 0);
            Assert.Equal(row[1], row[2]);
        });
        Assert.Contains("it must", result.Meaning);
        Assert.All(result.Arms, arm => Assert.True(arm.Median.Value > 0 && arm.Cost!.Value.NearNsPerByte > 0 && arm.Cost.Value.FarNsPerByte > 0));
    }

    [Fact]
    public void Both_ends_tell_of_their_connection_and_their_cpu_time()
    {
        ExperimentResult download = Run(Rcvbuf.Run)[0];
        ExperimentResult upload = Run(Sndbuf.Run)[0];
        ExperimentResult exchange = Run(Quickack.Run)[1];
        Assert.All(download.Arms.Concat(upload.Arms), arm =>
        {
            Assert.InRange(arm.Cost!.Value.NearNsPerByte, 0.001, 1_000_000);
            Assert.InRange(arm.Cost.Value.FarNsPerByte, 0.001, 1_000_000);
        });
        Assert.All(download.Arms, arm => Assert.Equal(arm.FarTcp, arm.Sender));
        Assert.All(upload.Arms, arm => Assert.Equal(arm.Tcp, arm.Sender));
        foreach (ArmResult arm in download.Arms.Concat(upload.Arms).Concat(exchange.Arms))
        {
            (TcpInfo before, TcpInfo after) = arm.Sender!.Value;
            Assert.True(after.BytesAcked > before.BytesAcked, arm.Name);
            Assert.NotEqual(0u, after.Cwnd);
            Assert.Equal(arm.Tcp!.Value.After.ReceiveWindowScale, arm.FarTcp!.Value.After.SendWindowScale); // both SYNs, seen from either end
            Assert.NotEmpty(arm.Congestion!);
        }
    }

    [Fact]
    public void Busy_polling_is_measured_by_message_size()
    {
        ExperimentResult[] results = Run(Busypoll.Run);
        Assert.Equal(["ping-pong 1 B", "ping-pong 1 KB", "ping-pong 16 KB", "ping-pong 64 KB"], results.Select(result => result.Pattern));
        int[] sizes = [1, 1 << 10, 16 << 10, 64 << 10];
        foreach ((ExperimentResult result, int size) in results.Zip(sizes))
        {
            Assert.Equal((0L, 50L), (result.Arm(Busypoll.Off).Effective!.Value, result.Arm(Busypoll.On).Effective!.Value));
            Assert.All(result.Arms, arm =>
            {
                ulong sent = arm.Tcp!.Value.After.BytesAcked - arm.Tcp.Value.Before.BytesAcked;
                Assert.True(sent >= (ulong)(size * arm.Samples.Count), $"{arm.Name}: {sent} bytes in {arm.Samples.Count} exchanges of {size}");
            });
        }
    }

    [Fact]
    public void Congestion_controls_are_compared_at_each_size_of_a_write()
    {
        ExperimentResult[] results = Run(Congestion.Run);
        string[] controls = File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (controls.Length < 2)
        {
            Assert.StartsWith("Not run: ", results.Single().Done, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(["bulk 1 KB", "bulk 16 KB", "bulk 256 KB"], results.Select(result => result.Pattern));
        Assert.All(results, result =>
        {
            Assert.Equal(controls, result.Arms.Select(arm => arm.Congestion!));
            Assert.Equal(controls.Skip(1).Select(control => (results[0].Arms[0].Name, $"congestion={control}")), result.Differences.Select(d => (d.A, d.B)));
            Assert.All(result.Arms, arm => Assert.True(arm.Median.Value > 0));
        });
    }

    [Theory]
    [InlineData(10, 12, "+11 %")]
    [InlineData(-12, -10, "-11 %")]
    [InlineData(-1, 2, "no effect")]
    [InlineData(-20, 30, "undecided")]
    public void A_change_is_named_only_where_there_is_an_effect(double low, double high, string said)
    {
        Interval interval = new(low, high);
        Assert.Equal(said, Numbers.Change(new("a", "b", new((low + high) / 2, interval), EffectVerdicts.Judge(interval, 100)), 100));
    }

    [Fact]
    public void Reuseaddr_allows_time_wait_and_no_second_listener()
    {
        FactTable facts = Run(Reuseaddr.Run)[0].Facts!;
        Assert.Equal("works", facts.Rows.Single(row => row[0].Contains("TIME_WAIT") && row[1] == "on" && row[2] == "on")[3]);
        Assert.All(facts.Rows.Where(row => row[0].Contains("TIME_WAIT") && row[2] == "off"), row => Assert.StartsWith("EADDRINUSE", row[3]));
        Assert.All(facts.Rows.Where(row => row[0].Contains("listener")), row => Assert.StartsWith("EADDRINUSE", row[3]));
    }

    [Fact]
    public void Reuseport_gives_every_listener_some_and_loses_no_connection_uncounted()
    {
        ExperimentResult[] results = Run(Reuseport.Run);
        long[] counts = [.. results[0].Facts!.Rows.Select(row => long.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal((4, 4000), (counts.Length, counts.Sum()));
        Assert.All(counts, count => Assert.InRange(count, 800, 1200)); // seven standard deviations
        int[] closed = [.. results[1].Facts!.Rows.Select(row => int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture))];
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
        Assert.Equal(["0:1", "1:2", "4:5", "16:12"], facts.Rows.Select(row => $"{row[0]}:{row[1]}"));
        Assert.All(facts.Rows.Take(3), row => Assert.InRange(int.Parse(row[3], System.Globalization.CultureInfo.InvariantCulture), 900, 8_000));
        // The clients' own word, and the kernel's, which counts those of others too. The client that was in at once sent no SYN again.
        FactTable counters = results[1].Facts!;
        foreach ((string[] row, int column) in facts.Rows.Select((row, i) => (row, 1 + i)))
        {
            Assert.Equal($"backlog_{row[0]}", counters.Columns[column]);
            int Counted(string name) => int.Parse(counters.Rows.Single(counter => counter[0] == name)[column], System.Globalization.CultureInfo.InvariantCulture);
            (int overflows, int drops, int retrans) = (Counted("ListenOverflows"), Counted("ListenDrops"), Counted("TCPSynRetrans"));
            int again = int.Parse(row[4], System.Globalization.CultureInfo.InvariantCulture);
            int late = 12 - int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(again >= late, $"backlog {row[0]}: {late} late, {again} SYNs sent again");
            Assert.True(retrans >= again && overflows >= late && drops >= overflows, $"backlog {row[0]}: {overflows} {drops} {retrans}");
        }
    }

    [Fact]
    public void Netstat_counters_are_read_by_name()
    {
        Dictionary<string, long> before = NetstatCounters.Parse(["TcpExt: SyncookiesSent ListenDrops", "TcpExt: 1 20", "IpExt: InNoRoutes", "IpExt: 7"]);
        Dictionary<string, long> after = NetstatCounters.Parse(["TcpExt: SyncookiesSent ListenDrops", "TcpExt: 3 25"]);
        Assert.Equal((2L, 5L), (NetstatCounters.Moved(before, after, "SyncookiesSent"), NetstatCounters.Moved(before, after, "ListenDrops")));
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
        Assert.All(result.Arms.Skip(1), arm => Assert.InRange(arm.Effective!.Value, arm.Requested!.Value, arm.Requested.Value + 10_000)); // ticks of 1 to 10 ms
        Assert.True(result.Arms[2].Median.Value < result.Arms[0].Median.Value, result.Meaning);
    }

    [Fact]
    public void Keepalive_follows_the_arithmetic()
    {
        FactTable facts = Run(_ => [Keepalive.OverLoopback()])[0].Facts!;
        Assert.Equal("never", facts.Rows[0][2]);
        Assert.All(facts.Rows.Skip(1), row =>
        {
            Assert.Equal("ETIMEDOUT", row[3]);
            int expected = int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(int.Parse(row[2], System.Globalization.CultureInfo.InvariantCulture), expected - 50, expected + 2_500);
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

    [Theory]
    [InlineData(100, 91, true)]
    [InlineData(100, 89, false)] // still growing, or falling
    [InlineData(0, 0, false)]
    [InlineData(100, 0, false)] // not five yet
    public void A_ramp_is_over_when_five_slices_are_alike(double most, double one, bool over) =>
        Assert.Equal(over, RampUp.IsOver([most, 1.05 * most, one, 0.95 * most, most]));

    [Fact]
    public void Bdp_sets_measured_beside_expected()
    {
        TcpInfo info = new() { ReceiveWindow = 100_000 };
        ArmResult Arm(string name, double median) => new(name, 1, 2, new(median, new(median, median)), [median]) { Tcp = (default, info) };
        ExperimentResult result = Bdp.Explain(new("bdp", "rtt 10 ms", "MB/s", "", [Arm("rcvbuf=65536", 8), Arm("rcvbuf=auto", 10)], []), 10);
        Assert.Equal(["0.80", "1.00"], result.Facts!.Rows.Select(row => row[4]));
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
        Assert.All(results, result => Assert.True(result.Meaning.Length > 0 || result.Done.StartsWith("Not run: ", StringComparison.Ordinal), result.Name));
        Assert.All(results.SelectMany(result => result.Differences), difference => Assert.True(Enum.IsDefined(difference.Verdict)));
        return results;
    }
}
