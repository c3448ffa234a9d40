using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>
/// An ordinary user without the capability, on ICMP datagram sockets, with root on raw ones as the referee: us, a router, the host,
/// and to the host an MTU of 1400.
/// </summary>
[Collection("lab")]
public sealed class DatagramLabTests : IDisposable
{
    private const string Nobody = "65534";
    private const string Host = "10.60.1.2";
    private const string Host6 = "fd60:1::2";

    private readonly NetworkNamespaces[] _chain = new NetworkNamespaces[3];
    private readonly TempFolder _folder = new();
    private readonly string _binary;

    public DatagramLabTests()
    {
        _binary = _folder.File("rawping");
        if (Requirements.ReasonToSkip(Needs.RealRoot, Needs.Setpriv) is not null)
        {
            return; // each test says so itself
        }

        File.Copy(Repository.Binary("rawping"), _binary);
        ToolProcess.RunCommand("chmod", "755", _folder.Path, _binary).Expect(0);
        for (int i = 0; i < _chain.Length; i++)
        {
            _chain[i] = NetworkNamespaces.Single();
            Shell(i, "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding;"
                + "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv4/icmp_ratemask;"
                + "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit");
        }

        for (int i = 0; i < 2; i++)
        {
            NetworkNamespaces.Ip("link", "add", "right", "netns", Name(i), "type", "veth", "peer", "name", "left", "netns", Name(i + 1));
            foreach ((int node, string device, int host) in new[] { (i, "right", 1), (i + 1, "left", 2) })
            {
                Shell(node, $"echo 0 > /proc/sys/net/ipv6/conf/{device}/accept_dad"); // addresses are of use at once
                NetworkNamespaces.Ip("-n", Name(node), "address", "add", $"10.60.{i}.{host}/24", "dev", device);
                NetworkNamespaces.Ip("-n", Name(node), "address", "add", $"fd60:{i}::{host}/64", "dev", device, "nodad");
                NetworkNamespaces.Ip("-n", Name(node), "link", "set", device, "up");
            }
        }

        foreach ((int node, string via, string via6) in new[] { (0, "10.60.0.2", "fd60::2"), (2, "10.60.1.1", "fd60:1::1") })
        {
            NetworkNamespaces.Ip("-n", Name(node), "route", "add", "default", "via", via);
            NetworkNamespaces.Ip("-n", Name(node), "-6", "route", "add", "default", "via", via6);
        }

        NetworkNamespaces.Ip("-n", Name(1), "link", "set", "right", "mtu", "1400");
        NetworkNamespaces.Ip("-n", Name(2), "link", "set", "left", "mtu", "1400");
        Allow($"{Nobody} {Nobody}");
    }

