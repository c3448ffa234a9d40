using System.Text.Json;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>
/// Every kind of ICMP error, with ping as the referee: by raw socket, and by the error queue of a datagram socket.
/// </summary>
[Collection(LabLanes.RawPing)]
public sealed class ErrorLabTests
{
    private const string Nobody = OrdinaryUser.Number;
    private const uint Gateway = 0x0a4d004d; // 10.77.0.77

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Ping)]
    public void Every_kind_of_error_reads_as_pings()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using OrdinaryUser user = new();
        (byte Type, byte Code, uint Detail)[] errors =
        [
            .. Enumerable.Range(0, 16).Select(code => (IcmpType.DestinationUnreachable, (byte)code, code == 4 ? 1400u : 0)),
            (IcmpType.SourceQuench, 0, 0),
            .. Enumerable.Range(0, 4).Select(code => (IcmpType.Redirect, (byte)code, Gateway)),
            (IcmpType.TimeExceeded, 0, 0), (IcmpType.TimeExceeded, 1, 0), (IcmpType.ParameterProblem, 0, 20u << 24),
            (IcmpType.DestinationUnreachable, 16, 0), (IcmpType.TimeExceeded, 2, 0), // no such code
        ];
        using EchoResponder router = new(pair, (sequence, request) =>
            [Answer.About(request, errors[sequence - 1].Type, errors[sequence - 1].Code, errors[sequence - 1].Detail)]);
        Shell(pair.A, $"echo {Nobody} {Nobody} > /proc/sys/net/ipv4/ping_group_range");
        RunOptions there = new() { Namespace = pair.A };
        string[] args = ["-n", "-c", $"{errors.Length}", "-i", "0.02", "-W", "1", NetworkNamespaces.AddressB];
        string[] theirs = ToolProcess.RunCommand("ping", args, there).Expect(1).OutputLines;
        string[] ours = Errors(ToolProcess.Run("rawping", args, there).Expect(1).OutputLines);
        Assert.Equal(errors.Length, ours.Length);

        // These the kernel keeps from error queues, ping's among them.
        string[] kept = ["From 10.77.0.9 icmp_seq=23 Frag reassembly time exceeded",
            "From 10.77.0.9 icmp_seq=25 Dest Unreachable, Bad Code: 16"];
        Assert.Equal(Errors(theirs), ours.Except(kept));
        string[] queued = Errors(user.Run(["-v", .. args], there).Expect(1).OutputLines);
        Assert.Equal(Errors(theirs), queued);

        JsonElement[] json = [.. JsonDocument.Parse(ToolProcess.Run("rawping", ["--json", .. args], there).Expect(1).Output)
            .RootElement
            .GetProperty("icmp_errors").EnumerateArray()];
        Assert.Equal(errors.Select(error => ((int)error.Type, (int)error.Code)),
            json.Select(error => (error.GetProperty("type").GetInt32(), error.GetProperty("code").GetInt32())));
        Assert.All(json, error => Assert.Equal(Answer.Router, error.GetProperty("from").GetString()));
        Assert.Equal(ours.Select(line => line.Split(' ', 4)[3]), json.Select(error => error.GetProperty("text").GetString()));
        Assert.Equal((5, 1400), (json[4].GetProperty("seq").GetInt32(), json[4].GetProperty("mtu_bytes").GetInt32()));
        Assert.Equal("10.77.0.77", json[17].GetProperty("gateway").GetString());
        Assert.Equal(20, json[23].GetProperty("pointer").GetInt32());
    }

    [LabFact(Needs.Root)]
    public void A_kernel_that_cannot_read_an_option_says_where()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolResult result = ToolProcess.Run("rawping", // record route whose pointer points before the option's own data
            ["-n", "-c", "1", "-W", "5", "--hdrincl", "--options", "0x07070200000000", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Contains($"From {NetworkNamespaces.AddressB} icmp_seq=1 Parameter problem: pointer = 22\n", result.Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Ping)]
    public void A_router_that_knows_a_better_one_says_which()
    {
        // On one segment we and two routers; the way to the host is by the second, and we know only the first.
        using OrdinaryUser user = new();
        NetworkNamespaces[] nodes = [.. Enumerable.Range(0, 5).Select(_ => NetworkNamespaces.Single())];
        try
        {
            string[] names = [.. nodes.Select(node => node.A)];
            (string us, string first, string second, string host, string segment) =
                (names[0], names[1], names[2], names[3], names[4]);
            NetworkNamespaces.Ip("-n", segment, "link", "add", "bridge", "type", "bridge");
            NetworkNamespaces.Ip("-n", segment, "link", "set", "bridge", "up");
            for (int i = 0; i < 3; i++)
            {
                NetworkNamespaces.Ip("link", "add", "lan", "netns", names[i], "type", "veth", "peer", "name", $"port{i}", "netns",
                    segment);
                NetworkNamespaces.Ip("-n", segment, "link", "set", $"port{i}", "master", "bridge", "up");
                NetworkNamespaces.Ip("-n", names[i], "address", "add", $"10.62.0.{i + 1}/24", "dev", "lan");
                NetworkNamespaces.Ip("-n", names[i], "link", "set", "lan", "up");
            }

            NetworkNamespaces.Ip("link", "add", "far", "netns", second, "type", "veth", "peer", "name", "near", "netns", host);
            NetworkNamespaces.Ip("-n", second, "address", "add", "10.62.1.1/24", "dev", "far");
            NetworkNamespaces.Ip("-n", second, "link", "set", "far", "up");
            NetworkNamespaces.Ip("-n", host, "address", "add", "10.62.1.2/24", "dev", "near");
            NetworkNamespaces.Ip("-n", host, "link", "set", "near", "up");
            NetworkNamespaces.Ip("-n", us, "route", "add", "default", "via", "10.62.0.2");
            NetworkNamespaces.Ip("-n", first, "route", "add", "10.62.1.0/24", "via", "10.62.0.3");
            NetworkNamespaces.Ip("-n", host, "route", "add", "default", "via", "10.62.1.1");
            Shell(first, "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/conf/all/send_redirects");
            Shell(second, "echo 1 > /proc/sys/net/ipv4/ip_forward");
            // We take no advice, so that each program is told again; and an ordinary user may use a datagram socket.
            Shell(us, "echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects; echo 0 > "
                + "/proc/sys/net/ipv4/conf/lan/accept_redirects;"
                + $"echo {Nobody} {Nobody} > /proc/sys/net/ipv4/ping_group_range");

            foreach (string[] program in new string[][] { ["ping"], [user.Binary], user.Command() })
            {
                // A router redirects ever more seldom, so it may leave out the first request.
                ToolResult result = ToolProcess.RunCommand(program[0],
                    [.. program[1..], "-n", "-c", "3", "-i", "0.5", "-W", "5", "10.62.1.2"], new RunOptions { Namespace = us })
                        .Expect(0);
                Assert.Matches(@"From 10\.62\.0\.2: icmp_seq=[1-3] Redirect Host\(New nexthop: 10\.62\.0\.3\)\n", result.Output);
                Assert.Contains("3 packets transmitted, 3 received, 0% packet loss", result.Output);
            }
        }
        finally
        {
            Array.ForEach(nodes, node => node.Dispose());
        }
    }

    private static string[] Errors(string[] lines) =>
        [.. lines.Where(line => line.StartsWith("From ", StringComparison.Ordinal))];

    private static void Shell(string name, string script) =>
        ToolProcess.RunCommand("sh", ["-c", script], new RunOptions { Namespace = name }).Expect(0);
}
