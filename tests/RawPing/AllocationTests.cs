using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

public class AllocationTests
{
    [Fact]
    public void A_million_round_trips_allocate_nothing()
    {
        HostAddress target = HostAddress.FromBytes([10, 0, 0, 2]);
        PingSettings settings = new() { Targets = [new Target("t", target)] };
        using ProbeTable probes = new();
        EchoPayload payload = new(56, pattern: null);
        TargetResult result = new(settings.Targets[0]);
        Inbox inbox = new(probes, new ReplyMatcher(probes, payload, settings.Targets, 7), [result], new SilentObserver(),
            settings);
        RequestBuilder builder = new(payload, 7, RequestKind.Echo(v6: false), settings);
        RoundTrips(RttSummary.ExactSamples + 1); // until percentiles are counted in buckets
        Allocations.AssertNone(() => RoundTrips(1_000_000));
        Assert.Equal((long)probes.Newest, result.Received);

        void RoundTrips(int count)
        {
            Span<byte> answer = stackalloc byte[64];
            for (int i = 0; i < count; i++)
            {
                ulong number = probes.Newest + 1;
                builder.Build(number, default, target).CopyTo(answer);
                probes.Add(0, (uint)number, now: i, realtime: i);
                IcmpHeader.Write(answer, IcmpType.EchoReply, 0, 7, (ushort)number);
                inbox.Take(new Received
                {
                    Message = answer,
                    Source = target,
                    Ttl = 64,
                    Now = i + 1000,
                    Realtime = i + 1000,
                    KernelReceived = i + 900
                });
                probes.Expire(i - 5000);
            }
        }
    }
}
