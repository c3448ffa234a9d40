using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>
/// An ordinary user without the capability, on ICMP datagram sockets, with root on raw ones as the referee: us, a router, the
/// host, and to the host an MTU of 1400.
/// </summary>
[Collection(LabLanes.RawPing)]
public sealed class DatagramLabTests : IDisposable
{
    private const string Host = "10.60.1.2";
    private const string Host6 = "fd60:1::2";

    private readonly RouterChain _chain = null!;
    private readonly OrdinaryUser _user = null!;

    public DatagramLabTests()
    {
        if (Requirements.ReasonToSkip(Needs.RealRoot, Needs.Setpriv) is not null)
        {
            return; // each test says so itself
        }

        _chain = new RouterChain(3);
        _user = new OrdinaryUser();
        Allow($"{OrdinaryUser.Number} {OrdinaryUser.Number}");
    }

    public void Dispose()
    {
        _chain?.Dispose();
        _user?.Dispose();
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Replies_have_TTL_options_and_both_times()
    {
        foreach (string host in new[] { Host, Host6 })
        {
            JsonElement json = Run("--json", "-c", "3", "-i", "0.01", host).Expect(0).Json;
            Assert.Equal(("datagram", 3, 0),
                (json.GetProperty("socket").GetString(), Number(json, "received"), Number(json, "errors")));
            Assert.All(json.GetProperty("replies").EnumerateArray(), reply => Assert.Equal(63, Number(reply, "ttl")));
            Assert.Equal(JsonValueKind.Object, json.GetProperty("kernel_rtt_ms").ValueKind);
        }

        Assert.Contains($"RR: \t10.60.0.1\n\t10.60.1.1\n\t{Host}\n", Run("-R", "-c", "1", Host).Expect(0).Output);
        Assert.Contains("socket: datagram\n", Run("-v", "-c", "1", Host).Expect(0).Output);
        Assert.Contains("socket: raw\n", AsRoot("-v", "-c", "1", Host).Expect(0).Output);
        Run("-c", "1", "-I", "10.60.0.1", Host).Expect(0);
        Run("-c", "1", "-C", Host).Expect(0);
        Run("-c", "1", Host, Host6).Expect(0);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Where_neither_socket_is_allowed_it_says_how_to_get_one()
    {
        Allow("1 0");
        ToolResult result = Run("-c", "1", Host).Expect(2);
        Assert.Equal("rawping: opening a raw ICMP socket: EPERM: Operation not permitted "
            + $"(needs CAP_NET_RAW: run with sudo, or once: sudo setcap cap_net_raw+ep {_user.Binary})\n", result.Error);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void What_needs_the_raw_socket_says_so()
    {
        foreach (string[] args in new string[][] { ["--hdrincl"], ["--icmp-type", "timestamp"], ["--icmp-code", "1"] })
        {
            ToolResult result = Run([.. args, "-c", "1", Host]).Expect(2);
            Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
            Assert.Contains($"needs a raw ICMP socket", result.Error);
            Assert.Contains($"sudo setcap cap_net_raw+ep {_user.Binary}", result.Error);
        }
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Errors_are_those_of_the_raw_socket()
    {
        _chain.Ip(1, "route", "add", "prohibit", "10.61.0.1");
        _chain.Ip(1, "route", "add", "unreachable", "10.61.0.2");
        _chain.Ip(1, "route", "add", "blackhole", "10.61.0.3");
        _chain.Ip(1, "-6", "route", "add", "prohibit", "fd61::1");
        AssertSame("From 10.60.0.2 icmp_seq=1 Time to live exceeded\n", "-t", "1", "-c", "1", Host);
        AssertSame("From fd60::2 icmp_seq=1 Time exceeded: Hop limit\n", "-t", "1", "-c", "1", Host6);
        AssertSame("From 10.60.0.2 icmp_seq=1 Packet filtered\n", "-c", "1", "10.61.0.1");
        AssertSame("From 10.60.0.2 icmp_seq=1 Destination Host Unreachable\n", "-c", "1", "10.61.0.2");
        AssertSame("From fd60::2 icmp_seq=1 Destination unreachable: Administratively prohibited\n", "-c", "1", "fd61::1");
        Assert.DoesNotContain("From", Run("-c", "1", "-W", "0.3", "10.61.0.3").Expect(1).Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void An_error_that_is_pending_costs_no_request()
    {
        // Each error comes while the next request is about to leave: none is lost, and none is taken for a failure to send.
        JsonElement json = Run("--json", "-t", "1", "-c", "200", "-i", "0.002", Host).Expect(1).Json;
        Assert.Equal((200, 0, 200), (Number(json, "transmitted"), Number(json, "received"), Number(json, "errors")));
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Dont_fragment_is_reported_with_the_MTU()
    {
        ToolResult result = Run("-M", "do", "-s", "1450", "-c", "2", "-i", "0.3", Host).Expect(1);
        Assert.Contains("From 10.60.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1400)\n", result.Output);
        Assert.Contains("local error: message too long, mtu=1400", result.Error);
        result = Run("-M", "do", "-s", "1450", "-c", "1", Host6).Expect(1);
        Assert.Contains("From fd60::2 icmp_seq=1 Packet too big: mtu=1400\n", result.Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void The_path_and_its_MTU_are_found()
    {
        JsonElement mtu = Run("--pmtu", "--json", Host).Expect(0).Json;
        Assert.Equal((1400, "10.60.0.2"), (Number(mtu, "path_mtu_bytes"), mtu.GetProperty("reported_by").GetString()));
        Assert.Equal("datagram", mtu.GetProperty("socket").GetString());
        JsonElement[] hops = [.. Run("--trace", "--json", Host6).Expect(0).Json.GetProperty("hops").EnumerateArray()];
        Assert.Equal(["fd60::2", Host6], hops.Select(hop => hop.GetProperty("hosts")[0].GetString()));
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Strace)]
    public void Waiting_for_a_reply_that_never_comes_costs_nothing()
    {
        // Transmit stamps that nobody takes have poll(2) return at once, again and again.
        _chain.Shell(2, "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all");
        using TempFolder folder = new();
        string trace = folder.File("trace");
        ToolProcess.RunCommand("strace",
            ["-f", "-e", "trace=poll", "-o", trace, _user.Binary, "-c", "2", "-i", "0.3", "-W", "0.5", Host], There).Expect(1);
        Assert.InRange(File.ReadLines(trace).Count(), 2, 100);
    }

    private void AssertSame(string expected, params string[] args)
    {
        Assert.Contains(expected, Run(args).Expect(1).Output);
        Assert.Contains(expected, AsRoot(args).Expect(1).Output);
    }

    private RunOptions There => new() { Namespace = _chain.Name(0) };

    private void Allow(string groups) => _chain.Shell(0, $"echo {groups} > /proc/sys/net/ipv4/ping_group_range");

    private ToolResult Run(params string[] args) => _user.Run(args, There);

    private ToolResult AsRoot(params string[] args) => ToolProcess.RunCommand(_user.Binary, args, There);

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
