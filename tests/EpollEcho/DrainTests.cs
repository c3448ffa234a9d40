using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

/// <summary>SIGTERM answers what has been accepted, whole; SIGHUP replaces instances and loses nothing.</summary>
[Collection(LabLanes.Peers)]
public class DrainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<string> Kinds => ["--trigger=edge", "--trigger=level", "--model=fork"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_draining_server_answers_requests_that_come_late(string kind)
    {
        using EchoServer server = new("--protocol", "http", kind);
        using Socket silent = server.Connect();
        using Socket half = server.Connect();
        using Socket body = server.Connect();
        using Socket kept = server.Connect();
        Send(half, Get[..20]);
        Send(body, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + new string('x', 1000));
        Send(kept, Get);
        Assert.DoesNotContain("close", ReadAnswer(kept));
        Thread.Sleep(700); // idle for longer than a draining server waits
        server.Process.Signal(Signals.SIGTERM);
        Thread.Sleep(100);
        Send(silent, Get);
        Send(half, Get[20..]);
        Send(body, new string('y', 199_000));
        Send(kept, Get);
        foreach (Socket socket in new[] { silent, half, kept })
        {
            Assert.Contains("HTTP/1.1 200 OK\r\n", ReadToEnd(socket, out string answer));
            Assert.Contains("\r\nConnection: close\r\n", answer);
        }

        // its head went before the signal
        Assert.EndsWith(new string('x', 1000) + new string('y', 199_000), ReadToEnd(body, out _));
        JsonElement summary = Summary(server.Process.WaitForExit().Expect(0));
        Assert.Equal((5, 0), (summary.GetProperty("requests").GetInt32(), summary.GetProperty("cut").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Draining_has_a_deadline_and_what_it_cuts_is_counted(string kind)
    {
        using EchoServer server = new("--protocol", "http", "--drain-timeout", "1", kind);
        using Socket half = server.Connect();
        Send(half, Get[..20]);
        Thread.Sleep(100);
        server.Process.Signal(Signals.SIGTERM);
        Assert.Equal(1, Summary(server.Process.WaitForExit(TimeSpan.FromSeconds(4)).Expect(0)).GetProperty("cut").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_echo_that_has_not_begun_is_waited_for(string kind)
    {
        using EchoServer server = new(kind);
        using Socket socket = server.Connect();
        Thread.Sleep(100);
        server.Process.Signal(Signals.SIGTERM);
        Thread.Sleep(100);
        Send(socket, "late");
        Assert.Equal("late", ReadToEnd(socket, out _));
        server.Process.WaitForExit().Expect(0);
    }

    [LabTheory(Needs.Ab)]
    [InlineData("--accept=reuseport")]
    [InlineData("--accept=exclusive")]
    public void Five_restarts_under_load_lose_nothing(string accept)
    {
        using EchoServer server = new("--instances", "2", "--protocol", "http", accept);
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", server.Address, "--protocol", "http", "-c", "10", "-n", "20000", "--reconnect", "--json");
        using ToolProcess ab = ToolProcess.LaunchCommand("ab", "-q", "-n", "20000", "-c", "10", $"http://{server.Address}/");
        int restarts = 0;
        while (restarts < 5)
        {
            Thread.Sleep(200);
            server.Process.Signal(Signals.SIGHUP);
            restarts++;
        }

        JsonElement report = JsonDocument.Parse(load.WaitForExit().Expect(0).Output).RootElement;
        Assert.Equal((20000, 0), (report.GetProperty("requests").GetInt32(), report.GetProperty("failed").GetInt32()));
        ToolResult theirs = ab.WaitForExit().Expect(0);
        Assert.Matches(@"Complete requests:\s+20000\n", theirs.Output);
        Assert.Matches(@"Failed requests:\s+0\n", theirs.Output);
        JsonElement[] lines = [.. server.Process.Stop(Signals.SIGTERM).Expect(0)
            .OutputLines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(12, lines.Count(line => line.GetProperty("event").GetString() == "listening"));
        Assert.InRange(lines.Where(line => line.GetProperty("event").GetString() == "summary")
            .Sum(line => line.GetProperty("requests").GetInt32()), 40_000, 40_200);
    }

    [LabFact(Needs.Root)]
    public void A_restart_that_may_not_fork_leaves_the_old_instances()
    {
        string[] user = ["setpriv", "--reuid=61234", "--regid=61234", "--clear-groups"];
        int port = FreePort.Tcp();
        using ToolProcess server = ToolProcess.LaunchCommand("setpriv",
            [.. user[1..], "prlimit", "--nproc=6", Repository.Binary("epollecho"), "serve", "-p", $"{port}", "--instances", "2"]);
        server.ReadLine();
        server.ReadLine();
        List<ToolProcess> others = [.. Enumerable.Range(0, 8)
            .Select(_ => ToolProcess.LaunchCommand(user[0], [.. user[1..], "sleep", "60"]))];
        Thread.Sleep(300);
        server.Signal(Signals.SIGHUP);
        Assert.Contains("EAGAIN", server.ReadErrorUntil("the old one goes on"));
        ToolProcess.Run("epollecho", "load", $"127.0.0.1:{port}", "-c", "5", "-n", "50", "--reconnect").Expect(0);
        others.ForEach(other => other.Dispose());
        server.Signal(Signals.SIGHUP);
        Assert.StartsWith("listening", server.ReadUntil("listening"));
        server.Stop(Signals.SIGTERM).Expect(0);
    }

    private static void Send(Socket socket, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += socket.Send(bytes.AsSpan(sent));
        }
    }

    private static string ReadAnswer(Socket socket)
    {
        byte[] bytes = new byte[4096];
        return Encoding.ASCII.GetString(bytes, 0, socket.Receive(bytes));
    }

    private static string ReadToEnd(Socket socket, out string answer)
    {
        StringBuilder text = new();
        byte[] bytes = new byte[65536];
        for (int got = socket.Receive(bytes); got > 0; got = socket.Receive(bytes))
        {
            text.Append(Encoding.ASCII.GetString(bytes, 0, got));
        }

        return answer = text.ToString();
    }

    private static JsonElement Summary(ToolResult result) => JsonDocument.Parse(result.OutputLines.Last()).RootElement;
}
