using System.Text.Json;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Loss counts requests that were due and got no reply in time, for any reason.</summary>
[Collection(LabLanes.RawPing)]
public class LossLabTests
{
    private const string Second = "10.77.0.3";

    [LabTheory(Needs.Root)]
    [InlineData("ip link set vetha down", "ENETUNREACH")]
    [InlineData("ip addr flush dev vetha", "ENETUNREACH")]
    [InlineData("ip link del vetha", "ENETUNREACH")]
    [InlineData("ip route replace prohibit 10.77.0.2/32", "EACCES")]
    public void What_is_due_while_there_is_no_way_is_lost(string damage, string error)
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using ToolProcess ping = ToolProcess.Launch(
            "rawping", ["--json-lines", "-c", "8", "-i", "0.2", "-W", "0.5", NetworkNamespaces.AddressB],
                new RunOptions { Namespace = pair.A });
        _ = ping.ReadUntil("\"reply\"");
        Shell(pair.A, damage);
        ToolResult result = ping.WaitForExit().Expect(0);
        JsonElement summary = Summary(result);
        int received = Number(summary, "received");
        Assert.InRange(received, 1, 7);
        Assert.Equal((8, 8 - received), (Number(summary, "due"), Number(summary, "lost")));
        Assert.Equal(100.0 * (8 - received) / 8, summary.GetProperty("lost_percent").GetDouble(), 3);
        int refused = summary.GetProperty("send_errors").GetProperty(error).GetInt32();
        Assert.Equal(8, Number(summary, "transmitted") + refused);
        Assert.Equal(refused,
            result.OutputLines.Count(line => line.Contains("\"lost\"") && line.Contains("\"reason\":\"local\"")));
        Assert.Equal($"{received + 1}-8", summary.GetProperty("lost_seq")[0].GetString());
    }

    [LabFact(Needs.Root)]
    public void Text_counts_what_was_not_sent()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Shell(pair.A, "ip route add unreachable 10.77.0.2/32 && ip addr add 10.77.0.2/32 dev lo");
        Shell(pair.A, "ip addr del 10.77.0.2/32 dev lo");
        ToolResult result = ToolProcess.Run("rawping", ["-c", "1", NetworkNamespaces.AddressB, NetworkNamespaces.AddressA],
            new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Contains("10.77.0.2: 0 packets transmitted, 0 received, +1 errors, 1 not sent (1 EHOSTUNREACH), 100% packet loss "
            + "of 1,", result.Output);
        Assert.Contains("10.77.0.1: 1 packets transmitted, 1 received, 0% packet loss,", result.Output);
    }

    [LabFact(Needs.Root)]
    public void An_error_before_the_genuine_reply_does_not_end_the_wait()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request =>
        [
            Answer.About(request.Message, IcmpType.DestinationUnreachable, 1),
                Answer.About(request.Message, IcmpType.DestinationUnreachable, 1),
            Answer.To(request.Message) with { Delay = TimeSpan.FromMilliseconds(50) },
        ]);
        string[] args = ["-c", "1", NetworkNamespaces.AddressB];
        ToolResult text = ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A }).Expect(0);
        Assert.Contains("1 packets transmitted, 1 received, +1 errors, 0% packet loss", text.Output);
        Assert.DoesNotContain("DUP", text.Output);
        JsonElement json = Json("rawping", pair, ["--json", .. args]);
        Assert.Equal((1, 0, 1), (Number(json, "received"), Number(json, "duplicates"), Number(json, "errors")));
        Assert.Equal(1, json.GetProperty("icmp_errors").GetArrayLength());
    }

    [LabFact(Needs.Root)]
    public void An_error_after_the_reply_takes_nothing_away()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request =>
            [Answer.To(request.Message), Answer.About(request.Message, IcmpType.DestinationUnreachable, 1)]);
        JsonElement json = Json("rawping", pair, ["--json", "-c", "2", "-i", "0.2", NetworkNamespaces.AddressB]);
        Assert.Equal((2, 0, 0), (Number(json, "received"), Number(json, "lost"), Number(json, "duplicates")));
    }

    [LabFact(Needs.Root)]
    public void What_had_time_left_when_the_run_was_stopped_is_in_flight()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => []);
        using ToolProcess ping = ToolProcess.Launch(
            "rawping", ["--json-lines", "-c", "0", "-i", "0.1", "-W", "5", NetworkNamespaces.AddressB],
                new RunOptions { Namespace = pair.A });
        _ = ping.ReadUntil("\"seq\":3}");
        ToolResult result = ping.Stop().Expect(1);
        JsonElement summary = Summary(result);
        int due = Number(summary, "due");
        Assert.Equal((due, 0, 0), (Number(summary, "in_flight"), Number(summary, "lost"), Number(summary, "received")));
        Assert.Equal(JsonValueKind.Null, summary.GetProperty("lost_percent").ValueKind);
        Assert.True(summary.GetProperty("interrupted").GetBoolean());
        Assert.Equal(due, result.OutputLines.Count(line => line.Contains("\"event\":\"in_flight\"")));
    }

    [LabFact(Needs.Root)]
    public void Each_host_waits_by_its_own_round_trips_and_has_its_own_lines_and_rejections()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Shell(pair.B, $"ip addr add {Second}/24 dev vethb");
        using EchoResponder responder = new(pair, request => request.To == Second
            ? [Answer.To(request.Message) with { From = Second, Delay = TimeSpan.FromSeconds(1.2) }]
            : [Answer.To(request.Message) with { From = "10.77.0.77" }, Answer.To(request.Message)]);
        string[] args = ["-c", "1", NetworkNamespaces.AddressB, Second];
        ToolResult text = ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A }).Expect(0);
        Assert.Contains($"{NetworkNamespaces.AddressB}: 1 packets transmitted, 1 received, 0% packet loss", text.Output);
        Assert.Contains($"{Second}: 1 packets transmitted, 1 received, 0% packet loss", text.Output);
        Assert.All(text.OutputLines, line => Assert.Matches(@"10\.77\.0\.[23]\b", line));
        JsonElement[] json = [.. ToolProcess.Run("rawping", ["--json", .. args], new RunOptions { Namespace = pair.A }).Expect(0)
            .OutputLines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([1, 0], json.Select(host => host.GetProperty("rejected").GetProperty("wrong_source").GetInt32()));
    }

    [LabTheory(Needs.Root)]
    [InlineData(1)]
    [InlineData(3)]
    public void A_reply_with_any_code_counts(int code)
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        JsonElement linux = Json("rawping", pair, ["--json", "-c", "1", "--icmp-code", $"{code}", NetworkNamespaces.AddressB]);
        Assert.Equal(1, Number(linux, "received"));
        using EchoResponder responder = new(pair, request => [Answer.To(request.Message, reply => reply[1] = (byte)code)]);
        JsonElement other = Json("rawping", pair, ["--json", "-c", "1", NetworkNamespaces.AddressB]);
        Assert.Equal(1, Number(other, "received"));
    }

    [LabFact(Needs.Root)]
    public void Errors_about_packets_of_other_programs_are_not_ours()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Shell(pair.B, $"ip addr add {Second}/24 dev vethb");
        using EchoResponder responder = new(pair, request => request.To == Second
            ? [Answer.To(request.Message) with { From = Second }]
            : [.. Enumerable.Repeat(Answer.About(request.Message, IcmpType.DestinationUnreachable, 1), 20)]);
        using ToolProcess other = ToolProcess.Launch("rawping", ["-q", "-c", "0", "-i", "0.01", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A });
        JsonElement json = Json("rawping", pair, ["--json", "-q", "-c", "60", "-i", "0.02", "-W", "5", Second]);
        Assert.Equal((60, 60, 0, 0), (Number(json, "transmitted"), Number(json, "received"), Number(json, "lost"),
            Number(json, "errors")));
        Assert.Empty(json.GetProperty("send_errors").EnumerateObject());
        Assert.Contains("+", other.Stop().Output); // it had errors
    }

    [LabFact(Needs.Root)]
    public void What_the_link_has_no_room_for_is_lost_locally_and_said()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Shell(pair.A, "tc qdisc add dev vetha root tbf rate 400kbit burst 5kb limit 6000");
        JsonElement json = Json("rawping", pair, ["--json", "-q", "-c", "40", "-i", "0.005", "-s", "1000",
            NetworkNamespaces.AddressB]);
        int refused = json.GetProperty("send_errors").GetProperty("ENOBUFS").GetInt32();
        Assert.InRange(refused, 5, 35);
        Assert.Equal((40, 40 - refused, 40 - refused),
            (Number(json, "due"), Number(json, "transmitted"), Number(json, "received")));
        Assert.Equal(refused, Number(json, "lost"));
    }

    [LabFact(Needs.Root)]
    public void A_full_neighbour_table_does_not_make_live_hosts_dead()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Shell(pair.A, "ip addr add 10.78.0.1/21 dev vetha");
        Shell(pair.B, "ip addr add 10.78.4.150/21 dev vethb");
        ToolResult result = ToolProcess.Run("rawping", ["-g", "10.78.0.2-10.78.4.150", "--alive", "--interval-global", "0.0005"],
            new RunOptions { Namespace = pair.A, Timeout = TimeSpan.FromSeconds(60) }).Expect(0);
        Assert.Equal("10.78.4.150\n", result.Output);
        if (int.Parse(File.ReadAllText("/proc/sys/net/ipv4/neigh/default/gc_thresh3")) <= 1024)
        {
            Assert.Contains("ENOBUFS", result.Error);
        }
    }

    [LabFact(Needs.Root, Needs.Strace)]
    public void One_failed_receive_does_not_end_the_run()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolResult result = ToolProcess.RunCommand("strace",
            ["-f", "-o", "/dev/null", "-e", "trace=recvmsg", "-e", "inject=recvmsg:error=ENOMEM:when=2..4",
                Repository.Binary("rawping"),
            "--no-sandbox", "-c", "4", "-i", "0.1", "-W", "2", NetworkNamespaces.AddressB],
                new RunOptions { Namespace = pair.A }).Expect(0);
        Assert.Contains("4 packets transmitted, 4 received, 0% packet loss", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Zero_for_a_limit_is_none_as_in_ping()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => [Answer.To(request.Message)
            with { Delay = TimeSpan.FromMilliseconds(300) }]);
        JsonElement json = Json("rawping", pair, ["--json", "-c", "2", "-i", "0.1", "-W", "0", "-w", "0",
            NetworkNamespaces.AddressB]);
        Assert.Equal((2, 2, 0), (Number(json, "transmitted"), Number(json, "received"), Number(json, "late")));
    }

    private static JsonElement Json(string tool, NetworkNamespaces pair, string[] args) =>
        JsonDocument.Parse(ToolProcess.Run(tool, args, new RunOptions { Namespace = pair.A }).Expect(0).Output).RootElement;

    private static JsonElement Summary(ToolResult result) => JsonDocument.Parse(result.OutputLines[^1]).RootElement;

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    private static void Shell(string name, string script) =>
        ToolProcess.RunCommand("sh", ["-c", script], new RunOptions { Namespace = name }).Expect(0);
}
