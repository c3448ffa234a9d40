using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public class UdpTests
{
    [Theory]
    [InlineData("127.0.0.1", "64")]
    [InlineData("127.0.0.7", "1400")] // the answer must come from the address that was asked, not from 127.0.0.1
    [InlineData("[::1]", "65507")]
    public void Datagrams_come_back_as_they_were_sent(string host, string size)
    {
        using EchoServer server = new("--udp");
        JsonElement report = Load($"{host}:{server.Port}", 0, "-c", "2", "-n", "600", "--size", size);
        Assert.Equal(600, report.GetProperty("requests").GetInt32());
        Assert.Equal(600L * int.Parse(size), report.GetProperty("bytes_verified").GetInt64());
        Assert.Equal(0, report.GetProperty("lost").GetInt32());
        JsonElement summary = server.Stop();
        Assert.Equal(600, summary.GetProperty("requests").GetInt32());
        Assert.Empty(summary.GetProperty("errors").EnumerateObject());
    }

    [Fact]
    public void Datagrams_leave_at_the_rate_asked_for()
    {
        using EchoServer server = new("--udp");
        JsonElement report = Load($"127.0.0.1:{server.Port}", 0, "-c", "2", "-d", "2", "--rate", "400");
        Assert.InRange(report.GetProperty("requests").GetInt32(), 780, 800);
    }

    [Fact]
    public void A_stopped_server_loses_datagrams_and_the_report_says_so()
    {
        using EchoServer server = new("--udp");
        server.Process.Signal(Signals.SIGSTOP);
        JsonElement report = Load($"127.0.0.1:{server.Port}", 1, "-n", "3", "--pipeline", "3", "--timeout", "1");
        Assert.Equal((3, 3, 100.0), (report.GetProperty("lost").GetInt32(), report.GetProperty("failed").GetInt32(),
            report.GetProperty("lost_percent").GetDouble()));
        server.Process.Signal(Signals.SIGCONT);
        server.Stop();
    }

    [Fact]
    public void Nobody_there_is_refused()
    {
        JsonElement report = Load($"127.0.0.1:{FreePort.Udp()}", 1, "-n", "2");
        Assert.InRange(report.GetProperty("errors").GetProperty("refused").GetInt32(), 1, 2);
    }

    [LabFact(Needs.Root)]
    public void Every_member_of_a_group_answers()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        foreach ((string group, string name) in new[] { ("239.1.2.3", "239.1.2.3:9000"), ("ff02::4:5", "[ff02::4:5]:9000") })
        {
            using ToolProcess one = Serve(pair.B, group);
            using ToolProcess two = Serve(pair.B, group);
            ToolResult result = ToolProcess.Run("epollecho",
                ["load", name, "--udp", "-n", "50", "--rate", "100", "--interface", NetworkNamespaces.InterfaceA, "--json"],
                new RunOptions { Namespace = pair.A }); // slow enough for the second answer to come before the next request
            JsonElement report = JsonDocument.Parse(result.Output).RootElement;
            Assert.InRange(report.GetProperty("requests").GetInt32(), 45, 50); // the first may be lost while neighbours are sought
            Assert.InRange(report.GetProperty("duplicates").GetInt32(), 40, 50); // the second member's answers
            one.Stop(Signals.SIGTERM).Expect(0);
            two.Stop(Signals.SIGTERM).Expect(0);
        }
    }

    private static ToolProcess Serve(string name, string group)
    {
        ToolProcess server = ToolProcess.Launch("epollecho",
            ["serve", "-p", "9000", "--group", group, "--interface", NetworkNamespaces.InterfaceB, "--json"], new RunOptions { Namespace = name });
        server.ReadLine();
        return server;
    }

    private static JsonElement Load(string target, int exitCode, params string[] args) =>
        JsonDocument.Parse(ToolProcess.Run("epollecho", ["load", target, "--udp", "--json", .. args]).Expect(exitCode).Output).RootElement;
}
