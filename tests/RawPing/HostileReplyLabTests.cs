using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>A host that answers each request with thousands of nearly right answers, and at last the right one.</summary>
[Collection(LabLanes.RawPing)]
public class HostileReplyLabTests
{
    private const int Requests = 20;
    private const int PerRequest = 5000;

    [LabFact(Needs.Root)]
    public void A_hundred_thousand_mutated_replies_make_no_false_time() => Seeded.Run(random =>
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ConcurrentDictionary<int, double> delays = [];
        using EchoResponder responder = new(pair, (sequence, request) => Answers(sequence, request));
        ToolResult result = ToolProcess.Run(
            "rawping", ["-c", $"{Requests}", "-A", "-W", "20", "--json", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A, Timeout = TimeSpan.FromSeconds(120) }).Expect(0);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(Requests, json.GetProperty("transmitted").GetInt32());
        Assert.Equal((0, 0), (json.GetProperty("duplicates").GetInt32(), json.GetProperty("late").GetInt32()));
        JsonElement[] replies = [.. json.GetProperty("replies").EnumerateArray()];
        Assert.NotEmpty(replies); // a busy machine may lose a good one all the same
        Assert.Equal(json.GetProperty("received").GetInt32(), replies.Length);
        Assert.All(replies, reply =>
        {
            // Had a lie been believed its time would be shorter than the truth took to leave.
            double rtt = reply.GetProperty("rtt_ms").GetDouble();
            Assert.True(rtt >= delays[reply.GetProperty("seq").GetInt32()],
                $"{reply}: {delays[reply.GetProperty("seq").GetInt32()]} ms");
        });
        JsonElement rejected = json.GetProperty("rejected");
        Assert.True(json.GetProperty("corrupted").GetInt32() > 100 && rejected.GetProperty("wrong_nonce").GetInt32() > 100,
            result.Output);

        IEnumerable<Answer> Answers(int sequence, byte[] request)
        {
            long start = Stopwatch.GetTimestamp();
            Answer good = Answer.To(request);
            for (int i = 0; i < PerRequest; i++)
            {
                yield return new Answer(MutatedReply.Of(random, good.Message));
            }

            delays[sequence] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            yield return good with { Delay = TimeSpan.FromMilliseconds(50) }; // when the bad ones have made room for it
        }
    });
}
