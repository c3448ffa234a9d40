using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.Json;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Paths through routers that behave as they should not.</summary>
[Collection(LabLanes.RawPing)]
public class TraceLabTests
{
    [LabFact(Needs.Root)]
    public void Loss_of_a_hop_counts_each_probe_once()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        int asked = 0;
        using EchoResponder responder = new(pair, request => request.Ttl > 1 ? [Answer.To(request.Message)]
            : ++asked % 2 == 0 ? [] : [Hop(request, 1), Hop(request, 1)]);
        JsonElement json = Trace(pair, 0, "-c", "6", "-i", "0.1");
        JsonElement first = json.GetProperty("hops")[0];
        Assert.Equal((50, 3, 6), (first.GetProperty("loss_percent").GetDouble(), first.GetProperty("received").GetInt32(),
            first.GetProperty("transmitted").GetInt32()));
        Assert.Equal(3, first.GetProperty("duplicates").GetInt32());
        Assert.Equal(0, json.GetProperty("hops")[1].GetProperty("loss_percent").GetDouble());
    }

    [LabFact(Needs.Root)]
    public void The_path_ends_where_the_host_first_answers_also_when_it_becomes_shorter()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        int asked = 0;
        using EchoResponder responder = new(pair, request =>
            request.Ttl < (++asked <= 5 ? 5 : 3) ? [Hop(request, request.Ttl)] : [Answer.To(request.Message)]);
        JsonElement json = Trace(pair, 0, "-c", "3", "-i", "0.2");
        Assert.True(json.GetProperty("reached").GetBoolean());
        Assert.Equal("reached", json.GetProperty("end").GetString());
        JsonElement last = json.GetProperty("hops").EnumerateArray().Last();
        Assert.Equal(3, last.GetProperty("ttl").GetInt32());
        Assert.Contains(NetworkNamespaces.AddressB, last.GetProperty("hosts").EnumerateArray().Select(host => host.GetString()));
    }

    [LabFact(Needs.Root)]
    public void A_refusal_ends_the_path_with_its_sign()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Ttl < 2 ? [Hop(request, 1)]
            : [Answer.About(request.Message, IcmpType.DestinationUnreachable, 13) with { From = "10.77.0.22" }]);
        JsonElement json = Trace(pair, 1, "-c", "2", "-i", "0.1");
        Assert.Equal((false, "refused", "!X"), (json.GetProperty("reached").GetBoolean(), json.GetProperty("end").GetString(),
            json.GetProperty("end_error").GetString()));
        ToolResult text = ToolProcess.Run("rawping", ["--trace", "-c", "1", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Matches(@"(?m)^  2 10\.77\.0\.22 !X ", text.Output);
        Assert.EndsWith($"{NetworkNamespaces.AddressB} not reached: !X from hop 2\n", text.Output);
    }

    [LabFact(Needs.Root)]
    public void Silent_hops_are_shown_and_silence_at_the_end_is_not_reached()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Ttl == 2 ? [Hop(request, 2)] : []);
        ToolResult text = ToolProcess.Run("rawping",
            ["--trace", "-c", "1", "-W", "0.3", "--max-silent", "3", NetworkNamespaces.AddressB],
                new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Matches(@"(?m)^  1 \?\?\? +100 ", text.Output);
        Assert.EndsWith("not reached: no answer after hop 2\n", text.Output);
    }

    [LabFact(Needs.Root)]
    public void Probes_of_a_flow_have_one_checksum_and_flows_show_where_paths_part()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ConcurrentDictionary<(int Id, int Checksum), int> seen = [];
        using EchoResponder responder = new(pair, request =>
        {
            int checksum = BinaryPrimitives.ReadUInt16BigEndian(request.Message.AsSpan(2));
            seen[(BinaryPrimitives.ReadUInt16BigEndian(request.Message.AsSpan(4)), checksum)] = 1;
            Assert.True(InternetChecksum.IsValid(request.Message));
            return request.Ttl switch
            {
                1 => [Hop(request, 1)],
                2 => [Hop(request, 50 + (checksum >> 8) % 4)], // a router that shares load by checksum
                _ => [Answer.To(request.Message)],
            };
        });
        JsonElement one = Trace(pair, 0, "-c", "4", "-i", "0.1", "--interval-global", "0.005");
        Assert.Single(seen);
        Assert.Equal(1, one.GetProperty("hops")[1].GetProperty("hosts").GetArrayLength());
        JsonElement eight = Trace(pair, 0, "-c", "2", "-i", "0.1", "--interval-global", "0.005", "--flows", "8");
        Assert.Equal(2, eight.GetProperty("parts_at_ttl").GetInt32());
        Assert.Equal(4, eight.GetProperty("hops")[1].GetProperty("hosts").GetArrayLength());
        Assert.Equal(8, eight.GetProperty("hops")[1].GetProperty("flows").GetArrayLength());
    }

    [LabFact(Needs.Root)]
    public void Labels_of_a_router_are_shown()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Ttl > 1 ? [Answer.To(request.Message)]
            : [Labelled(request)]);
        JsonElement label = Trace(pair, 0, "-c", "1").GetProperty("hops")[0].GetProperty("mpls")[0];
        Assert.Equal((12345, 5, true, 7), (label.GetProperty("label").GetInt32(), label.GetProperty("traffic_class").GetInt32(),
            label.GetProperty("bottom").GetBoolean(), label.GetProperty("ttl").GetInt32()));
    }

    [LabTheory(Needs.Root)]
    [InlineData("udp", "10.60.1.2", 2)]
    [InlineData("tcp", "10.60.1.2", 2)]
    [InlineData("udp", "fd60:1::2", 2)]
    [InlineData("tcp", "fd60:1::2", 2)]
    [InlineData("icmp", "fd60:1::2", 2)]
    public void Probes_of_each_protocol_reach_the_host(string protocol, string host, int hops)
    {
        using RouterChain chain = new(3);
        ToolResult result = ToolProcess.Run("rawping", ["--trace", "--json", "-c", "2", "-i", "0.2", "-W", "5", "--protocol",
            protocol,
            host],
            new RunOptions { Namespace = chain.Name(0) }).Expect(0);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(hops, json.GetProperty("hops").GetArrayLength());
        Assert.All(json.GetProperty("hops").EnumerateArray(), hop => Assert.Equal(0,
            hop.GetProperty("loss_percent").GetDouble()));
    }

    private static Answer Hop(EchoRequest request, int number) =>
        Answer.About(request.Message, IcmpType.TimeExceeded, 0) with { From = $"10.77.0.{20 + number}" };

    // RFC 4884: the quote is padded to 128 bytes, and its length in words stands in the header.
    private static Answer Labelled(EchoRequest request)
    {
        byte[] message = [.. Answer.About(request.Message, IcmpType.TimeExceeded, 0).Message];
        byte[] whole = [.. message, .. new byte[136 - message.Length], 0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0x03, 0x9b, 7];
        ushort checksum = InternetChecksum.Compute(whole.AsSpan(136));
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(138), checksum);
        whole[5] = 32;
        return new Answer(Answer.Seal(whole)) { From = "10.77.0.21" };
    }

    private static JsonElement Trace(NetworkNamespaces pair, int exit, params string[] args) =>
        JsonDocument.Parse(ToolProcess.Run("rawping", ["--trace", "--json", "-W", "0.5", .. args, NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(exit).Output).RootElement;
}
