using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.EpollEcho.Load;
using NetTools.Tests.Support;
using Xunit;
using Stream = NetTools.EpollEcho.Load.Stream;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public unsafe class LoadTests
{
    [Fact]
    public void A_changed_byte_is_a_mismatch()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Thread server = new(() =>
        {
            using Socket peer = listener.Accept();
            byte[] bytes = new byte[64];
            int got = peer.Receive(bytes);
            bytes[got - 1] ^= 1;
            peer.Send(bytes.AsSpan(0, got));
            peer.Receive(bytes);
        });
        server.Start();
        ToolResult result = ToolProcess.Run("epollecho", "load", listener.LocalEndPoint!.ToString()!, "-n", "1", "--json")
            .Expect(1);
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(1, report.GetProperty("mismatches").GetInt32());
        Assert.Equal(1, report.GetProperty("errors").GetProperty("mismatch").GetInt32());
        Assert.Equal(0, report.GetProperty("requests").GetInt32());
        server.Join();
    }

    [Fact]
    public void Nobody_there_is_refused_with_exit_code_1()
    {
        ToolResult result = ToolProcess.Run("epollecho", "load", $"127.0.0.1:{FreePort.Tcp()}", "-c", "3", "-n", "3", "--json")
            .Expect(1);
        Assert.Equal(3, JsonDocument.Parse(result.Output).RootElement.GetProperty("errors").GetProperty("refused").GetInt32());
    }

    [Fact]
    public void Silence_times_out()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ToolResult result = ToolProcess.Run(
            "epollecho", "load", listener.LocalEndPoint!.ToString()!, "-n", "1", "--timeout", "200ms", "--json").Expect(1);
        Assert.Equal(1, JsonDocument.Parse(result.Output).RootElement.GetProperty("errors").GetProperty("timed_out").GetInt32());
    }

    [Fact]
    public void An_open_loop_keeps_its_rate_and_tells_both_latencies()
    {
        using EchoServer server = new();
        using TempFolder folder = new();
        string hgrm = folder.File("latency.hgrm");
        JsonElement report = JsonDocument.Parse(
            server.Load("-c", "5", "-d", "1", "--rate", "500", "--hgrm", hgrm).Expect(0).Output).RootElement;
        Assert.Equal(500, report.GetProperty("requests").GetInt32());
        Assert.True(report.GetProperty("latency_us").GetProperty("mean").GetDouble()
            >= report.GetProperty("uncorrected_latency_us").GetProperty("mean").GetDouble());
        Assert.Equal(report.GetProperty("requests").GetInt32(),
            report.GetProperty("intervals").EnumerateArray().Sum(interval => interval.GetProperty("requests").GetInt32()));
        Assert.Contains("Total count", File.ReadAllText(hgrm));
    }

    [Fact]
    public void A_server_that_stalls_shows_in_the_corrected_latency_alone()
    {
        using EchoServer server = new();
        using ToolProcess load = ToolProcess.Launch(
            "epollecho", "load", server.Address, "-c", "1", "-d", "3", "--rate", "100", "--json");
        Thread.Sleep(1000);
        server.Process.Signal(Signals.SIGSTOP);
        Thread.Sleep(1000);
        server.Process.Signal(Signals.SIGCONT);
        JsonElement report = JsonDocument.Parse(load.WaitForExit().Expect(0).Output).RootElement;
        // a third were due in the stall
        Assert.InRange(report.GetProperty("latency_us").GetProperty("p90").GetDouble(), 300_000, 2_000_000);
        // one was under way
        Assert.InRange(report.GetProperty("uncorrected_latency_us").GetProperty("p90").GetDouble(), 1, 290_000);
    }

    [Fact]
    public void Connections_come_at_the_rate_of_the_ramp()
    {
        using EchoServer server = new();
        JsonElement report = JsonDocument.Parse(server.Load("-c", "50", "-n", "50", "--ramp", "50").Expect(0).Output).RootElement;
        Assert.InRange(report.GetProperty("connections_per_s").GetDouble(), 20, 60);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("load", "127.0.0.1")]
    [InlineData("load", "127.0.0.1:1", "-c", "0")]
    [InlineData("load", "127.0.0.1:1", "-c", "10", "-n", "5")]
    [InlineData("load", "127.0.0.1:1", "-n", "5", "-d", "5")]
    [InlineData("load", "127.0.0.1:1", "--reconnect", "--hold", "1")]
    [InlineData("load", "127.0.0.1:1", "--path", "a b")]
    [InlineData("load", "127.0.0.1:1", "--duration", "0")]
    [InlineData("load", "127.0.0.1:1", "-n", "0")]
    [InlineData("load", "127.0.0.1:1", "-c", "4", "--processes", "5")]
    [InlineData("load", "127.0.0.1:1", "-c", "4", "--processes", "0")]
    [InlineData("load", "127.0.0.1:1", "-c", "4", "-n", "2", "--reconnect", "--processes", "3")]
    [InlineData("load", "127.0.0.1:1", "-c", "1000000")]
    [InlineData("load", "127.0.0.1:1", "--size", "16K-64")]
    [InlineData("load", "127.0.0.1:1", "--size", "0-64")]
    [InlineData("load", "127.0.0.1:1", "--size", "-64")]
    [InlineData("load", "127.0.0.1:1", "--size", "9G")]
    [InlineData("load", "127.0.0.1:1", "--udp", "--size", "8-64")]
    [InlineData("load", "127.0.0.1:1", "--gso")]
    [InlineData("load", "127.0.0.1:1", "--udp", "--gso", "--size", "20-64")]
    [InlineData("load", "127.0.0.1:1", "--seed", "1")]
    [InlineData("load", "127.0.0.1:1", "--protocol", "http", "--size", "100")]
    [InlineData("load", "127.0.0.1:1", "--protocol", "http", "--method", "post", "--size", "1-2M")]
    [InlineData("load", "127.0.0.1:1", "--method", "post")]
    [InlineData("load", "127.0.0.1:1", "--rate", "0")]
    [InlineData("load", "127.0.0.1:1", "--ramp", "0")]
    [InlineData("load", "127.0.0.1:1", "--ramp", "5", "--reconnect")]
    [InlineData("load", "127.0.0.1:1", "--reconnect", "--hold", "0")]
    [InlineData("load", "127.0.0.1:1", "--histogram", "--json")]
    [InlineData("load", "http://127.0.0.1:1/", "--no-verify", "--method", "get")]
    [InlineData("load", "http://127.0.0.1:1/a", "--path", "/b")]
    [InlineData("load", "http://a:b@127.0.0.1:1/", "--user", "c:d")]
    [InlineData("load", "http://127.0.0.1:1/", "--user", "c:d", "-H", "authorization: x")]
    [InlineData("serve", "--port", "65536")]
    [InlineData("serve", "--address", "nowhere")]
    [InlineData("serve", "--keepalive", "1,2")]
    [InlineData("serve", "--model", "fork", "--trigger", "level")]
    [InlineData("serve", "--model", "thread")]
    [InlineData("sing")]
    [InlineData]
    public void A_bad_command_line_is_one_line_and_exit_code_2(params string[] args)
    {
        ToolResult result = ToolProcess.Run("epollecho", args).Expect(2);
        Assert.StartsWith("epollecho: ", Assert.Single(result.ErrorLines));
    }

    [Theory]
    [InlineData("--ttl", "127.0.0.1:1", "--ttl", "3")]
    [InlineData("--ttl", "udp://127.0.0.1:1", "--ttl", "1")]
    [InlineData("--interface", "[::1]:1", "--interface", "lo")]
    [InlineData("--interface", "udp://[::1]:1", "--interface", "lo")]
    [InlineData("--header", "udp://127.0.0.1:1", "-H", "X: 1")]
    [InlineData("--header, --body", "127.0.0.1:1", "--udp", "-H", "X: 1", "--body", "x")]
    [InlineData("--protocol http", "127.0.0.1:1", "--udp", "--protocol", "http")]
    [InlineData("--hold", "127.0.0.1:1", "--udp", "--hold", "0")]
    [InlineData("--no-reopen, --ramp", "127.0.0.1:1", "--udp", "--no-reopen", "--ramp", "5")]
    [InlineData("--pipeline", "127.0.0.1:1", "--udp", "--rate", "5", "--pipeline", "2")]
    [InlineData("--method, --no-verify", "127.0.0.1:1", "--method", "post", "--no-verify")]
    public void A_line_that_refuses_options_names_these_and_no_others(string named, params string[] args)
    {
        ToolResult result = ToolProcess.Run("epollecho", ["load", .. args]).Expect(2);
        string line = Assert.Single(result.ErrorLines);
        Assert.StartsWith($"epollecho: {named}", line);
        string[] others =
        [
            "--ttl", "--interface", "--header", "--body", "--hold", "--reconnect", "--ramp", "--pipeline", "--path", "--user",
            "--no-reopen",
        ];
        string said = line.Contains('(') ? line[..line.IndexOf('(')] : line;
        Assert.DoesNotContain(others, other => said.Contains(other) && !named.Contains(other));
    }

    [Theory]
    [InlineData("1-100K")]
    [InlineData("1-3000", "--pipeline", "8")]
    [InlineData("1-3000", "--reconnect")]
    [InlineData("12-1400", "--udp")]
    public void Sizes_of_a_range_are_verified_and_the_seed_repeats_them(string range, params string[] more)
    {
        using EchoServer server = new(more is ["--udp"] ? ["--udp"] : []);
        string[] load = ["-c", "1", "-n", "300", "--size", range, .. more];
        JsonElement first = JsonDocument.Parse(server.Load(load).Expect(0).Output).RootElement;
        Assert.Equal(300, first.GetProperty("requests").GetInt32());
        long seed = first.GetProperty("options").GetProperty("seed").GetInt64();
        JsonElement again = JsonDocument.Parse(server.Load([.. load, "--seed", $"{seed}"]).Expect(0).Output).RootElement;
        JsonElement other = JsonDocument.Parse(server.Load([.. load, "--seed", $"{seed + 1}"]).Expect(0).Output).RootElement;
        Assert.Equal(first.GetProperty("bytes_verified").GetInt64(), again.GetProperty("bytes_verified").GetInt64());
        Assert.NotEqual(first.GetProperty("bytes_verified").GetInt64(), other.GetProperty("bytes_verified").GetInt64());
    }

    [Fact]
    public void Sizes_fill_their_range_evenly()
    {
        RequestSizes sizes = new(10, 19, 5);
        int[] counts = new int[10];
        for (int request = 0; request < 100_000; request++)
        {
            counts[sizes.Of(request % 7, request) - 10]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9500, 10_500));
        Assert.NotEqual(Enumerable.Range(0, 20).Select(i => sizes.Of(0, i)),
            Enumerable.Range(0, 20).Select(i => sizes.Of(1).Of(0, i)));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("load")]
    public void Help_fits_80_columns(string verb) =>
        Assert.All(ToolProcess.Run("epollecho", verb, "--help").Expect(0).OutputLines, line =>
            Assert.InRange(line.Length, 0, 80));

    [Fact]
    public void Streams_of_connections_differ_and_come_in_whole_pieces()
    {
        using Stream stream = Stream.Echo();
        for (int connection = 0; connection < 1000; connection++)
        {
            ReadOnlySpan<byte> a = new(stream.At(connection, 0), 64);
            ReadOnlySpan<byte> b = new(stream.At(connection + 1, 0), 64);
            Assert.False(a.SequenceEqual(b));
        }

        ReadOnlySpan<byte> end = new(stream.At(0, stream.Period - 10), 20);
        Assert.True(end[10..].SequenceEqual(new ReadOnlySpan<byte>(stream.At(0, 0), 10)));
    }
}
