using System.Net.Sockets;
using System.Text.Json;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public class ProcessTests
{
    [Fact]
    public void A_killed_server_leaves_clients_an_error_not_a_hang()
    {
        using EchoServer server = new();
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", server.Address, "-c", "500", "-d", "20", "--no-reopen", "--json");
        Thread.Sleep(1000);
        server.Process.Signal(Signals.SIGKILL);
        ToolResult result = load.WaitForExit(TimeSpan.FromSeconds(15)).Expect(1);
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        // On a busy machine some connections are not made yet, or have no request under way, when the server goes.
        Assert.Equal(500, report.GetProperty("failed").GetInt32() + report.GetProperty("connection_failures").GetInt32());
        Assert.Equal(0, report.GetProperty("mismatches").GetInt32());
        Assert.Equal(500, report.GetProperty("errors").EnumerateObject().Sum(error => error.Value.GetInt32()));
    }

    [LabFact(Needs.Ss)]
    public void Instances_share_the_port_and_the_connections()
    {
        using EchoServer server = new("--instances", "4");
        for (int i = 1; i < 4; i++)
        {
            server.Process.ReadLine();
        }

        string[] listeners = [.. ToolProcess.RunCommand("ss", "-tlnpH", $"sport = :{server.Port}").Expect(0).OutputLines];
        Assert.Equal(4, listeners.Length);
        Assert.Equal(4, listeners.Distinct().Count());
        server.Load("-c", "50", "-n", "4000", "--reconnect").Expect(0);

        ToolResult result = server.Process.Stop(Signals.SIGTERM).Expect(0);
        JsonElement[] summaries = [.. result.OutputLines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "summary")];
        Assert.Equal([0, 1, 2, 3], summaries.Select(summary => summary.GetProperty("instance").GetInt32()).Order());
        double[] counts = [.. summaries.Select(summary => summary.GetProperty("accepted").GetDouble())];
        Assert.Equal(4000, counts.Sum());
        Assert.All(counts, count => Assert.InRange(count, 700, 1300));
    }

    [LabTheory(Needs.Ss)]
    [InlineData("reuseport", 4)]
    [InlineData("exclusive", 1)]
    public void Instances_have_a_listener_each_or_share_one(string accept, int listeners)
    {
        using EchoServer server = new("--instances", "4", "--accept", accept);
        for (int i = 1; i < 4; i++)
        {
            server.Process.ReadLine();
        }

        Assert.Equal(listeners, ToolProcess.RunCommand("ss", "-tlnpH", $"sport = :{server.Port}").OutputLines.Length);
        server.Load("-c", "50", "-n", "1000", "--reconnect").Expect(0);
        ToolResult result = server.Process.Stop(Signals.SIGTERM).Expect(0);
        Assert.Equal(1000, result.OutputLines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "summary")
            .Sum(line => line.GetProperty("accepted").GetInt32()));
    }

    [Fact]
    public void A_killed_instance_is_started_again()
    {
        using EchoServer server = new("--instances", "2");
        server.Process.ReadLine();
        int victim = server.Listening.GetProperty("pid").GetInt32();
        Assert.Equal(0, Signals.kill(victim, Signals.SIGKILL));
        JsonElement again = JsonDocument.Parse(server.Process.ReadUntil("listening")).RootElement;
        Assert.Equal(server.Listening.GetProperty("instance").GetInt32(), again.GetProperty("instance").GetInt32());
        Assert.NotEqual(victim, again.GetProperty("pid").GetInt32());
        Assert.Contains("killed by signal 9", server.Process.ReadErrorLine());
        server.Load("-c", "20", "-n", "200", "--reconnect").Expect(0);
        server.Process.Stop(Signals.SIGTERM).Expect(0);
    }

    [Fact]
    public void Fork_serves_verified_connections_and_leaves_no_zombies()
    {
        using EchoServer server = new("--model", "fork");
        server.Load("-c", "100", "--hold", "0.2").Expect(0);
        server.Load("-c", "20", "-n", "400", "--reconnect").Expect(0);
        Thread.Sleep(300);
        Assert.Empty(Children(server.Process.Id));
        JsonElement summary = server.Stop();
        Assert.Equal(500, summary.GetProperty("accepted").GetInt32());
        Assert.Equal(500, summary.GetProperty("closed").GetInt32());
        Assert.InRange(summary.GetProperty("peak_connections").GetInt32(), 100, 120);
        Assert.InRange(summary.GetProperty("user_bytes_per_connection").GetInt64(), 4096, 2_000_000);
    }

    [Theory]
    [InlineData("--quickack")]
    [InlineData("--idle-timeout=60")]
    public void Fork_drains_at_sigterm(string option) => Seeded.Run(random =>
    {
        using EchoServer server = new("--model", "fork", option);
        using Socket idle = server.Connect();
        using Socket busy = server.Connect();
        idle.Send("x"u8);
        Assert.Equal(1, idle.Receive(new byte[1]));
        busy.Send("x"u8);
        Assert.Equal(1, busy.Receive(new byte[1]));
        byte[] sent = random.Bytes(50_000);
        busy.Send(sent);
        // A server can finish what has arrived; what is still on its way it cannot know of.
        Assert.True(SpinWait.SpinUntil(() => Unacknowledged(busy) == 0, TimeSpan.FromSeconds(10)));
        server.Process.Signal(Signals.SIGTERM);
        Assert.Equal(0, idle.Receive(new byte[1]));
        byte[] back = new byte[sent.Length + 1];
        int got = 0;
        for (int count = busy.Receive(back); count > 0; count = busy.Receive(back, got, back.Length - got, SocketFlags.None))
        {
            got += count;
        }

        Assert.True(sent.AsSpan().SequenceEqual(back.AsSpan(0, got)));
        ToolResult result = server.Process.WaitForExit(TimeSpan.FromSeconds(20)).Expect(0);
        JsonElement summary = JsonDocument.Parse(result.OutputLines.Last()).RootElement;
        Assert.Equal((2, 2), (summary.GetProperty("accepted").GetInt32(), summary.GetProperty("closed").GetInt32()));
        Assert.Empty(summary.GetProperty("errors").EnumerateObject());
    });

    private static unsafe int Unacknowledged(Socket socket)
    {
        int bytes;
        Assert.Equal(0, LibC.ioctl((int)socket.Handle, LibC.TIOCOUTQ, &bytes));
        return bytes;
    }

    [Fact]
    public void Forked_children_end_with_their_parent()
    {
        using EchoServer server = new("--model", "fork");
        using Socket socket = server.Connect();
        socket.Send("x"u8);
        socket.Receive(new byte[1]);
        int child = Assert.Single(Children(server.Process.Id));
        server.Process.Signal(Signals.SIGKILL);
        Assert.Equal(0, socket.Receive(new byte[1]));
        Assert.True(SpinWait.SpinUntil(
            () => !Directory.Exists($"/proc/{child}") || State(child) == 'Z', TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_busy_port_is_one_line_and_exit_code_2()
    {
        using EchoServer server = new();
        ToolResult result = ToolProcess.Run("epollecho", "serve", "-p", $"{server.Port}").Expect(2);
        string line = Assert.Single(result.ErrorLines);
        Assert.StartsWith($"epollecho: binding to [::]:{server.Port}: EADDRINUSE: Address already in use (", line);
    }

    private static int[] Children(int pid) =>
        [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(int.Parse)];

    private static char State(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return 'Z';
        }
    }
}
