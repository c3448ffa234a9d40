using System.Text;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public class SendTests
{
    [LabTheory(Needs.Root)]
    [InlineData("239.1.2.3", "239.1.2.3:9000")]
    [InlineData("ff02::4:5", "[ff02::4:5]:9000")]
    public void Members_get_what_is_sent(string group, string target)
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using ToolProcess far = Serve(pair.B, NetworkNamespaces.InterfaceB, group);
        using ToolProcess near = Serve(pair.A, NetworkNamespaces.InterfaceA, group);
        string[] send = ["send", "--group", target, "--interface", NetworkNamespaces.InterfaceA, "--json"];
        RunOptions here = new() { Namespace = pair.A };
        JsonElement report = Report(ToolProcess.Run("epollecho", [.. send, "hello", "-n", "20", "--rate", "200"], here)
            .Expect(0));
        Assert.Equal((20, 100), (report.GetProperty("sent").GetInt32(), report.GetProperty("sent_bytes").GetInt32()));
        Assert.InRange(report.GetProperty("duration_s").GetDouble(), 0.095, 20);
        report = Report(ToolProcess.Run(
            "epollecho", [.. send, "-"], here with { Input = Encoding.UTF8.GetBytes("one\n\nthree\nlast") }).Expect(0));
        Assert.Equal((4, 12), (report.GetProperty("sent").GetInt32(), report.GetProperty("sent_bytes").GetInt32()));
        Report(ToolProcess.Run("epollecho", [.. send, "--size", "1000", "--loop", "off"], here).Expect(0));
        Assert.Equal((25, 1112), Received(far));
        Assert.Equal((24, 112), Received(near)); // the last was not for members on the sender's host
    }

    [Fact]
    public void What_a_signal_keeps_from_being_sent_is_counted()
    {
        using ToolProcess send = ToolProcess.Launch("epollecho", "send", "--group", "239.1.2.3", "x", "-n", "100", "--rate", "1",
            "--interface", "lo", "--json");
        Thread.Sleep(300);
        JsonElement report = Report(send.Stop(Signals.SIGINT).Expect(1));
        Assert.Equal((1, 99, true), (report.GetProperty("sent").GetInt32(), report.GetProperty("unsent").GetInt32(),
            report.GetProperty("interrupted").GetBoolean()));
    }

    [LabFact(Needs.Root)]
    public void No_route_is_an_error_with_a_name_and_a_hint()
    {
        using NetworkNamespaces one = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.Run(
            "epollecho", ["send", "--group", "239.1.2.3", "x"], new RunOptions { Namespace = one.A }).Expect(1);
        Assert.Contains("errors: enetunreach 1 (name an interface", result.Output);
    }

    [Fact]
    public void A_signal_ends_it_and_it_says_what_was_sent()
    {
        using ToolProcess send = ToolProcess.Launch(
            "epollecho", ["send", "--group", "239.1.2.3", "--interface", "lo", "--ttl", "0", "-", "--json"],
            new RunOptions { KeepInputOpen = true });
        send.Input.Write("a line\n"u8);
        send.Input.Flush();
        Thread.Sleep(500);
        Assert.Equal(1, Report(send.Stop(Signals.SIGINT).Expect(0)).GetProperty("sent").GetInt32());
    }

    [Theory]
    [InlineData]
    [InlineData("--group", "10.0.0.1", "x")]
    [InlineData("--group", "239.1.2.3:0", "x")]
    [InlineData("--group", "239.1.2.3", "x", "--size", "5")]
    [InlineData("--group", "239.1.2.3", "-", "-n", "5")]
    [InlineData("--group", "239.1.2.3", "--size", "65508")]
    [InlineData("--group", "239.1.2.3", "--ttl", "256")]
    [InlineData("--group", "239.1.2.3", "--interface", "nosuch0")]
    public void A_bad_command_line_is_one_line_and_exit_code_2(params string[] args) =>
        Assert.StartsWith("epollecho: ", Assert.Single(ToolProcess.Run("epollecho", ["send", .. args]).Expect(2).ErrorLines));

    private static ToolProcess Serve(string name, string device, string group)
    {
        ToolProcess server = ToolProcess.Launch(
            "epollecho", ["serve", "-p", "9000", "--group", group, "--interface", device, "--json"],
            new RunOptions { Namespace = name });
        server.ReadLine();
        return server;
    }

    private static (int Datagrams, int Bytes) Received(ToolProcess server)
    {
        JsonElement summary = JsonDocument.Parse(server.Stop(Signals.SIGTERM).Expect(0).OutputLines[^1]).RootElement;
        return (summary.GetProperty("requests").GetInt32(), summary.GetProperty("bytes_received").GetInt32());
    }

    private static JsonElement Report(ToolResult result) => JsonDocument.Parse(result.Output).RootElement;
}
