using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.EpollEcho.Load;
using NetTools.Tests.Support;
using Xunit;
using static NetTools.Tests.Support.JsonElements;

namespace NetTools.Tests.EpollEcho;

/// <summary>The numbers of a run add up, against servers of every kind.</summary>
[Collection("lab")]
public class LoadSumTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly string[][] s_modes =
    [
        ["-n", "9", "--pipeline", "3"], ["-n", "9", "--reconnect"], ["-n", "9", "--no-reopen"],
        ["-n", "9", "--ramp", "100", "--body", "x"], ["-n", "9", "--hold", "100ms"], ["-d", "200ms", "--protocol", "echo"],
        ["-d", "200ms", "--rate", "100", "--processes", "2"], ["-d", "200ms", "--reconnect", "--rate", "50"],
    ];

    private static readonly string[] s_servers =
    [
        "closes after three answers", "resets after three answers", "closes at once", "resets at once", "is mute",
        "stops answering", "answers more than asked", "greets", "answers 503", "answers nonsense", "breaks off its answers",
        "times idle connections out", "echoes wrong bytes", "is not there",
    ];

    [Fact]
    public void What_was_due_is_answered_failed_unsent_or_in_flight()
    {
        Dictionary<string, HttpPeer> peers = s_servers.Where(server => server != "is not there")
            .ToDictionary(server => server, server => new HttpPeer(connection => Serve(server, connection)));
        int nobody = FreePort.Tcp();
        try
        {
            var pairs = s_servers.SelectMany(server => s_modes.Select(mode => (server, mode)));
            AtOnce(pairs, pair =>
            {
                string[] protocol = pair.mode.Contains("--protocol") ? [] : ["--protocol", "http"];
                int port = peers.TryGetValue(pair.server, out HttpPeer? peer) ? peer.Port : nobody;
                ToolResult result = ToolProcess.Run("epollecho",
                    ["load", $"127.0.0.1:{port}", "-c", "3", "--timeout", "150ms", "--json", .. protocol, .. pair.mode]);
                AssertAddsUp(result, pair.server);
            });
        }
        finally
        {
            Array.ForEach([.. peers.Values], peer => peer.Dispose());
        }
    }

    [Fact]
    public void They_add_up_when_a_signal_ends_the_run()
    {
        using HttpPeer peer = new(connection => Serve("stops answering", connection));
        string[][] modes = [["-d", "60"], ["-n", "1M", "--rate", "100"], ["-d", "60", "--processes", "2", "--pipeline", "4"]];
        AtOnce(modes, mode =>
        {
            using ToolProcess load = ToolProcess.Launch("epollecho", ["load", peer.Url, "-c", "3", "--json", .. mode]);
            Thread.Sleep(700);
            AssertAddsUp(load.Stop(Signals.SIGINT).Expect(1), "stops answering");
        });
    }

    [Theory]
    [InlineData("-n", "50", "--pipeline", "5")]
    [InlineData("-d", "200ms", "--rate", "500")]
    [InlineData("-n", "64", "--gso", "--pipeline", "8")]
    public void They_add_up_for_datagrams_half_of_which_are_lost(params string[] mode)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        new Thread(() =>
        {
            byte[] bytes = new byte[1000];
            try
            {
                for (int i = 0; ; i++)
                {
                    System.Net.EndPoint from = new System.Net.IPEndPoint(System.Net.IPAddress.Any, 0);
                    int got = socket.ReceiveFrom(bytes, ref from);
                    bytes[20] ^= (byte)(i % 8 == 1 ? 1 : 0); // a mismatch
                    socket.SendTo(bytes, 0, i % 2 == 0 ? 0 : got, SocketFlags.None, from);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        })
        { IsBackground = true }.Start();
        ToolResult result = ToolProcess.Run("epollecho",
            ["load", $"udp://{socket.LocalEndPoint}", "--timeout", "100ms", "--json", .. mode]).Expect(1);
        AssertAddsUp(result, "loses datagrams", datagrams: true);
    }

    [Fact]
    public void A_datagram_that_came_back_wrong_is_a_mismatch_and_not_lost()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", $"udp://{socket.LocalEndPoint}", "-n", "10", "--timeout", "60s", "--json");
        byte[] bytes = new byte[1000];
        socket.ReceiveTimeout = 30_000;
        for (int i = 0; i < 10; i++)
        {
            System.Net.EndPoint from = new System.Net.IPEndPoint(System.Net.IPAddress.Any, 0);
            int got = socket.ReceiveFrom(bytes, ref from);
            bytes[20] ^= 1;
            socket.SendTo(bytes, 0, got, SocketFlags.None, from);
        }

        JsonElement report = Report(load.WaitForExit().Expect(1));
        Assert.Equal((10, 10, 0), (Int(report, "failed"), Int(report, "mismatches"), Int(report, "lost")));
        Assert.Equal(JsonValueKind.Null, report.GetProperty("latency_us").GetProperty("max").ValueKind);
    }

    [Fact]
    public void Latencies_are_those_of_right_answers_and_of_waits_to_the_end()
    {
        // Right, wrong, right, wrong, ...: those that are wrong end their wait, and are none.
        int answers = 0;
        using HttpPeer wrong = new(connection =>
        {
            while (true)
            {
                string request = connection.Read();
                bool right = Interlocked.Increment(ref answers) % 2 == 1;
                connection.Write($"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{(right ? request[^8..] : "mismatch")}");
            }
        });
        using TempFolder folder = new();
        string hgrm = folder.File("hgrm");
        string[] load = ["load", wrong.Url, "-n", "20", "--method", "post", "--size", "8", "--json", "--hgrm", hgrm];
        JsonElement report = Report(ToolProcess.Run("epollecho", load).Expect(1));
        Assert.Equal((10, 10), (Int(report, "requests"), Int(report, "mismatches")));
        Assert.Matches(@"Total count\s*=\s*10\]", File.ReadAllText(hgrm));

        using HttpPeer mute = new(connection =>
        {
            connection.Answer(Ok, 3).Read();
            connection.Read(); // nothing comes
        });
        load = ["load", mute.Url, "-n", "4", "--timeout", "300ms", "--json", "--hgrm", hgrm];
        report = Report(ToolProcess.Run("epollecho", load).Expect(1));
        Assert.Equal(1, Int(report.GetProperty("errors"), "timed_out"));
        Assert.Matches(@"Total count\s*=\s*4\]", File.ReadAllText(hgrm));
        Assert.InRange(report.GetProperty("latency_us").GetProperty("max").GetDouble(), 300_000, 20_000_000);
    }

    [Fact]
    public void Where_nothing_was_answered_there_is_no_latency()
    {
        using HttpPeer peer = new(connection => connection.Answer("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", int.MaxValue));
        using TempFolder folder = new();
        string csv = folder.File("csv");
        string[] load = ["load", peer.Url, "-n", "3", "--csv", csv];
        ToolResult text = ToolProcess.Run("epollecho", load).Expect(1);
        Assert.Matches(@"^\s*round trip( +-){8}$", Assert.Single(text.OutputLines, line => line.Contains("round trip")));
        Assert.Matches(@"^[0-9.]+,0,3,,,,,0$", File.ReadAllLines(csv)[1]);
        JsonElement report = Report(ToolProcess.Run("epollecho", [.. load, "--json"]).Expect(1));
        Assert.Equal(JsonValueKind.Null, report.GetProperty("latency_us").GetProperty("p50").ValueKind);
        Assert.Equal(JsonValueKind.Null, report.GetProperty("intervals")[0].GetProperty("max_us").ValueKind);
        Assert.Equal(JsonValueKind.Number, report.GetProperty("first_byte_us").GetProperty("p50").ValueKind);
    }

    [Fact]
    public void A_rate_is_of_the_time_in_which_there_was_something_to_do()
    {
        // Nine answers come at once and one never does. The wait for it is in elapsed_s, but not in the span of the rate.
        using HttpPeer peer = new(connection =>
        {
            connection.Answer(Ok, 9).Read();
            connection.Read(); // nothing comes
        });
        JsonElement report = Report(
            ToolProcess.Run("epollecho", "load", peer.Url, "-n", "10", "--timeout", "500ms", "--json").Expect(1));
        double duration = report.GetProperty("duration_s").GetDouble();
        double elapsed = report.GetProperty("elapsed_s").GetDouble();
        Assert.InRange(elapsed - duration, 0.4, 30);
        Assert.InRange(report.GetProperty("intervals").EnumerateArray().Max(row => row.GetProperty("end_s").GetDouble()),
            duration, elapsed + 0.01);

        // Requests that time out one after the other are something to do.
        using HttpPeer mute = new(connection => connection.Answer("", 2));
        report = Report(ToolProcess.Run("epollecho", "load", mute.Url, "-n", "3", "--timeout", "150ms", "--json").Expect(1));
        Assert.InRange(report.GetProperty("duration_s").GetDouble(), 0.3, 30);
        Assert.Equal(0, report.GetProperty("requests_per_s").GetDouble());
    }

    [Fact]
    public void A_server_that_answers_wrongly_is_not_gone()
    {
        using HttpPeer peer = new(connection => connection.Answer("nonsense\r\n\r\n", 1));
        JsonElement report = Report(
            ToolProcess.Run("epollecho", "load", peer.Url, "-n", "6", "--timeout", "20ms", "--json").Expect(1));
        Assert.Equal(("count", 6, 0), (report.GetProperty("ended").GetString(), Int(report, "failed"), Int(report, "unsent")));
    }

    [Fact]
    public void Connections_opened_again_are_not_in_the_rate_of_opening()
    {
        using HttpPeer peer = new(connection => connection.Answer(Ok, 2).Close(false));
        JsonElement report = Report(ToolProcess.Run("epollecho", "load", peer.Url, "-c", "4", "-n", "40", "--json").Expect(0));
        Assert.Equal(4, Int(report, "opened"));
        Assert.InRange(Int(report, "connections"), 20, 60); // more where a request met a close
        Assert.Equal(4 / report.GetProperty("opening_s").GetDouble(), report.GetProperty("connections_per_s").GetDouble(),
            0.1 * report.GetProperty("connections_per_s").GetDouble()); // the time is rounded to a microsecond
    }

    [Theory]
    [InlineData(298, 0, RateVerdict.Undecided)]
    [InlineData(299, 0, RateVerdict.Kept)]
    [InlineData(0, 0, RateVerdict.Undecided)]
    [InlineData(1, 1, RateVerdict.NotKept)]
    [InlineData(100, 1, RateVerdict.Undecided)]
    [InlineData(100, 4, RateVerdict.NotKept)]
    [InlineData(1000, 10, RateVerdict.Kept)]
    [InlineData(1000, 11, RateVerdict.NotKept)]
    internal void A_verdict_on_the_99th_percentile_needs_samples(long samples, long over, RateVerdict verdict) =>
        Assert.Equal(verdict, RateSearch.Judge(samples, over));

    [Fact]
    public void A_search_with_too_few_samples_is_undecided()
    {
        using HttpPeer peer = new(connection =>
        {
            while (true)
            {
                connection.Read();
                Thread.Sleep(50);
                connection.Write(Ok);
            }
        });
        string[] load = ["load", peer.Url, "--find-rate", "--p99", "20s", "-d", "200ms"];
        Assert.Contains("FAILED: undecided: ", ToolProcess.Run("epollecho", load).Expect(1).Output);
        JsonElement search = Report(ToolProcess.Run("epollecho", [.. load, "--json"]).Expect(1)).GetProperty("find_rate");
        Assert.Equal(("undecided", JsonValueKind.Null),
            (search.GetProperty("verdict").GetString(), search.GetProperty("found_per_s").ValueKind));
    }

    /// <summary>Does the same to each on a few threads of its own: most of it is waiting.</summary>
    private static void AtOnce<T>(IEnumerable<T> items, Action<T> action)
    {
        ConcurrentQueue<T> left = new(items);
        ConcurrentQueue<Exception> failures = [];
        Thread[] threads = [.. Enumerable.Range(0, 12).Select(_ => new Thread(() =>
        {
            while (failures.IsEmpty && left.TryDequeue(out T? item))
            {
                try
                {
                    action(item);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(failures.IsEmpty, string.Join('\n', failures));
    }

    private static void Serve(string server, PeerConnection connection)
    {
        switch (server)
        {
            case "closes after three answers":
            case "resets after three answers":
                connection.Answer(Ok, 3).Close(server[0] == 'r');
                break;
            case "closes at once":
            case "resets at once":
                connection.Close(server[0] == 'r');
                break;
            case "is mute":
                connection.Read();
                connection.Read();
                break;
            case "stops answering":
                connection.Answer(Ok, 3);
                Thread.Sleep(20_000);
                break;
            case "answers more than asked":
                connection.Answer($"{Ok}HTTP/1.1 200 OK\r\n", int.MaxValue);
                break;
            case "greets":
                connection.Write("SSH-2.0-x\r\n").Read();
                break;
            case "answers 503":
                connection.Answer("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", int.MaxValue);
                break;
            case "answers nonsense":
                connection.Answer("nonsense\r\n\r\n", int.MaxValue);
                break;
            case "breaks off its answers":
                connection.Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 1).Close(false);
                break;
            case "times idle connections out":
                connection.Answer(Ok, 2);
                Thread.Sleep(50);
                connection.Write("HTTP/1.1 408 Timeout\r\nConnection: close\r\n\r\n").Close(false);
                break;
            default:
                while (true)
                {
                    connection.ReadSome().Write(new string('x', 64));
                }
        }
    }

    private static void AssertAddsUp(ToolResult result, string server, bool datagrams = false)
    {
        string what = $"a server that {server}: {result.Output}";
        JsonElement report = Report(result);
        (int requests, int failed, int unsent, int inFlight, int connections) = (Int(report, "requests"), Int(report, "failed"),
            Int(report, "unsent"), Int(report, "in_flight"), Int(report, "connection_failures"));
        int errors = report.GetProperty("errors").EnumerateObject().Sum(error => error.Value.GetInt32());
        Assert.True(requests + failed + unsent + inFlight == Int(report, "due"), what);
        Assert.True(datagrams || errors == failed + connections, what);
        Assert.True((failed + unsent + inFlight + connections + errors == 0
            && report.GetProperty("ended").GetString() is "count" or "time") == (result.ExitCode == 0), what);
        JsonElement[] seconds = [.. report.GetProperty("intervals").EnumerateArray()];
        Assert.True(requests == seconds.Sum(second => Int(second, "requests")), what);
        Assert.True(failed == seconds.Sum(second => Int(second, "failed")), what);
        Assert.True(connections == seconds.Sum(second => Int(second, "connection_failures")), what);
        Assert.True(report.GetProperty("duration_s").GetDouble() <= report.GetProperty("elapsed_s").GetDouble(), what);
    }

    private static JsonElement Report(ToolResult result) => JsonDocument.Parse(result.Output).RootElement;
}
