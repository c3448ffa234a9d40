using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Sequence numbers beyond 32 bits, and the ranges of lost ones.</summary>
public class SequenceTests
{
    private const long Start = (1L << 32) - 10;

    [Fact]
    public void Sequences_go_on_past_32_bits()
    {
        HostAddress address = HostAddress.FromBytes([10, 0, 0, 2]);
        PingSettings settings = new() { Targets = [new Target("t", address)] };
        TargetResult result = new(settings.Targets[0]);
        using ProbeTable probes = new((ulong)Start - 1);
        List<long> lost = [];
        probes.Lost = (in Probe probe) => lost.Add(probe.Sequence);
        EchoPayload payload = new(56, pattern: null);
        Inbox inbox = new(probes, new ReplyMatcher(probes, payload, settings.Targets, 7), [result], new SilentObserver(),
            settings);
        RequestBuilder builder = new(payload, 7, RequestKind.Echo(v6: false), settings);
        for (long sequence = Start; sequence < Start + 20; sequence++)
        {
            byte[] answer = builder.Build(probes.Newest + 1, default, address).ToArray();
            _ = probes.Add(0, sequence, now: sequence, realtime: 0);
            Assert.Equal((ulong)sequence, probes.Newest);
            result.Transmitted = sequence;
            if (sequence == Start + 10)
            {
                continue; // 2^32 is lost
            }

            answer[0] = 0;
            Answer.Seal(answer);
            inbox.Take(new NetTools.RawPing.Kernel.Received { Message = answer, Source = address, Now = sequence + 1, Ttl = 64 });
            Assert.Equal(sequence, result.HighestAnswered);
        }

        Assert.Equal((19, 0, 0, 1L), (result.Received, result.Duplicates, result.Reordered, result.Pipe));
        probes.Expire(before: Start + 100);
        Assert.Equal([1L << 32], lost);
    }

    [Fact]
    public void Lost_numbers_become_ranges_in_any_order()
    {
        SequenceRanges ranges = new();
        foreach (long number in new[] { 5, 7, 6, 1, 3, long.MaxValue, 2 })
        {
            ranges.Add(number);
        }

        Assert.Equal([(1, 3), (5, 7), (long.MaxValue, long.MaxValue)], ranges.All);
    }
}
