using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.MuxBench;

public class TimerTests
{
    public static TheoryData<string> Names => [.. Catalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_relay_reads_all_that_it_writes(string name)
    {
        using DescriptorSet descriptors = new(DescriptorKind.SocketPair, Placement.Dense, 20, int.MaxValue);
        WatchedPart part = descriptors.Part(20);
        foreach (int chains in (int[])[1, 7, 20])
        {
            using Mechanism mechanism = Watching(name, part);
            Assert.True(new Relay(0, descriptors.Highest).Sample(mechanism, part, chains) > 0);
            Assert.DoesNotContain(Enumerable.Range(0, 20), index => part.Read(index));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wake_up_finds_the_one_that_was_written_to(string name)
    {
        using DescriptorSet descriptors = new(DescriptorKind.Pipe, Placement.Dense, 5, int.MaxValue);
        WatchedPart part = descriptors.Part(5);
        using Mechanism mechanism = Watching(name, part);
        using Waker waker = new(CallingThread.AllowedCpus()[0], ownTable: true);
        Assert.True(new WakeUpTimer(0, waker).Sample(mechanism, part) > 0);
    }

    [Fact]
    public void A_waker_that_was_never_asked_ends() =>
        new Waker(CallingThread.AllowedCpus()[0], ownTable: false).Dispose();

    [Fact]
    public void A_wrong_count_is_not_taken_for_a_time()
    {
        using DescriptorSet descriptors = new(DescriptorKind.EventFd, Placement.Dense, 5, int.MaxValue);
        WatchedPart part = descriptors.Part(5);
        part.MakeReady(2);
        using Mechanism mechanism = Watching("poll", part);
        OperationFailedException failure =
            Assert.Throws<OperationFailedException>(() => new CallTimer(20, null).Sample(mechanism, part, ready: 1, wait: false));
        Assert.Contains("found 6 ready descriptors where 3 were", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_call_whose_event_was_lost_is_woken_and_ends_the_run(string name)
    {
        using DescriptorSet descriptors = new(DescriptorKind.SocketPair, Placement.Dense, 5, int.MaxValue);
        WatchedPart part = descriptors.Part(5);
        using Mechanism mechanism = Watching(name, part);
        using Watchdog watchdog = new(CallingThread.AllowedCpus()[0], ownTable: false, TimeSpan.FromMilliseconds(200));
        watchdog.Guard(part);
        OperationFailedException failure = Assert.Throws<OperationFailedException>(() => mechanism.ReportsArrivals
            ? new ArrivalTimer(20, watchdog).Sample([mechanism], part, ready: 1, wait: true)
            : new CallTimer(20, null, watchdog).Sample(mechanism, part, ready: 1, wait: true));
        Assert.Contains("its event was lost", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_call_that_waits_returns_at_once_when_something_is_readable(string name)
    {
        using DescriptorSet descriptors = new(DescriptorKind.SocketPair, Placement.Dense, 50, int.MaxValue);
        WatchedPart part = descriptors.Part(50);
        foreach (ReadyPosition position in Enum.GetValues<ReadyPosition>())
        {
            using Mechanism mechanism = Watching(name, part);
            part.MakeReady(2, position, new Random(1));
            Assert.True(mechanism.ReportsArrivals
                ? new ArrivalTimer(0).Sample([mechanism], part, ready: 2, wait: true) > 0
                : new CallTimer(20, null).Sample(mechanism, part, ready: 2, wait: true) > 0);
            part.MakeReady(0);
        }
    }

    private static Mechanism Watching(string name, WatchedPart part)
    {
        Mechanism mechanism = Catalog.Create(name, new Room(part.Watched.Length, part.Highest));
        foreach (int descriptor in part.Watched)
        {
            mechanism.Add(descriptor);
        }

        return mechanism;
    }
}
