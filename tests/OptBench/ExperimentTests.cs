using NetTools.OptBench.Experiments;
using NetTools.OptBench.Results;
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
        Assert.All(result.Arms.SkipLast(1), arm => Assert.Equal(Math.Min(2 * arm.Requested!.Value, 2 * 4194304), arm.Effective));
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
        ExperimentResult download = Run(Congestion.Run)[0];
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
        FactTable facts = Run(Backlog.Run)[0].Facts!;
        Assert.Equal(["0:1", "1:2", "4:5", "16:12"], facts.Rows.Select(row => $"{row[0]}:{row[1]}"));
        Assert.All(facts.Rows.Take(3), row => Assert.InRange(int.Parse(row[3], System.Globalization.CultureInfo.InvariantCulture), 900, 8_000));
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
        Assert.All(results, result => Assert.NotEmpty(result.Meaning));
        Assert.All(results.SelectMany(result => result.Differences), difference => Assert.True(Enum.IsDefined(difference.Verdict)));
        return results;
    }
}
