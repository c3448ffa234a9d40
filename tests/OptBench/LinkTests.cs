using NetTools.Libc;
using NetTools.OptBench.Link;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

public class LinkTests
{
    private static readonly LinkSettings s_plain = new(10_000_000, 0, 0, 0, 1);

    [Fact]
    public void A_queue_gives_back_what_it_was_given_in_order() => Seeded.Run(random =>
    {
        using PacketQueue queue = new(5_000);
        Queue<(byte[] Packet, long Due)> model = new();
        for (long i = 0; i < 200_000; i++)
        {
            if (random.Bool())
            {
                byte[] packet = random.Bytes(random.Number(0, 400));
                int record = 16 + ((packet.Length + 7) & ~7);
                bool added = queue.TryAdd(packet, i);
                Assert.True(added || model.Sum(p => 16 + ((p.Packet.Length + 7) & ~7)) + record > 5_000 - 800, "refused with room left");
                if (added)
                {
                    model.Enqueue((packet, i));
                }
            }
            else if (model.TryDequeue(out (byte[] Packet, long Due) expected))
            {
                Assert.Equal(expected.Due, queue.FirstDue);
                Assert.Equal(expected.Packet, queue.First.ToArray());
                queue.RemoveFirst();
            }

            Assert.Equal(model.Count == 0, queue.IsEmpty);
        }
    });

    [Fact]
    public void A_packet_is_due_after_the_delay()
    {
        using Direction direction = new(s_plain, 1);
        direction.Accept(new byte[100], 5);
        Assert.Equal(10_000_005, direction.InFlight.FirstDue);
    }

    [Fact]
    public void A_rate_spaces_packets_and_its_queue_is_bounded()
    {
        // 12 Mbit/s: a packet of 1500 bytes each millisecond; room for 3 more behind the one being sent.
        using Direction direction = new(s_plain with { BitsPerSecond = 12e6, QueueBytes = 4500 }, 1);
        for (int i = 0; i < 10; i++)
        {
            direction.Accept(new byte[1500], 0);
        }

        Assert.Equal((10, 15_000, 0, 6), (direction.Packets, direction.Bytes, direction.Lost, direction.Dropped));
        for (int i = 1; i <= 4; i++)
        {
            Assert.Equal(10_000_000 + (i * 1_000_000), direction.InFlight.FirstDue);
            direction.InFlight.RemoveFirst();
        }

        Assert.True(direction.InFlight.IsEmpty);
    }

    [Fact]
    public void Loss_is_as_asked_for_and_repeats_with_its_seed()
    {
        long[] lost = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using Direction direction = new(s_plain with { LossRate = 0.1 }, 7);
            for (int i = 0; i < 100_000; i++)
            {
                direction.Accept(new byte[40], i);
            }

            return direction.Lost;
        })];
        Assert.Equal(lost[0], lost[1]);
        Assert.InRange(lost[0], 9_500, 10_500); // five standard deviations of a binomial
    }

    [Fact]
    public void A_million_packets_allocate_nothing()
    {
        using Direction direction = new(s_plain with { BitsPerSecond = 1e9, QueueBytes = 100_000, LossRate = 0.01 }, 1);
        byte[] packet = new byte[1500];
        direction.Accept(packet, 0);
        long packets = 1;
        Allocations.AssertNone(() =>
        {
            for (int i = 0; i < 1_000_000; i++, packets++)
            {
                long now = (packets - 1) * 12_000;
                direction.Accept(packet, now);
                while (!direction.InFlight.IsEmpty && direction.InFlight.FirstDue <= now)
                {
                    direction.InFlight.RemoveFirst();
                }
            }
        });
        Assert.Equal((packets, 0), (direction.Packets, direction.Dropped));
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1/0")]
    [InlineData("fd88::1/129")]
    [InlineData("10.0.0.1/24,")]
    [InlineData("host/24")]
    public void Addresses_need_a_prefix(string text) => Assert.Throws<OperationFailedException>(() => InterfaceAddress.ParseList(text));

    [Fact]
    public void Addresses_come_in_lists() =>
        Assert.Equal(["10.88.0.1/24", "fd88::1/64"], InterfaceAddress.ParseList("10.88.0.1/24,fd88::1/64").Select(a => a.ToString()));
}
