using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using NetTools.EpollEcho.Load;
using NetTools.Measure;
using NetTools.Tests.Support;
using Xunit;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public class LoadTeamTests
{
    [Fact]
    public void Shares_add_up_to_the_whole_and_none_is_empty() => Seeded.Run(random =>
    {
        for (int round = 0; round < 1000; round++)
        {
            int connections = random.Int(1, 100_000);
            int processes = random.Int(1, Math.Min(connections, 200));
            bool reconnect = random.Bool();
            LoadSettings whole = new(SocketAddress.From(IPAddress.Loopback, 1))
            {
                Connections = connections,
                Processes = processes,
                Reconnect = reconnect,
                Requests = random.Long(reconnect ? processes : connections, random.Bool() ? 2L * connections : long.MaxValue),
                Rate = 1000,
                Ramp = 500,
            };
            LoadSettings[] shares = [.. Enumerable.Range(0, processes).Select(whole.ShareOf)];
            Assert.Equal(connections, shares.Sum(share => share.Connections));
            Assert.Equal(whole.Requests, shares.Sum(share => share.Requests));
            Assert.Equal(1000, shares.Sum(share => share.Rate), 6);
            Assert.Equal(500, shares.Sum(share => share.Ramp), 6);
            Assert.All(shares, share => Assert.InRange(share.Connections, 1, connections));
            Assert.All(shares, share => Assert.InRange(share.Requests, reconnect ? 1 : share.Connections, long.MaxValue));
        }
    });

    [Fact]
    public void Processes_take_addresses_that_no_other_takes()
    {
        HashSet<IPAddress> taken = [];
        const int Processes = 7;
        for (int process = 0; process < Processes; process++)
        {
            for (int turn = 0; turn < 1000; turn++)
            {
                IPAddress address = SourceAddresses.Numbered(123_456 + process + (turn * Processes));
                Assert.True(IPAddress.IsLoopback(address));
                Assert.InRange(address.GetAddressBytes()[3], 1, 250);
                Assert.True(taken.Add(address), $"{address} twice");
            }
        }
    }

    [Fact]
    public void Results_arrive_as_they_were_sent() => Seeded.Run(random =>
    {
        LoadResult sent = new() { End = RunEnd.ServerGone, StartedAt = 5, EndedAt = 7 };
        foreach (ref long number in MemoryMarshal.Cast<LoadCounts, long>(new Span<LoadCounts>(ref sent.Counts)))
        {
            number = random.Long(0, long.MaxValue / 4);
        }

        sent.Status(200, 17);
        sent.Status(503);
        sent.Error("reset", 3);
        sent.Error("timed_out");
        for (int i = 0; i < 5000; i++)
        {
            sent.Latency.Record(random.Long(1, random.Bool() ? 1_000_000 : 1_000_000_000_000));
            sent.Uncorrected.Record(random.Long(1, 1000));
            sent.Connect.Record(random.Long(1, 1000));
            sent.FirstByte.Record(random.Long(1, 1000));
        }

        LoadResult got = LoadMessage.ReadResult(Fields(LoadMessage.Write(sent), LoadMessageKind.Result));
        Assert.Equal(sent.Counts, got.Counts);
        Assert.Equal((sent.End, sent.StartedAt, sent.EndedAt), (got.End, got.StartedAt, got.EndedAt));
        Assert.Equal(sent.StatusCodes, got.StatusCodes);
        Assert.Equal(sent.Errors, got.Errors);
        AssertSame(sent.Latency, got.Latency);
        AssertSame(sent.Uncorrected, got.Uncorrected);
        AssertSame(sent.Connect, got.Connect);
        AssertSame(sent.FirstByte, got.FirstByte);

        LoadStatus status = new(random.Int(), random.Long(), random.Long(), random.Long());
        Assert.Equal(status, LoadMessage.ReadStatus(
            Fields(LoadMessage.Write(LoadMessageKind.Waiting, status), LoadMessageKind.Waiting)));
        LoadSlice slice = LoadMessage.ReadSlice(
            Fields(LoadMessage.Write(new LoadSlice(7, 1.5, 9, 4, sent.Latency)), LoadMessageKind.Slice));
        Assert.Equal((7, 1.5, 9, 4), (slice.Second, slice.EndSeconds, slice.Failed, slice.ConnectionFailures));
        AssertSame(sent.Latency, slice.Latency);
    });

    [Fact]
    public void Results_of_processes_are_added_and_their_times_are_not()
    {
        LoadResult sum = new()
        {
            Counts =
            new() { Requests = 5, DurationNs = 100, ConnectNs = 7, PeakConnections = 2, Unsent = 1 }
        };
        LoadResult other = new()
        {
            Counts =
            new() { Requests = 6, DurationNs = 90, ConnectNs = 8, PeakConnections = 3, Unsent = 2 },
            End = RunEnd.Signal
        };
        sum.Latency.Record(1000);
        other.Latency.Record(5000);
        other.Error("reset", 4);
        sum.Add(other);
        Assert.Equal((11, 100, 8, 5, 3),
            (sum.Counts.Requests, sum.Counts.DurationNs, sum.Counts.ConnectNs, sum.Counts.PeakConnections, sum.Counts.Unsent));
        Assert.Equal(RunEnd.Signal, sum.End);
        Assert.Equal((2, 1000, 5000, 3000.0), (sum.Latency.Count, sum.Latency.Min, sum.Latency.Max, sum.Latency.Mean));
        Assert.Equal(4, sum.Errors["reset"]);
    }

    [Fact]
    public void Intervals_of_the_same_second_become_one_when_all_have_reported_it()
    {
        LoadIntervals intervals = new();
        LoadResult result = new();
        intervals.Add(new LoadSlice(5, 0.9, 1, 1, Latencies(10_000)));
        intervals.Add(new LoadSlice(6, 1.9, 0, 0, Latencies(10_000)));
        intervals.Add(new LoadSlice(5, 0.8, 2, 5, Latencies(30_000, 30_000)));
        intervals.MoveTo(result, 6);
        LoadInterval only = Assert.Single(result.Intervals);
        Assert.Equal((0.9, 3, 3, 6, 30.0),
            (only.EndSeconds, only.Requests, only.Failed, only.ConnectionFailures, only.MaxUs ?? 0));
        intervals.MoveTo(result, int.MaxValue);
        Assert.Equal([3, 1], result.Intervals.Select(interval => interval.Requests));
    }

    [LabFact(Needs.Prlimit)]
    public void Processes_go_past_the_descriptors_of_one_and_the_result_is_one()
    {
        using EchoServer server = new("--instances", "2");
        using TempFolder folder = new();
        string hgrm = folder.File("all.hgrm");
        string[] load = ["--nofile=64:64", Repository.Binary("epollecho"), "load", server.Address, "-c", "160", "-n", "4000",
            "--json", "--hgrm", hgrm];
        ToolResult alone = ToolProcess.RunCommand("prlimit", load).Expect(2);
        Assert.Contains("--processes 4", Assert.Single(alone.ErrorLines));
        JsonElement report = Report(ToolProcess.RunCommand("prlimit", [.. load, "--processes", "4"]).Expect(0));
        Assert.Equal(160, report.GetProperty("connections").GetInt32());
        Assert.Equal(160, report.GetProperty("peak_connections").GetInt32());
        Assert.Equal(4000, report.GetProperty("requests").GetInt32());
        Assert.Equal(4000 * 64, report.GetProperty("bytes_verified").GetInt32());
        Assert.Equal(4000, Intervals(report));
        Assert.Matches(@"Total count\s*=\s*4000\]", File.ReadAllText(hgrm));
    }

    [Fact]
    public void Processes_keep_the_rate_of_the_whole()
    {
        using EchoServer server = new();
        JsonElement report = Report(server.Load("-c", "9", "-d", "1", "--rate", "500", "--processes", "3").Expect(0));
        Assert.Equal(500, report.GetProperty("requests").GetInt32());
        Assert.Equal(report.GetProperty("requests").GetInt32(), Intervals(report));
        server.Load("-c", "9", "-n", "900", "--reconnect", "--processes", "3").Expect(0);
    }

    [Fact]
    public void Datagrams_of_several_processes_are_counted_as_one_load()
    {
        using EchoServer server = new("--udp");
        JsonElement report = Report(server.Load("--udp", "-c", "6", "-n", "3000", "--processes", "3").Expect(0));
        Assert.Equal(3000, report.GetProperty("requests").GetInt32());
        Assert.Equal(3000, Intervals(report));
    }

    [Fact]
    public void A_killed_process_is_reported_and_the_others_go_on()
    {
        using EchoServer server = new();
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", server.Address, "-c", "6", "-d", "60", "--json", "--processes", "3");
        int victim = WaitForChildren(load.Id, 3)[1];
        Thread.Sleep(1500); // it reports once a second
        Signals.kill(victim, Signals.SIGKILL);
        Assert.Contains($"process 1 (pid {victim}) was killed by signal 9", load.ReadErrorLine());
        Assert.False(load.HasExited);
        JsonElement report = Report(load.Stop(Signals.SIGINT).Expect(1));
        Assert.Equal(1, report.GetProperty("errors").GetProperty("process_lost").GetInt32());
        Assert.Equal(6, report.GetProperty("connections").GetInt32());
        Assert.Equal(report.GetProperty("requests").GetInt32(), Intervals(report));
        Assert.Equal(report.GetProperty("due").GetInt64(), new[] { "requests", "failed", "unsent", "in_flight" }
            .Sum(name => report.GetProperty(name).GetInt64()));
    }

    [Theory]
    [InlineData(Signals.SIGINT)]
    [InlineData(Signals.SIGTERM)]
    public void A_signal_stops_all_and_prints_what_there_is(int signal)
    {
        using EchoServer server = new();
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", server.Address, "-c", "6", "-d", "60", "--json", "--processes", "3");
        int[] children = WaitForChildren(load.Id, 3);
        Assert.True(SpinWait.SpinUntil(
            () => server.Process.HasExited || Connections(server.Process.Id) >= 6, TimeSpan.FromSeconds(20)));
        JsonElement report = Report(load.Stop(signal).Expect(1)); // it was cut short
        Assert.Equal(("signal", true), (report.GetProperty("ended").GetString(), report.GetProperty("interrupted").GetBoolean()));
        Assert.Equal(6, report.GetProperty("connections").GetInt32());
        Assert.All(children, child => Assert.False(Directory.Exists($"/proc/{child}")));
    }

    [Theory]
    [InlineData("-n", "20")]
    [InlineData("-n", "20", "--processes", "2")]
    [InlineData("-d", "2", "--rate", "10")]
    [InlineData("-d", "2", "--rate", "10", "--processes", "2")]
    public void Without_a_line_to_start_by_nothing_is_sent(params string[] mode)
    {
        using EchoServer server = new();
        string[] load = ["load", server.Address, "-c", "4", "--start-at", "-", .. mode];
        JsonElement report = Report(ToolProcess.RunCommand("sh",
            ["-c", "exec \"$@\" </dev/null", "sh", Repository.Binary("epollecho"), .. load, "--json"]).Expect(1));
        Assert.Equal("no start", report.GetProperty("ended").GetString());
        Assert.False(report.GetProperty("interrupted").GetBoolean());
        long due = mode[0] == "-n" ? 20 : 0;
        Assert.Equal((0, due, due), (report.GetProperty("requests").GetInt64(), report.GetProperty("due").GetInt64(),
            report.GetProperty("unsent").GetInt64()));
        Assert.Equal(0, report.GetProperty("bytes_received").GetInt64());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("latency_us").GetProperty("max").ValueKind);
        Assert.Equal(JsonValueKind.Null, report.GetProperty("requests_per_s").ValueKind);
    }

    [Fact]
    public void A_run_whose_processes_are_all_killed_ends_as_process_lost()
    {
        using EchoServer server = new();
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", server.Address, "-c", "4", "-d", "60", "--json", "--processes", "2");
        Array.ForEach(WaitForChildren(load.Id, 2), child => _ = Signals.kill(child, Signals.SIGKILL));
        JsonElement report = Report(load.WaitForExit().Expect(1));
        Assert.Equal("process lost", report.GetProperty("ended").GetString());
        Assert.Equal(2, report.GetProperty("errors").GetProperty("process_lost").GetInt32());
    }

    private static int Connections(int server) =>
        Directory.GetFiles($"/proc/{server}/fd")
            .Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true) - 1;

    private static int[] WaitForChildren(int parent, int count)
    {
        int[] children = [];
        Assert.True(SpinWait.SpinUntil(() => (children = Children(parent)).Length == count, TimeSpan.FromSeconds(20)));
        return children;
    }

    private static int[] Children(int pid) =>
        [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(int.Parse)];

    private static JsonElement Report(ToolResult result) => JsonDocument.Parse(result.Output).RootElement;

    private static int Intervals(JsonElement report) =>
        report.GetProperty("intervals").EnumerateArray().Sum(interval => interval.GetProperty("requests").GetInt32());

    private static LatencyHistogram Latencies(params long[] values)
    {
        LatencyHistogram latencies = new();
        Array.ForEach(values, latencies.Record);
        return latencies;
    }

    private static BinaryReader Fields(byte[] message, LoadMessageKind kind)
    {
        Assert.Equal(message.Length, BitConverter.ToInt32(message));
        Assert.Equal(kind, (LoadMessageKind)message[4]);
        return new BinaryReader(new MemoryStream(message, LoadMessage.HeaderSize, message.Length - LoadMessage.HeaderSize));
    }

    private static void AssertSame(LatencyHistogram a, LatencyHistogram b)
    {
        Assert.Equal((a.Count, a.Min, a.Max, a.Mean), (b.Count, b.Min, b.Max, b.Mean));
        for (double percent = 0; percent <= 100; percent += 0.5)
        {
            Assert.Equal(a.Percentile(percent), b.Percentile(percent));
        }
    }
}
