using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Routers made of namespaces: us, two routers, the host; between the routers an MTU of 1400.</summary>
[Collection("lab")]
public sealed class PathLabTests : IDisposable
{
    // else each test says so itself
    private readonly RouterChain? _chain = Requirements.ReasonToSkip(Needs.Root) is null ? new RouterChain(4) : null;

    public void Dispose() => _chain?.Dispose();

    [LabFact(Needs.Root)]
    public void TheTraceNamesEachRouter()
    {
        string table = Run("--trace", "10.60.2.2").Expect(0).Output;
        Assert.Matches(@"1 10\.60\.0\.2 +0 +3 ", table);
        Assert.Matches(@"2 10\.60\.1\.2 +0 +3 ", table);
        Assert.Matches(@"3 10\.60\.2\.2 +0 +3 ", table);
        Assert.DoesNotContain("  4 ", table);

        JsonElement[] hops = [.. Json(Run("--trace", "-c", "2", "--json", "fd60:2::2")).GetProperty("hops").EnumerateArray()];
        Assert.Equal(["fd60::2", "fd60:1::2", "fd60:2::2"], hops.Select(hop => hop.GetProperty("hosts")[0].GetString()));
        Assert.All(hops, hop => Assert.Equal(2, hop.GetProperty("received").GetInt32()));
    }

    [LabFact(Needs.Root)]
    public void TheRouterThatGivesUpIsNamed() => Assert.Contains(
        "From 10.60.1.2 icmp_seq=1 Time to live exceeded", Run("-t", "2", "-c", "1", "10.60.2.2").Expect(1).Output);

    [LabFact(Needs.Root)]
    public void ThePathMtuIsFoundAndItsReporterNamed()
    {
        JsonElement json = Json(Run("--pmtu", "--json", "10.60.2.2").Expect(0));
        Assert.Equal((1400, "10.60.0.2"),
            (json.GetProperty("path_mtu_bytes").GetInt32(), json.GetProperty("reported_by").GetString()));
        json = Json(Run("--pmtu", "--json", "fd60:2::2").Expect(0));
        Assert.Equal((1400, "fd60::2"),
            (json.GetProperty("path_mtu_bytes").GetInt32(), json.GetProperty("reported_by").GetString()));
    }

    [LabFact(Needs.Root)]
    public void ABlackHoleIsMeasuredAllTheSame()
    {
        // The router drops what is too long and says nothing: its ICMP has no way back.
        _chain!.Ip(1, "rule", "add", "prio", "0", "iif", "lo", "to", "10.60.0.1", "prohibit");
        JsonElement json = Json(Run("--pmtu", "-W", "0.1", "--json", "10.60.2.2").Expect(0));
        Assert.Equal(1400, json.GetProperty("path_mtu_bytes").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("reported_by").ValueKind);
    }

    [LabFact(Needs.Root)]
    public void DontFragmentIsToldByTheRouterAndThenByTheKernel()
    {
        string[] args = ["-M", "do", "-s", "1450", "-c", "2", "-i", "0.3", "10.60.2.2"];
        ToolResult result = Run(args).Expect(1);
        Assert.Contains("From 10.60.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1400)", result.Output);
        Assert.Contains("local error: message too long, mtu=1400", result.Error);
    }

    [LabFact(Needs.Root)]
    public void ASweepFindsWhoIsThere()
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

    private RunOptions There => new() { Namespace = _chain!.Name(0) };

    private static JsonElement Json(ToolResult result) => JsonDocument.Parse(result.Output).RootElement;
}