    public void Dispose()
    {
        foreach (NetworkNamespaces? node in _chain)
        {
            node?.Dispose();
        }

        _folder.Dispose();
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void RepliesHaveTtlOptionsAndBothTimes()
    {
        foreach (string host in new[] { Host, Host6 })
        {
            JsonElement json = Json(Run("--json", "-c", "3", "-i", "0.01", host).Expect(0));
            Assert.Equal(("datagram", 3, 0), (json.GetProperty("socket").GetString(), Number(json, "received"), Number(json, "errors")));
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
    public void WhereNeitherSocketIsAllowedItSaysHowToGetOne()
    {
        Allow("1 0");
        ToolResult result = Run("-c", "1", Host).Expect(2);
        Assert.Equal("rawping: opening a raw ICMP socket: EPERM: Operation not permitted "
            + $"(needs CAP_NET_RAW: run with sudo, or once: sudo setcap cap_net_raw+ep {_binary})\n", result.Error);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void WhatNeedsTheRawSocketSaysSo()
    {
        foreach (string[] args in new string[][] { ["--hdrincl"], ["--icmp-type", "timestamp"], ["--icmp-code", "1"] })
        {
            ToolResult result = Run([.. args, "-c", "1", Host]).Expect(2);
            Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
            Assert.Contains($"needs a raw ICMP socket", result.Error);
            Assert.Contains($"sudo setcap cap_net_raw+ep {_binary}", result.Error);
        }
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void ErrorsAreThoseOfTheRawSocket()
    {
        NetworkNamespaces.Ip("-n", Name(1), "route", "add", "prohibit", "10.61.0.1");
        NetworkNamespaces.Ip("-n", Name(1), "route", "add", "unreachable", "10.61.0.2");
        NetworkNamespaces.Ip("-n", Name(1), "route", "add", "blackhole", "10.61.0.3");
        NetworkNamespaces.Ip("-n", Name(1), "-6", "route", "add", "prohibit", "fd61::1");
        AssertSame("From 10.60.0.2 icmp_seq=1 Time to live exceeded\n", "-t", "1", "-c", "1", Host);
        AssertSame("From fd60::2 icmp_seq=1 Time exceeded: Hop limit\n", "-t", "1", "-c", "1", Host6);
        AssertSame("From 10.60.0.2 icmp_seq=1 Packet filtered\n", "-c", "1", "10.61.0.1");
        AssertSame("From 10.60.0.2 icmp_seq=1 Destination Host Unreachable\n", "-c", "1", "10.61.0.2");
        AssertSame("From fd60::2 icmp_seq=1 Destination unreachable: Administratively prohibited\n", "-c", "1", "fd61::1");
        Assert.DoesNotContain("From", Run("-c", "1", "-W", "0.3", "10.61.0.3").Expect(1).Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void AnErrorThatIsPendingCostsNoRequest()
    {
        // Each error comes while the next request is about to leave: none is lost, and none is taken for a failure to send.
        JsonElement json = Json(Run("--json", "-t", "1", "-c", "200", "-i", "0.002", Host).Expect(1));
        Assert.Equal((200, 0, 200), (Number(json, "transmitted"), Number(json, "received"), Number(json, "errors")));
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void DontFragmentIsToldWithTheMtu()
    {
        ToolResult result = Run("-M", "do", "-s", "1450", "-c", "2", "-i", "0.3", Host).Expect(1);
        Assert.Contains("From 10.60.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1400)\n", result.Output);
        Assert.Contains("local error: message too long, mtu=1400", result.Error);
        result = Run("-M", "do", "-s", "1450", "-c", "1", Host6).Expect(1);
        Assert.Contains("From fd60::2 icmp_seq=1 Packet too big: mtu=1400\n", result.Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void ThePathAndItsMtuAreFound()
    {
        JsonElement mtu = Json(Run("--pmtu", "--json", Host).Expect(0));
        Assert.Equal((1400, "10.60.0.2"), (Number(mtu, "path_mtu_bytes"), mtu.GetProperty("reported_by").GetString()));
        Assert.Equal("datagram", mtu.GetProperty("socket").GetString());
        JsonElement[] hops = [.. Json(Run("--trace", "--json", Host6).Expect(0)).GetProperty("hops").EnumerateArray()];
        Assert.Equal(["fd60::2", Host6], hops.Select(hop => hop.GetProperty("hosts")[0].GetString()));
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Strace)]
    public void WaitingForAReplyThatNeverComesCostsNothing()
    {
        // Transmit stamps that nobody takes have poll(2) return at once, again and again.
        Shell(2, "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all");
        string trace = _folder.File("trace");
        ToolProcess.RunCommand("strace", ["-f", "-e", "trace=poll", "-o", trace, _binary, "-c", "2", "-i", "0.3", "-W", "0.5", Host],
            new RunOptions { Namespace = Name(0) }).Expect(1);
        Assert.InRange(File.ReadLines(trace).Count(), 2, 100);
    }

    private void AssertSame(string expected, params string[] args)
    {
        Assert.Contains(expected, Run(args).Expect(1).Output);
        Assert.Contains(expected, AsRoot(args).Expect(1).Output);
    }

    private void Allow(string groups) => Shell(0, $"echo {groups} > /proc/sys/net/ipv4/ping_group_range");

    private string Name(int node) => _chain[node].A;

    private ToolResult Run(params string[] args) => ToolProcess.RunCommand("setpriv",
        ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", _binary, .. args], new RunOptions { Namespace = Name(0) });

    private ToolResult AsRoot(params string[] args) => ToolProcess.RunCommand(_binary, args, new RunOptions { Namespace = Name(0) });

    private static JsonElement Json(ToolResult result) => JsonDocument.Parse(result.Output).RootElement;

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    private void Shell(int node, string script) =>
        ToolProcess.RunCommand("sh", ["-c", script], new RunOptions { Namespace = Name(node) }).Expect(0);
}
