using System.Text.Json;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>A lying, losing, repeating, slow host at the far end of a veth pair.</summary>
[Collection(LabLanes.RawPing)]
public class ForgedReplyLabTests
{
    [LabFact(Needs.Root)]
    public void Forged_replies_are_rejected_and_counted()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, (sequence, request) => sequence switch
        {
            1 => [Answer.To(request) with { From = "10.77.0.77" }],
            2 => [Answer.To(request, m => m[4] ^= 1)], // another id
            3 => [Answer.To(request, m => m[8] ^= 1)], // another nonce
            4 => [Answer.To(request, m => m[20] ^= 1, seal: false)], // a bad checksum
            5 => [Answer.To(request, m => m[20] ^= 1)], // other data
            6 => [new Answer(Answer.Seal(Answer.To(request).Message[..30]))], // truncated
            7 => [Answer.To(request, m => m[6] = 0x70)], // from the future
            8 => [Answer.To(request, m => m[7]--)], // the number of another request
            _ => [Answer.To(request)],
        });
        JsonElement json = Ping(pair, exitCode: 0, "-c", "10", "-i", "0.05", "-W", "0.5");
        Assert.Equal(10, json.GetProperty("transmitted").GetInt32());
        Assert.Equal(2, json.GetProperty("received").GetInt32());
        Assert.Equal([9, 10], json.GetProperty("replies").EnumerateArray().Select(reply => reply.GetProperty("seq").GetInt32()));
        Assert.Equal(3, json.GetProperty("corrupted").GetInt32());
        Assert.Equal(80, json.GetProperty("lost_percent").GetDouble());
        JsonElement rejected = json.GetProperty("rejected");
        Assert.Equal(1, rejected.GetProperty("wrong_source").GetInt32());
        Assert.Equal(2, rejected.GetProperty("wrong_nonce").GetInt32());
        Assert.Equal(1, rejected.GetProperty("never_sent").GetInt32());
    }

    [LabFact(Needs.Root)]
    public void Forged_replies_alone_are_not_a_reply()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, (_, request) => [Answer.To(request, m => m[9] ^= 0x80)]);
        ToolResult result = ToolProcess.Run(
            "rawping", ["-c", "2", "-i", "0.05", "-W", "0.3", NetworkNamespaces.AddressB], new RunOptions { Namespace = pair.A })
                .Expect(1);
        Assert.Contains("rejected: nonce is not ours", result.Output);
        Assert.Contains("2 packets transmitted, 0 received, 100% packet loss", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Loss_duplication_delay_and_reordering_are_counted_apart()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, (sequence, request) => sequence switch
        {
            1 => [Answer.To(request), Answer.To(request), Answer.To(request)],
            2 => [],
            3 => [Answer.To(request) with { Delay = TimeSpan.FromSeconds(4.5) }], // late: beyond -W
            4 => [Answer.To(request) with { Delay = TimeSpan.FromSeconds(1.2) }], // overtaken by 5 and 6
            _ => [Answer.To(request)],
        });
        JsonElement json = Ping(pair, exitCode: 0, "-c", "14", "-i", "0.5", "-W", "3");
        Assert.Equal(14, json.GetProperty("transmitted").GetInt32());
        Assert.Equal(12, json.GetProperty("received").GetInt32());
        Assert.Equal(2, json.GetProperty("duplicates").GetInt32());
        Assert.Equal(1, json.GetProperty("late").GetInt32());
        Assert.Equal(1, json.GetProperty("reordered").GetInt32());
        Assert.Equal(0, json.GetProperty("corrupted").GetInt32());
        Assert.True(json.GetProperty("rtt_ms").GetProperty("max").GetDouble() >= 1000); // timers of the responder may be early
    }

    [LabFact(Needs.Root)]
    public void An_error_is_shown_with_its_sender_and_its_probe()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, (sequence, request) =>
        [
            sequence == 1 ? Answer.About(request, IcmpType.TimeExceeded, 0)
                : Answer.About(request, IcmpType.DestinationUnreachable, 13),
        ]);
        ToolResult result = ToolProcess.Run("rawping", ["-c", "2", "-i", "0.05", "-W", "3", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Contains("From 10.77.0.9 icmp_seq=1 Time to live exceeded", result.Output);
        Assert.Contains("From 10.77.0.9 icmp_seq=2 Packet filtered", result.Output);
        Assert.Contains("2 packets transmitted, 0 received, +2 errors, 100% packet loss", result.Output);
    }

    private static JsonElement Ping(NetworkNamespaces pair, int exitCode, params string[] args)
    {
        ToolResult result = ToolProcess.Run(
            "rawping", [.. args, "--json", NetworkNamespaces.AddressB], new RunOptions { Namespace = pair.A }).Expect(exitCode);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
