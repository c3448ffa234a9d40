using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Routers made of namespaces: us, two routers, the host; between the routers an MTU of 1400.</summary>
[Collection(LabLanes.RawPing)]
public sealed class PathLabTests(PathLabTests.SharedChain shared) : IClassFixture<PathLabTests.SharedChain>
{
    private RouterChain Chain => shared.Chain;

    /// <summary>Made once, when a test needs it.</summary>
    public sealed class SharedChain : IDisposable
    {
        private readonly Lazy<RouterChain> _chain = new(() => new RouterChain(4));

        internal RouterChain Chain => _chain.Value;

        public void Dispose()
        {
            if (_chain.IsValueCreated)
            {
                Chain.Dispose();
            }
        }
    }

    [LabFact(Needs.Root)]
    public void The_trace_names_each_router()
    {
        string table = Run("--trace", "10.60.2.2").Expect(0).Output;
        Assert.Matches(@"1 10\.60\.0\.2 +0 +3 ", table);
        Assert.Matches(@"2 10\.60\.1\.2 +0 +3 ", table);
        Assert.Matches(@"3 10\.60\.2\.2 +0 +3 ", table);
        Assert.DoesNotContain("  4 ", table);

        JsonElement[] hops = [.. Run("--trace", "-c", "2", "--json", "fd60:2::2").Json.GetProperty("hops").EnumerateArray()];
        Assert.Equal(["fd60::2", "fd60:1::2", "fd60:2::2"], hops.Select(hop => hop.GetProperty("hosts")[0].GetString()));
        Assert.All(hops, hop => Assert.Equal(2, hop.GetProperty("received").GetInt32()));
    }

    [LabFact(Needs.Root)]
    public void The_router_that_gives_up_is_named() => Assert.Contains(
        "From 10.60.1.2 icmp_seq=1 Time to live exceeded", Run("-t", "2", "-c", "1", "10.60.2.2").Expect(1).Output);

    [LabFact(Needs.Root)]
    public void The_path_MTU_is_found_and_its_reporter_named()
    {
        JsonElement json = Run("--pmtu", "--json", "10.60.2.2").Expect(0).Json;
        Assert.Equal((1400, "10.60.0.2"),
            (json.GetProperty("path_mtu_bytes").GetInt32(), json.GetProperty("reported_by").GetString()));
        json = Run("--pmtu", "--json", "fd60:2::2").Expect(0).Json;
        Assert.Equal((1400, "fd60::2"),
            (json.GetProperty("path_mtu_bytes").GetInt32(), json.GetProperty("reported_by").GetString()));
    }

    [LabTheory(Needs.Root)]
    [InlineData("10.60.2.2")]
    [InlineData("fd60:2::2")]
    public void The_path_MTU_is_found_by_a_named_interface(string host) =>
        Assert.Equal(1400, Run("--pmtu", "--json", "-I", "right", host).Expect(0).Json.GetProperty("path_mtu_bytes").GetInt32());

    [LabTheory(Needs.Root)]
    [InlineData("10.60.2.2")]
    [InlineData("fd60:2::2")]
    public void A_packet_above_the_path_MTU_that_the_kernel_knows_is_too_long(string host)
    {
        Run("-c", "1", "-s", "1450", "-M", "do", host).Expect(1);
        JsonElement json = Run("--json", "-c", "2", "-i", "0.2", "-s", "1450", "-M", "do", host).Expect(1).Json;
        Assert.Equal(2, json.GetProperty("send_errors").GetProperty("EMSGSIZE").GetInt32());
    }

    [LabFact(Needs.Root)]
    public void A_hop_without_an_answer_has_no_last_time_and_no_jitter()
    {
        JsonElement hop = Run("--trace", "-c", "1", "-W", "0.2", "--max-silent", "1", "--first-hop", "3", "--json",
            "10.60.2.99").Json.GetProperty("hops")[0];
        Assert.Equal(JsonValueKind.Null, hop.GetProperty("rtt_ms").ValueKind);
        Assert.Equal(JsonValueKind.Null, hop.GetProperty("last_ms").ValueKind);
        Assert.Equal(JsonValueKind.Null, hop.GetProperty("jitter_ms").ValueKind);
    }

