using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;
using static NetTools.Tests.Support.JsonElements;

namespace NetTools.Tests.EpollEcho;

/// <summary>What a load run says of peers that close, stall, answer early or are not there.</summary>
[Collection("lab")]
public class LoadTruthTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [InlineData(false)] // it ends
    [InlineData(true)] // it is reset
    public void A_connection_closed_between_requests_is_opened_again_for_the_whole_time(bool reset)
    {
        using HttpPeer peer = new(connection => connection.Answer(Ok, times: 10).Close(reset));
        JsonElement report = Load(peer, 0, "-c", "4", "-d", "1");
        Assert.Equal("time", report.GetProperty("ended").GetString());
        Assert.InRange(report.GetProperty("duration_s").GetDouble(), 1, 1.5);
        Assert.InRange(Int(report, "requests"), 100, int.MaxValue);
        Assert.InRange(Int(report, "reconnects"), 5, int.MaxValue);
        Assert.Equal(0, Int(report, "failed"));
    }

    [Fact]
    public void Without_reopening_a_closed_connection_stays_lost_and_the_run_says_so_first()
    {
        using HttpPeer peer = new(connection => connection.Answer(Ok, times: 10).Close(false));
        ToolResult text = ToolProcess.Run("epollecho", "load", peer.Url, "-c", "2", "-d", "5", "--no-reopen").Expect(1);
        Assert.StartsWith("FAILED: connections lost after ", text.OutputLines[0]);
        JsonElement report = Load(peer, 1, "-c", "2", "-d", "5", "--no-reopen");
        Assert.Equal("connections lost", report.GetProperty("ended").GetString());
        // What was closed had nothing under way, or a request that met the close.
        Assert.Equal((20, 2), (Int(report, "requests"), Int(report, "failed") + Int(report, "connection_failures")));
    }

    [Fact]
    public void A_post_that_was_sent_is_not_sent_again_and_a_get_is()
    {
        int seen = 0;
        using HttpPeer peer = new(connection =>
        {
            connection.Answer(Ok, 1);
            Interlocked.Increment(ref seen);
            connection.Read(); // the second, and no answer to it
            connection.Close(false);
        });
        JsonElement post = Load(peer, 1, "-n", "2", "--body", "x");
        Assert.Equal((1, 1, 0), (Int(post, "requests"), Int(post, "failed"), Int(post, "repeated")));
        JsonElement get = Load(peer, 0, "-n", "2");
        Assert.Equal((2, 0, 1), (Int(get, "requests"), Int(get, "failed"), Int(get, "repeated")));
    }

    [Fact]
    public void Pipelined_requests_behind_an_announced_close_are_sent_again()
    {
        using HttpPeer peer = new(connection =>
            connection.Answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: te, close\r\n\r\n", 1).Close(false));
        JsonElement report = Load(peer, 0, "-n", "12", "--pipeline", "4");
        Assert.Equal((12, 0), (Int(report, "requests"), Int(report, "failed")));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close, te\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: te\r\nConnection: close\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nConnection: keep-alive\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public void A_close_in_a_list_is_a_close(string answer)
    {
        using HttpPeer peer = new(connection => connection.Answer(answer, 1).Close(false));
        JsonElement report = Load(peer, 0, "-n", "20", "--no-reopen");
        Assert.Equal((20, 20), (Int(report, "requests"), Int(report, "connections")));
    }

    [Fact]
    public void An_early_answer_is_read_before_the_reset_behind_it()
    {
        using HttpPeer peer = new(connection => connection.ReadSome()
            .Write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").Close(true));
        JsonElement report = Load(peer, 1, "-n", "1", "--method", "put", "--size", "8M");
        Assert.Equal(1, Int(report.GetProperty("status_codes"), "413"));
        Assert.Equal(1, Int(report.GetProperty("errors"), "http_status"));
        Assert.Single(report.GetProperty("errors").EnumerateObject());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\nok", 200)]
    [InlineData("\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n", 200)]
    [InlineData("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", 999)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length :\r\n 2\r\n\r\nok", 200)]
    public void Odd_heads_are_read_and_their_status_is_counted(string answer, int status)
    {
        using HttpPeer peer = new(connection => connection.Answer(answer, int.MaxValue));
        JsonElement report = Load(peer, status < 400 ? 0 : 1, "-n", "5");
        Assert.Equal(5, Int(report.GetProperty("status_codes"), $"{status}"));
        Assert.Equal(1, Int(report, "connections"));
    }

    [Fact]
    public void A_head_of_60_KB_is_read()
    {
        string head = $"HTTP/1.1 200 OK\r\nX: {new string('x', 60_000)}\r\nContent-Length: 0\r\n\r\n";
        using HttpPeer peer = new(connection => connection.Answer(head, int.MaxValue));
        Assert.Equal(5, Int(Load(peer, 0, "-n", "5"), "requests"));
    }

    [Fact]
    public void A_stall_at_the_end_of_an_open_loop_shows_as_unsent_and_in_the_percentiles()
    {
        using HttpPeer peer = new(connection =>
        {
            connection.Answer(Ok, 20);
            connection.Read();
            Thread.Sleep(1500);
            connection.Write(Ok).Answer(Ok, int.MaxValue);
        });
        JsonElement report = Load(peer, 1, "-c", "1", "-d", "1", "--rate", "100");
        Assert.Equal((100, 0), (Int(report, "due"), Int(report, "failed")));
        Assert.Equal(100, Int(report, "requests") + Int(report, "unsent"));
        Assert.InRange(Int(report, "unsent"), 50, 79);
        Assert.Equal(100, report.GetProperty("asked_per_s").GetDouble());
        Assert.InRange(report.GetProperty("achieved_per_s").GetDouble(), 5, 50);
        Assert.InRange(report.GetProperty("latency_us").GetProperty("p50").GetDouble(), 700_000, 2_000_000);
    }

    [Fact]
    public void An_open_loop_that_keeps_up_leaves_nothing_undone()
    {
        using EchoServer server = new();
        JsonElement report = server.Load("-c", "10", "-d", "1", "--rate", "1k").Expect(0).Json;
        Assert.Equal((1000, 1000), (Int(report, "due"), Int(report, "requests")));
        Assert.Equal((0, 0), (Int(report, "unsent"), Int(report, "in_flight")));
        Assert.Equal(1000, report.GetProperty("achieved_per_s").GetDouble(), 20.0);
    }

    [Fact]
    public void A_server_that_is_not_there_is_tried_until_the_time_is_over()
    {
        string target = $"127.0.0.1:{FreePort.Tcp()}";
        JsonElement report = ToolProcess.Run("epollecho", "load", target, "-c", "2", "-d", "1", "--json").Expect(1).Json;
        Assert.Equal("time", report.GetProperty("ended").GetString());
        Assert.InRange(Int(report.GetProperty("errors"), "refused"), 4, 100); // with pauses between
        Assert.Equal((0, 0.0), (Int(report, "requests"), report.GetProperty("requests_per_s").GetDouble()));
        report = ToolProcess.Run("epollecho", "load", target, "-c", "2", "-n", "50", "--json").Expect(1).Json;
        Assert.Equal(("server gone", 50), (report.GetProperty("ended").GetString(), Int(report, "unsent")));
    }

    [Fact]
    public void A_server_that_comes_back_is_found_again()
    {
        int port = FreePort.Tcp();
        string url = $"http://127.0.0.1:{port}/";
        using ToolProcess load = ToolProcess.Launch("epollecho", "load", url, "-c", "2", "-d", "2", "--json");
        Thread.Sleep(500);
        using HttpPeer peer = new(connection => connection.Answer(Ok, int.MaxValue), port);
        JsonElement report = load.WaitForExit().Json; // refused at first, if it was fast enough to begin
        Assert.InRange(Int(report, "requests"), 10, int.MaxValue);
        Assert.Equal("time", report.GetProperty("ended").GetString());
    }

    [LabFact(Needs.Root)]
    public void A_signal_is_heard_while_connects_fail_at_once()
    {
        using NetworkNamespaces one = NetworkNamespaces.Single();
        using ToolProcess load = ToolProcess.Launch("epollecho", ["load", "10.9.9.9:80", "--reconnect", "-d", "60", "--json"],
            new RunOptions { Namespace = one.A });
        Thread.Sleep(500);
        JsonElement report = load.Stop(Signals.SIGINT, TimeSpan.FromSeconds(5)).Expect(1).Json;
        Assert.Equal(("signal", true), (report.GetProperty("ended").GetString(), report.GetProperty("interrupted").GetBoolean()));
        Assert.InRange(Int(report.GetProperty("errors"), "enetunreach"), 1, 100);
    }

    [Fact]
    public void What_is_under_way_at_a_signal_is_in_flight()
    {
        using HttpPeer peer = new(connection =>
        {
            connection.Read();
            connection.Read(); // no second one comes
        });
        using TempFolder folder = new();
        string log = folder.File("log");
        using ToolProcess load = ToolProcess.Launch("epollecho", "load", peer.Url, "-c", "3", "-n", "10", "--json", "--log", log);
        Thread.Sleep(500);
        JsonElement report = load.Stop(Signals.SIGINT).Expect(1).Json;
        Assert.Equal((10, 3, 7, 0), (Int(report, "due"), Int(report, "in_flight"), Int(report, "unsent"), Int(report, "failed")));
        Assert.Equal(3, File.ReadAllLines(log).Count(line => line.EndsWith(",in_flight")));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "short")]
    [InlineData("SSH-2.0-x\r\n", "bad_status_line")] // another protocol's greeting, which no blank line follows
    [InlineData("\u0015\u0003\u0001\u0000\u0002", "bad_status_line")] // a TLS alert
    public void Every_failure_is_in_an_interval_and_in_the_log_also_when_nothing_was_answered(string answer, string error)
    {
        using HttpPeer peer = new(connection =>
        {
            connection.Answer(answer, 1);
            Thread.Sleep(error == "short" ? 0 : 5000);
            connection.Close(false);
        });
        using TempFolder folder = new();
        (string csv, string log) = (folder.File("csv"), folder.File("log"));
        foreach (string processes in new[] { "1", "2" })
        {
            JsonElement report = Load(peer, 1, "-c", "2", "-n", "6", "--csv", csv, "--log", log, "--processes", processes);
            Assert.Equal((6, 6), (Int(report, "failed"), Int(report.GetProperty("errors"), error)));
            Assert.Equal(6, report.GetProperty("intervals").EnumerateArray().Sum(interval => Int(interval, "failed")));
            Assert.Equal(6, File.ReadAllLines(csv).Skip(1).Sum(line => int.Parse(line.Split(',')[2])));
            Assert.Equal(6, File.ReadAllLines(log).Count(line => line.EndsWith($",{error}")));
        }
    }

    [Fact]
    public void The_last_answers_of_a_run_by_time_are_in_the_row_of_its_last_second()
    {
        using EchoServer server = new();
        double[] ends = [.. server.Load("-c", "20", "-d", "1").Expect(0).Json.GetProperty("intervals").EnumerateArray()
            .Select(interval => interval.GetProperty("end_s").GetDouble())];
        Assert.InRange(ends[0], 1, 1.5);
        Assert.DoesNotContain(ends.Zip(ends.Skip(1)), pair => pair.Second - pair.First < 0.09);
    }

    [Fact]
    public void Connections_lost_while_they_are_held_are_in_an_interval()
    {
        using HttpPeer peer = new(connection =>
        {
            connection.Answer(Ok, 1);
            Thread.Sleep(200);
            connection.Close(false);
        });
        JsonElement report = Load(peer, 1, "-c", "2", "--hold", "400ms");
        Assert.Equal((2, 0, 2), (Int(report, "requests"), Int(report, "failed"), Int(report, "connection_failures")));
        Assert.Equal(2, report.GetProperty("intervals").EnumerateArray().Sum(interval => Int(interval, "connection_failures")));
    }

    [Fact]
    public void An_answer_that_drips_is_given_up_and_a_slow_one_is_not()
    {
        using HttpPeer drips = new(connection =>
        {
            connection.Read();
            connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            for (int i = 0; i < 1000; i++)
            {
                connection.Write("x");
                Thread.Sleep(20);
            }
        });
        JsonElement report = Load(drips, 1, "-n", "1", "--timeout", "300ms");
        Assert.Equal(1, Int(report.GetProperty("errors"), "timed_out"));
        using HttpPeer slow = new(connection =>
        {
            connection.Read();
            connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n");
            for (int i = 0; i < 10; i++, Thread.Sleep(80))
            {
                connection.Write(new string('x', 4000));
            }
        });
        Assert.Equal(1, Int(Load(slow, 0, "-n", "1", "--timeout", "300ms"), "requests"));
    }

    [Fact]
    public void Urgent_data_does_not_hide_what_comes_after_it()
    {
        using HttpPeer peer = new(connection =>
        {
            connection.Read();
            connection.Socket.NoDelay = true;
            connection.Write("HTTP/1.1 200 OK\r\nContent-Le");
            connection.Socket.Send("X"u8, SocketFlags.OutOfBand);
            connection.Write("ngth: 2\r\n\r\nok").Read();
        });
        Assert.Equal(1, Int(Load(peer, 0, "-n", "1", "--timeout", "5s"), "requests"));
    }

    [LabTheory(Needs.Root)]
    [InlineData]
    [InlineData("--udp")]
    [InlineData("--udp", "--rate", "1k", "-c", "3")]
    public void Every_address_of_a_name_is_tried(params string[] more)
    {
        using EchoServer server = new(more is [] ? ["--address", "127.0.0.4"] : ["--address", "127.0.0.4", "--udp"]);
        using TempFolder folder = new();
        string hosts = folder.File("hosts");
        File.WriteAllText(hosts, "127.0.0.2 three\n127.0.0.3 three\n127.0.0.4 three\n");
        string command = $"mount --bind '{hosts}' /etc/hosts && exec '{Repository.Binary("epollecho")}' load three:{server.Port} "
            + $"-n 30 --json {string.Join(' ', more)}";
        JsonElement report = ToolProcess.RunCommand("unshare", "-m", "sh", "-c", command).Expect(0).Json;
        Assert.Equal((30, 0), (Int(report, "requests"), Int(report, "failed")));
    }

    [Fact]
    public void A_unix_socket_carries_http_and_echo()
    {
        using TempFolder folder = new();
        string path = folder.File("s");
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Thread server = new(() =>
        {
            using Socket peer = listener.Accept();
            byte[] bytes = new byte[1000];
            for (int got; (got = peer.Receive(bytes)) > 0;)
            {
                peer.Send(bytes.AsSpan(0, got));
            }
        });
        server.Start();
        JsonElement report = ToolProcess.Run("epollecho", "load", $"unix:{path}", "-n", "50", "--json").Expect(0).Json;
        Assert.Equal((50, 50 * 64), (Int(report, "requests"), Int(report, "bytes_verified")));
        server.Join();
    }

    [Fact]
    public void Method_fields_body_and_user_are_sent()
    {
        string request = "";
        using HttpPeer peer = new(connection =>
        {
            request = connection.Read();
            connection.Write(Ok);
            connection.Read();
        });
        ToolProcess.Run("epollecho", "load", $"http://me:p%20w@127.0.0.1:{peer.Port}/a?b=c", "-n", "1",
            "-H", "X-One: 1", "-H", "Host: other", "--method", "patch", "--body", "hello").Expect(0);
        Assert.Equal("PATCH /a?b=c HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n"
            + "X-One: 1\r\nHost: other\r\n"
            + $"Authorization: Basic {Convert.ToBase64String("me:p w"u8)}\r\n\r\nhello", request);
    }

    [Theory]
    [InlineData("h2load", "https://127.0.0.1/")]
    [InlineData("HOST:PORT", "ftp://127.0.0.1/")]
    [InlineData("Name: value", "http://127.0.0.1:1/", "-H", "nonsense")]
    [InlineData("--body", "http://127.0.0.1:1/", "-H", "Content-Length: 5")]
    [InlineData("http://", "127.0.0.1:1", "--protocol", "echo", "--body", "x")]
    [InlineData("5s", "127.0.0.1:1", "-d", "5x")]
    [InlineData("--find-rate --p99 10ms", "127.0.0.1:1", "--find-rate")]
    [InlineData("over", "127.0.0.1:1", "--start-at", "@5")]
    [InlineData("socket", "unix:")]
    public void A_refused_form_names_the_right_one(string named, params string[] args)
    {
        ToolResult result = ToolProcess.Run("epollecho", ["load", .. args]).Expect(2);
        Assert.Contains(named, Assert.Single(result.ErrorLines));
    }

    [Fact]
    public void A_rate_is_found_that_keeps_the_limit()
    {
        using EchoServer server = new();
        JsonElement search = server.Load("-c", "4", "--find-rate", "--p99", "2s", "-d", "400ms").Expect(0).Json
            .GetProperty("find_rate");
        Assert.InRange(search.GetProperty("found_per_s").GetDouble(), 1, 1e7);
        Assert.Contains(search.GetProperty("trials").EnumerateArray(), trial => trial.GetProperty("passed").GetBoolean());
        string[] strict = ["load", server.Address, "--find-rate", "--p99", "1us", "-d", "50ms"];
        ToolResult none = ToolProcess.Run("epollecho", strict).Expect(1);
        Assert.Contains("FAILED: no rate", none.Output);
    }

    [Fact]
    public void A_search_that_a_signal_cuts_short_says_so_and_has_failed()
    {
        using EchoServer server = new();
        using ToolProcess search = ToolProcess.Launch(
            "epollecho", "load", server.Address, "--find-rate", "--p99", "2s", "-d", "300ms", "--json");
        Thread.Sleep(450); // the first trial is over
        JsonElement report = search.Stop(Signals.SIGINT).Expect(1).Json;
        Assert.Equal(("signal", true), (report.GetProperty("ended").GetString(), report.GetProperty("interrupted").GetBoolean()));
    }

    [Fact]
    public void Requests_start_at_the_time_that_was_asked()
    {
        using EchoServer server = new();
        using TempFolder folder = new();
        long second = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3;
        server.Load("-c", "2", "-n", "2", "--start-at", $"@{second}", "--log", folder.File("log")).Expect(0);
        Assert.All(File.ReadAllLines(folder.File("log")).Skip(1),
            line => Assert.InRange(double.Parse(line.Split(',')[0]), second - 0.01, second + 2));
    }

    [Fact]
    public void A_mute_udp_server_gets_the_whole_rate_and_the_wait_is_not_in_the_span()
    {
        using Socket mute = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        mute.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string[] load = ["load", $"udp://{mute.LocalEndPoint}", "--rate", "10k", "-d", "1", "--json"];
        JsonElement report = ToolProcess.Run("epollecho", load).Expect(1).Json;
        Assert.Equal((10_000, 10_000, 0), (Int(report, "due"), Int(report, "lost"), Int(report, "unsent")));
        Assert.Equal(1, report.GetProperty("duration_s").GetDouble(), 0.05);
    }

    [Fact]
    public void A_late_answer_is_not_a_duplicate()
    {
        using Socket slow = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        slow.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Thread server = new(() =>
        {
            byte[] bytes = new byte[100];
            for (int i = 0; i < 4; i++)
            {
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                int got = slow.ReceiveFrom(bytes, ref from);
                Thread.Sleep(i == 0 ? 700 : 0); // the first is late, the others are not, the last comes twice
                slow.SendTo(bytes, 0, got, SocketFlags.None, from);
                if (i == 2)
                {
                    slow.SendTo(bytes, 0, got, SocketFlags.None, from);
                }
            }
        });
        server.Start();
        string[] load = ["load", $"udp://{slow.LocalEndPoint}", "-n", "4", "--rate", "4", "--timeout", "500ms", "--json"];
        JsonElement report = ToolProcess.Run("epollecho", load).Expect(1).Json;
        Assert.True(server.Join(TimeSpan.FromSeconds(20)));
        Assert.Equal((1, 1, 1), (Int(report, "lost"), Int(report, "late"), Int(report, "duplicates")));
    }

    private static JsonElement Load(HttpPeer peer, int exitCode, params string[] args) =>
        ToolProcess.Run("epollecho", ["load", peer.Url, "--json", .. args]).Expect(exitCode).Json;
}
