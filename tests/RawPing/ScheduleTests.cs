using NetTools.Os;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>When requests are due: arithmetic, no clock.</summary>
public class ScheduleTests
{
    private const long Start = 123_456_789_012_345;

    [Theory]
    [InlineData(10_000_000)]
    [InlineData(333_333_333)] // no whole number of these is a second
    [InlineData(1)]
    public void There_is_no_drift_however_many_there_were(long interval)
    {
        Schedule schedule = new(Start, interval, targets: 1);
        foreach (long n in new[] { 0L, 1, 999, 1_000_000, 10_000_000_000 })
        {
            Assert.Equal(Start + n * interval, schedule.Due(n));
        }
    }

    [Fact]
    public void Being_late_now_and_then_changes_nothing()
    {
        Schedule schedule = new(Start, 10 * TimeUnits.Millisecond, targets: 1);
        Random noise = new(7);
        for (long n = 0; n < 10_000; n++)
        {
            schedule.Catch(n, schedule.Due(n) + noise.NextInt64(Schedule.LongestBurst));
        }

        Assert.Equal(Start + 10_000 * 10 * TimeUnits.Millisecond, schedule.Due(10_000));
    }

    [Fact]
    public void A_long_sleep_moves_the_schedule_instead_of_making_a_burst()
    {
        Schedule schedule = new(Start, TimeUnits.Second, targets: 1);
        long awake = schedule.Due(5) + 3600 * TimeUnits.Second;
        schedule.Catch(5, awake);
        Assert.Equal(awake, schedule.Due(5));
        Assert.Equal(awake + TimeUnits.Second, schedule.Due(6));
    }

    [Fact]
    public void Targets_take_turns_over_the_interval()
    {
        Schedule schedule = new(Start, 1000, targets: 4);
        Assert.Equal([0, 250, 500, 750, 1000, 1250], Enumerable.Range(0, 6).Select(n => schedule.Due(n) - Start));
    }

    [Fact]
    public void A_round_with_gaps_takes_its_time()
    {
        Schedule schedule = new(Start, interval: 100, targets: 3, gap: 50);
        Assert.Equal([0, 50, 100, 150, 200, 250], Enumerable.Range(0, 6).Select(n => schedule.Due(n) - Start));
    }

    [Fact]
    public void Preloaded_requests_are_due_at_once()
    {
        Schedule schedule = new(Start, 1000, targets: 1, preload: 3);
        Assert.Equal([0, 0, 0, 1000, 2000], Enumerable.Range(0, 5).Select(n => schedule.Due(n) - Start));
    }

    [Fact]
    public void One_late_request_is_not_drift_and_all_of_them_are()
    {
        SendLateness lateness = default;
        Assert.Equal(0, lateness.Drift);
        for (int i = 0; i < 1000; i++)
        {
            lateness.Add(i % 19 == 0 ? 40 : 5_000_000);
        }

        Assert.Equal(40, lateness.Drift);
        for (int i = 0; i < 60; i++)
        {
            lateness.Add(1_000_000 + i);
        }

        Assert.InRange(lateness.Drift, 1_000_000, 1_000_060);
        Assert.Equal((1_000_059, 5_000_000), (lateness.Last, lateness.Longest));
    }
}
