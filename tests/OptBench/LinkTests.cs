using NetTools.OptBench.Link;
using NetTools.Os;
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
                bool added = queue.TryAdd(packet.Length, i, out Span<byte> room);
                Assert.True(added || model.Sum(p => 16 + ((p.Packet.Length + 7) & ~7)) + record > 5_000 - 800,
                    "refused with room left");
                if (added)
                {
                    packet.CopyTo(room);
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
        direction.Accept(Packet(100), 5);
        Assert.Equal(10_000_005, direction.FirstDue);
    }

    [Fact]
    public void A_rate_spaces_packets_and_its_queue_is_bounded()
    {
        // 12 Mbit/s: a packet of 1500 bytes each millisecond; room for 3 more behind the one being sent.
        using Direction direction = new(s_plain with { BitsPerSecond = 12e6, QueueBytes = 4500 }, 1);
        for (int i = 0; i < 10; i++)
        {
            direction.Accept(Packet(1500), 0);
        }

        Assert.Equal((10, 15_000, 0, 6), (direction.Packets, direction.Bytes, direction.Lost, direction.Dropped));
        for (int i = 1; i <= 4; i++)
        {
            Assert.Equal(10_000_000 + (i * 1_000_000), direction.FirstDue);
            direction.RemoveFirst();
        }

        Assert.True(direction.IsEmpty);
    }

    [Theory]
    [InlineData(1, 25, 100, 0)]
    [InlineData(5, 50, 100, 0)]
    [InlineData(2, 20, 60, 1)]
    public void Bursts_lose_what_the_arithmetic_says(double p, double r, double bad, double good)
    {
        const int packets = 300_000;
        BurstLoss bursts = BurstLoss.Parse(FormattableString.Invariant($"{p},{r},{bad},{good}"));
        using Direction direction = new(s_plain with { Bursts = bursts }, 7);
        for (int i = 0; i < packets; i++)
        {
            direction.Accept(Packet(40), i);
            while (!direction.IsEmpty)
            {
                direction.RemoveFirst();
            }
        }

        double expected = ((p / (p + r) * bad) + (r / (p + r) * good)) / 100;
        Assert.Equal(expected, bursts.ExpectedLoss, 9);
        Assert.InRange((double)direction.Lost / packets, 0.95 * expected, 1.05 * expected);
        if (bad == 100 && good == 0)
        {
            Assert.InRange((double)direction.Lost / direction.LostBursts, 0.95 * 100 / r, 1.05 * 100 / r);
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0,10")]
    [InlineData("1,0")]
    [InlineData("1,101")]
    [InlineData("1,10,100,0,5")]
    [InlineData("1,x")]
    [InlineData("-1,5")]
    public void A_burst_loss_that_means_nothing_is_refused(string text) =>
        Assert.Throws<OperationFailedException>(() => BurstLoss.Parse(text));

    [Fact]
    public void Each_direction_has_its_own_rate_and_queue()
    {
        (LinkSettings aToB, LinkSettings bToA) = new LinkOptions { Name = "l", Delay = 10, Rate = "50,5" }.ToSettings();
        Assert.Equal((50e6, 5e6), (aToB.BitsPerSecond, bToA.BitsPerSecond));
        Assert.Equal((150_000, 150_000), (aToB.QueueBytes, bToA.QueueBytes));
        (aToB, bToA) = new LinkOptions { Name = "l", Delay = 10, Rate = "0,1000" }.ToSettings();
        Assert.Equal((0, 1e9, 2_500_000), (aToB.BitsPerSecond, bToA.BitsPerSecond, bToA.QueueBytes));
        (aToB, bToA) = new LinkOptions { Name = "l", Delay = 10, Rate = "7" }.ToSettings();
        Assert.Equal((7e6, 7e6), (aToB.BitsPerSecond, bToA.BitsPerSecond));
        foreach (string rate in (string[])["", "1,2,3", "-1", "1,", "0.001", "x"])
        {
            Assert.Throws<OperationFailedException>(() => new LinkOptions { Name = "l", Delay = 10, Rate = rate }.ToSettings());
        }
    }

    [Fact]
    public void Loss_is_as_asked_for_and_repeats_with_its_seed()
    {
        long[] lost = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using Direction direction = new(s_plain with { LossRate = 0.1 }, 7);
            for (int i = 0; i < 100_000; i++)
            {
                direction.Accept(Packet(40), i);
            }

            return direction.Lost;
        })];
        Assert.Equal(lost[0], lost[1]);
        Assert.InRange(lost[0], 9_500, 10_500); // five standard deviations of a binomial
    }

    [Fact]
    public void Jitter_spreads_the_delay_evenly_and_keeps_the_order() => Seeded.Run(random =>
    {
        using Direction direction = new(s_plain with { JitterNs = 5_000_000 }, random.Number(1, 1_000_000));
        double sum = 0;
        long least = long.MaxValue, most = 0;
        for (int i = 0; i < 10_000; i++)
        {
            long now = i * 20_000_000L; // so far apart that order costs nothing
            direction.Accept(Numbered(i), now);
            long delay = direction.FirstDue - now;
            (sum, least, most) = (sum + delay, Math.Min(least, delay), Math.Max(most, delay));
            direction.RemoveFirst();
        }

        Assert.InRange(sum / 10_000, 9_850_000, 10_150_000); // five standard deviations of the mean
        Assert.InRange(least, 5_000_000, 5_100_000);
        Assert.InRange(most, 14_900_000, 15_000_000);

        for (int i = 0; i < 1_000; i++)
        {
            direction.Accept(Numbered(i), 1_000_000_000_000 + i);
        }

        long due = 0;
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(direction.FirstDue >= due);
            due = direction.FirstDue;
            Assert.Equal(i, BitConverter.ToInt32(direction.First[Frame.OffloadBytes..]));
            direction.RemoveFirst();
        }

        Assert.Equal((0, true), (direction.Reordered, direction.IsEmpty));
    });

    [Fact]
    public void Some_packets_overtake_when_told_to_and_are_counted()
    {
        using Direction direction = new(s_plain with { ReorderRate = 0.25 }, 3);
        for (int i = 0; i < 10_000; i++)
        {
            direction.Accept(Numbered(i), i * 1_000);
        }

        List<(int Number, long Due)> arrived = [];
        for (; !direction.IsEmpty; direction.RemoveFirst())
        {
            arrived.Add((BitConverter.ToInt32(direction.First[Frame.OffloadBytes..]), direction.FirstDue));
        }

        Assert.Equal(arrived.OrderBy(packet => packet.Due), arrived);
        Assert.Equal(10_000, arrived.DistinctBy(packet => packet.Number).Count());
        Assert.InRange(direction.Reordered, 2_280, 2_720); // five standard deviations of a binomial
        Assert.Equal(direction.Reordered, arrived.Count(packet => packet.Due == packet.Number * 1_000L));
        Assert.Equal(10_000 - direction.Reordered, arrived.Count(packet => packet.Due == (packet.Number * 1_000L) + 10_000_000));
    }

    [Fact]
    public void A_million_packets_allocate_nothing()
    {
        using Direction direction = new(s_plain
            with
        { BitsPerSecond = 1e9, QueueBytes = 100_000, LossRate = 0.01, JitterNs = 1_000_000, ReorderRate = 0.01 }, 1);
        byte[] packet = Packet(1500);
        direction.Accept(packet, 0);
        long packets = 1;
        Allocations.AssertNone(() =>
        {
            for (int i = 0; i < 1_000_000; i++, packets++)
            {
                long now = (packets - 1) * 12_000;
                direction.Accept(packet, now);
                while (!direction.IsEmpty && direction.FirstDue <= now)
                {
                    direction.RemoveFirst();
                }
            }
        });
        Assert.Equal((packets, 0), (direction.Packets, direction.Dropped));
    }

    [Fact]
    public void A_superframe_counts_and_is_paced_as_its_segments()
    {
        // 100 Mbit/s: a segment of 1500 bytes each 120 us; room for 20 more behind the one being sent.
        using Direction direction = new(s_plain with { BitsPerSecond = 100e6, QueueBytes = 30_000 }, 1);
        direction.Accept(Superframes.Make(4, segments: 30, segmentBytes: 1448, options: 12), 0);
        Assert.Equal((30, 30 * 1500, 9), (direction.Packets, direction.Bytes, direction.Dropped));
        for (int i = 1; i <= 21; i++)
        {
            Assert.Equal((10_000_000 + (i * 120_000), 1500), (direction.FirstDue, direction.First.Length - Frame.OffloadBytes));
            direction.RemoveFirst();
        }

        Assert.True(direction.IsEmpty);
    }

    [Fact]
    public void At_a_high_rate_segments_travel_together_for_a_tenth_of_a_millisecond_at_most() => Seeded.Run(random =>
    {
        using Direction direction = new(
            s_plain with { BitsPerSecond = 1e9, QueueBytes = 1_000_000, LossRate = 0.05 }, random.Number(1, 1_000_000));
        byte[] superframe = Superframes.Make(6, segments: 40, segmentBytes: 1428, options: 12);
        int arrived = 0, trains = 0;
        for (int i = 0; i < 100; i++)
        {
            long begin = i * 1_000_000L;
            direction.Accept(superframe, begin);
            for (; !direction.IsEmpty; direction.RemoveFirst(), trains++)
            {
                int segments = new Frame(direction.First).Segments;
                Assert.InRange(segments, 1, 9); // of 12 us each
                Assert.InRange(direction.FirstDue, begin + 10_000_000 + (segments * 12_000), begin + 10_000_000 + (40 * 12_000));
                arrived += segments;
            }
        }

        Assert.Equal((4_000, 4_000), (direction.Packets, arrived + direction.Lost));
        Assert.InRange(direction.Lost, 130, 270); // five standard deviations of a binomial
        Assert.InRange(trains, 500, 1_000);
    });

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1/0")]
    [InlineData("fd88::1/129")]
    [InlineData("10.0.0.1/24,")]
    [InlineData("host/24")]
    public void Addresses_need_a_prefix(string text) =>
        Assert.Throws<OperationFailedException>(() => InterfaceAddress.ParseList(text));

    [Fact]
    public void Addresses_come_in_lists() =>
        Assert.Equal(["10.88.0.1/24", "fd88::1/64"],
            InterfaceAddress.ParseList("10.88.0.1/24,fd88::1/64").Select(a => a.ToString()));

    private static byte[] Packet(int bytes) => new byte[Frame.OffloadBytes + bytes];

    private static byte[] Numbered(int number) => [.. new byte[Frame.OffloadBytes], .. BitConverter.GetBytes(number)];
}
