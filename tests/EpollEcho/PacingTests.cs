using NetTools.EpollEcho.Load;
using Xunit;

namespace NetTools.Tests.EpollEcho;

public class PacingTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void An_open_loop_counts_what_was_due_and_not_begun()
    {
        Pacing pacing = new(rate: 100, stagger: 0, requests: 0, durationNs: 2 * Second);
        pacing.Begin(5 * Second);
        int begun = 0;
        for (long now = 5 * Second; now < 6 * Second; now += Second / 1000)
        {
            while (pacing.TryBegin(now, out long due))
            {
                Assert.Equal(5 * Second + (begun++ * (Second / 100)), due);
            }
        }

        Assert.Equal((100, 200), (begun, pacing.DueBy(7 * Second)));
        Assert.Equal(150, pacing.DueBy((6 * Second) + (Second / 2))); // a signal came
    }

    [Fact]
    public void What_was_due_just_before_the_end_is_begun_just_after_it()
    {
        Pacing pacing = new(rate: 100, stagger: 0, requests: 0, durationNs: Second);
        pacing.Begin(0);
        int begun = 0;
        while (pacing.TryBegin(Second + 1_000_000, out _))
        {
            begun++;
        }

        Assert.Equal(100, begun);
        Assert.False(pacing.MoreToCome(Second + 1_000_000));
        Pacing late = new(rate: 100, stagger: 0, requests: 0, durationNs: Second);
        late.Begin(0);
        Assert.False(late.TryBegin(2 * Second, out _)); // a second after it is too late
    }

    [Fact]
    public void A_closed_loop_owes_the_number_that_was_asked_and_no_rate()
    {
        Pacing number = new(0, 0, requests: 10, durationNs: 0);
        number.Begin(0);
        Assert.True(number.TryBegin(7, out long due));
        Assert.Equal((7, 10), (due, number.DueBy(100)));
        Pacing time = new(0, 0, requests: 0, durationNs: Second);
        time.Begin(0);
        Assert.True(time.TryBegin(7, out _));
        Assert.Equal(1, time.DueBy(Second));
        Assert.False(time.TryBegin(Second, out _));
    }

    [Fact]
    public void What_waits_comes_back_in_order_and_longer_each_time()
    {
        Backoff backoff = new();
        backoff.Add(1, failures: 3, now: 0); // 40 ms
        backoff.Add(2, failures: 1, now: 0); // 10 ms
        backoff.Add(3, failures: 99, now: 0); // 1.28 s
        Assert.Equal(10_000_000, backoff.Next);
        Assert.False(backoff.TryTake(9_000_000, out _));
        Assert.True(backoff.TryTake(10_000_000, out int first));
        Assert.False(backoff.TryTake(39_000_000, out _));
        Assert.True(backoff.TryTake(41_000_000, out int second));
        Assert.Equal((2, 1, 1_280_000_000), (first, second, backoff.Next));
        Assert.True(backoff.TryTake(long.MaxValue - 1, out int third));
        Assert.Equal((3, long.MaxValue), (third, backoff.Next));
    }
}
