using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Report;
using NetTools.RawPing.Results;
using Xunit;

namespace NetTools.Tests.RawPing;

public class ResultsTests
{
    [Fact]
    public void The_summary_is_pings()
    {
        RttSummary rtt = new();
        foreach (long ms in new long[] { 2, 4, 4, 4, 5, 5, 7, 9 })
        {
            rtt.Add(ms * TimeUnits.Millisecond);
        }

        Assert.Equal(2 * TimeUnits.Millisecond, rtt.Min);
        Assert.Equal(9 * TimeUnits.Millisecond, rtt.Max);
        Assert.Equal(5 * TimeUnits.Millisecond, rtt.Average, 1.0);
        Assert.Equal(2 * TimeUnits.Millisecond, rtt.Mdev, 1.0); // the textbook's population deviation
        Assert.Equal(4 * TimeUnits.Millisecond, rtt.Percentile(50));
        Assert.Equal(9 * TimeUnits.Millisecond, rtt.Percentile(95));
        Assert.Equal(2 * TimeUnits.Millisecond, rtt.Percentile(1));
    }

    [Fact]
    public void Many_samples_keep_their_percentiles_to_half_a_percent()
    {
        RttSummary rtt = new();
        for (int i = 1; i <= 100_000; i++)
        {
            rtt.Add(i * 1_000L);
        }

        foreach (int percent in new[] { 1, 50, 95, 99 })
        {
            double exact = percent * 1_000_000.0;
            Assert.InRange(rtt.Percentile(percent), exact * 0.995, exact * 1.005);
        }

        Assert.Equal(100_000_000, rtt.Percentile(100));
        Assert.Equal(1_000, rtt.Min);
        Assert.Equal(100_000, rtt.Count);
    }

    [Fact]
    public void The_histogram_holds_every_time_there_is()
    {
        foreach (long time in new[] { 0, 1, 255, 256, 257, 1_000_000, long.MaxValue / 2, long.MaxValue })
        {
            TimeHistogram histogram = new();
            histogram.Add(time);
            Assert.InRange(histogram.AtRank(1), time - time / 250.0, time + time / 250.0);
        }
    }

    [Theory]
    [InlineData(175_000, "0.175")]
    [InlineData(999_400, "0.999")]
    [InlineData(1_234_000, "1.23")]
    [InlineData(12_340_000, "12.3")]
    [InlineData(123_400_000, "123")]
    [InlineData(999, "0.001")]
    public void Times_are_written_as_ping_does(long nanoseconds, string expected) =>
        Assert.Equal(expected, Figures.Time(nanoseconds));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(100, "100")]
    [InlineData(33.333333333, "33.3333")]
    [InlineData(0.001, "0.001")]
    public void Percentages_are_written_as_ping_does(double percent, string expected) =>
        Assert.Equal(expected, Figures.Percent(percent));

    [Fact]
    public void The_schedule_does_not_drift()
    {
        Schedule schedule = new(start: 5, interval: 10 * TimeUnits.Millisecond, targets: 1);
        Assert.Equal(5 + 1000 * 10 * TimeUnits.Millisecond, schedule.Due(1000));
        schedule.Catch(1000, schedule.Due(1000) + 500 * TimeUnits.Millisecond); // a little late: the next ones are not put off
        Assert.Equal(5 + 1001 * 10 * TimeUnits.Millisecond, schedule.Due(1001));
        schedule.Catch(1000, schedule.Due(1000) + 3600 * TimeUnits.Second); // suspended: no burst of an hour's requests
        Assert.Equal(5 + 3600 * TimeUnits.Second + 1001 * 10 * TimeUnits.Millisecond, schedule.Due(1001));
    }

    [Fact]
    public void Several_targets_share_the_interval()
    {
        Schedule schedule = new(0, TimeUnits.Second, targets: 4);
        Assert.Equal([0, TimeUnits.Second / 4, TimeUnits.Second / 2, TimeUnits.Second * 3 / 4, TimeUnits.Second],
            Enumerable.Range(0, 5).Select(n => schedule.Due(n)));
    }

    [Fact]
    public void The_kernels_time_lies_within_the_users()
    {
        Probe probe = new() { Sent = 1_000, SentRealtime = 50_000, KernelSent = 51_000 };
        Received received = new() { Now = 9_000, Realtime = 58_000, KernelReceived = 55_000 };
        Assert.Equal((5_000, 4_000), RoundTrip.Of(probe, received));

        // The clock was set between the stamp and the reading: the stamp cannot be used.
        received.Realtime = 50_000;
        Assert.Equal(8_000, RoundTrip.Of(probe, received).Rtt);

        // The clock was set between the two stamps.
        received = new Received { Now = 9_000, Realtime = 50_000_000, KernelReceived = 49_997_000 };
        Assert.Equal((5_000, (long?)null), RoundTrip.Of(probe, received));
        received = new Received { Now = 9_000, Realtime = 3_000, KernelReceived = 1_000 };
        Assert.Equal((6_000, (long?)null), RoundTrip.Of(probe, received));
    }

    [Theory]
    [InlineData(0, 60_000, 50_000L)]
    [InlineData(20_000, 80_000, null)] // small enough for every figure to look possible
    [InlineData(-20_000, 80_000, null)]
    [InlineData(3_600_000_000_000, 80_000, null)]
    [InlineData(-3_600_000_000_000, 80_000, null)]
    public void A_step_of_the_clock_does_not_get_into_a_round_trip(long step, long rtt, long? kernel)
    {
        // Sent at 10,000 by the monotonic clock, left at 20,000, stamped at 70,000, read at 90,000.
        const long Distance = 5_000_000;
        Probe probe = new() { Sent = 10_000, SentRealtime = Distance + 10_000, KernelSent = Distance + 20_000 };
        long set = Distance + step;
        RealtimeWatch watch = Watch(set);
        Received received = new() { Now = 90_000, KernelReceived = set + 70_000 };
        received.Realtime = watch.At(received.Now, set + 90_000);
        received.LastStep = Math.Max(0, watch.LastStep);
        Assert.Equal((rtt, kernel), RoundTrip.Of(probe, received));

        // The next probe is sent after the step, and its stamps count again.
        probe = new Probe { Sent = 100_000, SentRealtime = set + 100_000, KernelSent = set + 110_000 };
        received = new Received { Now = 180_000, KernelReceived = set + 160_000, LastStep = received.LastStep };
        received.Realtime = watch.At(received.Now, set + 180_000);
        Assert.Equal((60_000, 50_000), RoundTrip.Of(probe, received));

        static RealtimeWatch Watch(long now)
        {
            long distance = Distance;
            RealtimeWatch one = new(() => (0, distance));
            distance = now;
            return one;
        }
    }

    [Fact]
    public void A_pause_between_two_clocks_is_not_a_step()
    {
        int reads = 0;
        RealtimeWatch watch = new(() => (0, 5_000_000 + (++reads % 2 == 0 ? 0 : 3_000_000))); // every other is late, too
        Assert.Equal(5_090_000, watch.At(90_000, 8_090_000)); // 3 ms late: the thread had lost its CPU
        Assert.Equal(5_190_000 + RealtimeWatch.Slack, watch.At(190_000, 5_190_000 + RealtimeWatch.Slack));
        Assert.Equal(long.MinValue, watch.LastStep);
    }
}