    [LabFact(Needs.Root)]
    public void A_search_that_is_stopped_says_how_far_it_came()
    {
        using ToolProcess search = ToolProcess.Launch("rawping", ["--pmtu", "--json", "-W", "60", "10.60.2.99"], There);
        Thread.Sleep(500);
        JsonElement json = search.Stop().Expect(1).Json;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("path_mtu_bytes").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("passed_bytes").ValueKind);
        Assert.True(json.GetProperty("interrupted").GetBoolean());
    }

    [LabTheory(Needs.Root)]
    [InlineData("10.60.2.2")]
    [InlineData("fd60:2::2")]
    public void A_path_that_became_wider_is_measured_past_the_value_that_the_kernel_keeps(string host)
    {
        Run("-c", "1", "-s", "1450", "-M", "do", host).Expect(1);
        Assert.Contains("mtu 1400",
            ToolProcess.RunCommand("ip", ["route", "get", host], new RunOptions { Namespace = Chain.Name(0) }).Output);
        Chain.Ip(1, "link", "set", "right", "mtu", "1500");
        Chain.Ip(2, "link", "set", "left", "mtu", "1500");
        Assert.Equal($"{host} ({host}): path MTU 1500 (assumed 1500)\n", Run("--pmtu", host).Expect(0).Output);
        Chain.Ip(1, "link", "set", "right", "mtu", "1400");
        Chain.Ip(2, "link", "set", "left", "mtu", "1400");
    }

    [LabFact(Needs.Root)]
    public void A_trace_from_one_hop_to_another_is_a_table_of_commas_too()
    {
        string[] lines = Run("--trace", "-c", "2", "-i", "0.1", "--first-hop", "2", "--csv", "10.60.2.2").Expect(0).OutputLines;
        Assert.Equal("ttl,hosts,lost_percent,sent,received,last,best,avg,worst,mdev,jitter,p50,p95,p99,errors,reached,mpls,end",
            lines[0]);
        Assert.Matches(@"^2,10\.60\.1\.2,0,2,2,(\d+\.\d+,){9},0,,reached$", lines[1]);
        Assert.Matches(@"^3,10\.60\.2\.2,0,2,2,(\d+\.\d+,){9},1,,reached$", lines[2]);
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("10.60.2.2 not reached: it is more than 2 hops away\n",
            Run("--trace", "-c", "1", "--max-hops", "2", "--report", "10.60.2.2").Expect(1).Output);
        JsonElement json = Run("--trace", "--json", "-c", "0", "-i", "0.1", "-w", "0.5", "10.60.2.2").Expect(0).Json;
        Assert.False(json.GetProperty("interrupted").GetBoolean());
        Assert.InRange(json.GetProperty("hops")[0].GetProperty("received").GetInt32(), 1, 6);
    }

    [LabFact(Needs.Root)]
    public void A_black_hole_is_measured_all_the_same()
    {
        // The router drops what is too long and says nothing: its ICMP has no way back.
        Chain.Ip(1, "rule", "add", "prio", "0", "iif", "lo", "to", "10.60.0.1", "prohibit");
        JsonElement json = Run("--pmtu", "-W", "0.1", "--json", "10.60.2.2").Expect(0).Json;
        Assert.Equal(1400, json.GetProperty("path_mtu_bytes").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("reported_by").ValueKind);
        Chain.Ip(1, "rule", "del", "prio", "0", "iif", "lo", "to", "10.60.0.1", "prohibit");
    }

    [LabFact(Needs.Root)]
    public void Dont_fragment_is_reported_by_the_router_and_then_by_the_kernel()
    {
        Chain.Shell(0, "ip route flush cache"); // what other tests have taught the kernel
        string[] args = ["-M", "do", "-s", "1450", "-c", "2", "-i", "0.3", "10.60.2.2"];
        ToolResult result = Run(args).Expect(1);
        Assert.Contains("From 10.60.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1400)", result.Output);
        Assert.Contains("local error: message too long, mtu=1400", result.Error);
    }

    [LabFact(Needs.Root)]
    public void A_sweep_finds_who_is_there()
    {
        JsonElement[] hosts = [.. Run("-g", "10.60.0.0/29", "--json", "-W", "1").Expect(0).OutputLines
            .Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(6, hosts.Length);
        Assert.Equal(["10.60.0.1", "10.60.0.2"], hosts.Where(host => host.GetProperty("received").GetInt32() == 1)
            .Select(host => host.GetProperty("address").GetString()));

        ToolResult file = ToolProcess.Run("rawping", ["-F", "-", "-W", "4"],
            There with { Input = "10.60.1.2 # a router\n\n# nobody\n10.60.2.99\nfd60:2::2\n"u8.ToArray() }).Expect(0);
        Assert.Contains("10.60.1.2 is alive", file.Output);
        Assert.Contains("fd60:2::2 is alive", file.Output);
        Assert.Contains("3 hosts, 2 answered; 3 packets transmitted, 2 received", file.Output);
    }

    private ToolResult Run(params string[] args) => ToolProcess.Run("rawping", args, There);

    private RunOptions There => new() { Namespace = Chain.Name(0) };
}
