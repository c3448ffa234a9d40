using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.MuxBench;

public unsafe class MechanismTests
{
    public static TheoryData<string> Names => [.. Catalog.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_finds_exactly_the_readable_ones(string name)
    {
        using DescriptorSet descriptors = Open(100);
        WatchedPart part = descriptors.Part(100);
        using Mechanism mechanism = Watch(name, part);
        foreach (int ready in (int[])[0, 1, 33, 100, 2])
        {
            part.MakeReady(ready);
            Assert.Equal(Readable(part, ready), Found(mechanism));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_reports_again_what_stays_readable_or_arrives_again(string name)
    {
        using DescriptorSet descriptors = Open(10);
        WatchedPart part = descriptors.Part(10);
        using Mechanism mechanism = Watch(name, part);
        part.MakeReady(3);
        Assert.Equal(3, mechanism.Wait(block: false));
        Assert.Equal(mechanism.ReportsArrivals ? 0 : 3, mechanism.Wait(block: false));
        part.Renew();
        Assert.Equal(3, mechanism.Wait(block: true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_removed_one_is_silent_and_a_changed_one_is_not(string name)
    {
        using DescriptorSet descriptors = Open(4);
        WatchedPart part = descriptors.Part(4);
        using Mechanism mechanism = Watch(name, part);
        mechanism.Remove(part.Watched[0]);
        mechanism.Modify(part.Watched[3]);
        part.MakeReady(4);
        Assert.Equal(part.Watched[1..].ToArray().Order(), Found(mechanism));

        mechanism.Add(part.Watched[0]);
        if (mechanism.ReportsArrivals)
        {
            mechanism.Wait(block: true); // the byte that was there already when it was added
        }

        part.Renew();
        Assert.Equal(part.Watched.ToArray().Order(), Found(mechanism));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_million_calls_allocate_nothing(string name)
    {
        using DescriptorSet descriptors = Open(1);
        WatchedPart part = descriptors.Part(1);
        using Mechanism mechanism = Watch(name, part);
        part.MakeReady(1);
        long found = mechanism.Wait(block: true);
        long calls = found;
        Allocations.AssertNone(() =>
        {
            for (int call = 0; call < 1_000_000; call++, calls++)
            {
                found += mechanism.Wait(block: false);
            }
        });
        Assert.Equal(mechanism.ReportsArrivals ? 1 : calls, found);
    }

    [Theory]
    [InlineData(nameof(DescriptorKind.SocketPair), nameof(Placement.Dense))]
    [InlineData(nameof(DescriptorKind.SocketPair), nameof(Placement.Sparse))]
    [InlineData(nameof(DescriptorKind.Pipe), nameof(Placement.Dense))]
    [InlineData(nameof(DescriptorKind.Pipe), nameof(Placement.Sparse))]
    [InlineData(nameof(DescriptorKind.Tcp), nameof(Placement.Dense))]
    [InlineData(nameof(DescriptorKind.Tcp), nameof(Placement.Sparse))]
    [InlineData(nameof(DescriptorKind.EventFd), nameof(Placement.Dense))]
    [InlineData(nameof(DescriptorKind.EventFd), nameof(Placement.Sparse))]
    public void Every_mechanism_watches_every_kind_wherever_it_lies(string kindName, string placementName)
    {
        DescriptorKind kind = Enum.Parse<DescriptorKind>(kindName);
        Placement placement = Enum.Parse<Placement>(placementName);
        using DescriptorSet descriptors = new(kind, placement, 30, 800);
        WatchedPart part = descriptors.Part(7);
        Assert.Equal(placement == Placement.Sparse, descriptors.Highest >= 799);
        Assert.True(part.Highest == descriptors.Highest || placement == Placement.Dense);
        foreach (string name in Catalog.Names)
        {
            part.MakeReady(0);
            using Mechanism mechanism = Watch(name, part);
            part.MakeReady(3);
            Assert.Equal(Readable(part, 3), Found(mechanism));
            part.Renew();
            Assert.Equal(Readable(part, 3), Found(mechanism));
        }
    }

    [Fact]
    public void The_readable_ones_lie_where_they_were_asked_for()
    {
        using DescriptorSet descriptors = Open(100);
        WatchedPart part = descriptors.Part(100);
        using Mechanism mechanism = Watch("poll", part);
        int[] watched = part.Watched.ToArray();
        part.MakeReady(3, ReadyPosition.First);
        Assert.Equal(watched[..3], Found(mechanism));
        part.MakeReady(3, ReadyPosition.Last);
        Assert.Equal(watched[^3..], Found(mechanism));
        Random random = new(4);
        part.MakeReady(3, ReadyPosition.Random, random);
        int[] once = [.. Found(mechanism)];
        part.MakeReady(3, ReadyPosition.Random, random);
        int[] again = [.. Found(mechanism)];
        Assert.Equal((3, 3), (once.Distinct().Count(), again.Distinct().Count()));
        Assert.NotEqual(once, again);
    }

    private static DescriptorSet Open(int count) => new(DescriptorKind.SocketPair, Placement.Dense, count, int.MaxValue);

    private static Mechanism Watch(string name, WatchedPart part)
    {
        Mechanism mechanism = Catalog.Create(name, new Room(part.Watched.Length, part.Highest));
        foreach (int descriptor in part.Watched)
        {
            mechanism.Add(descriptor);
        }

        return mechanism;
    }

    private static IEnumerable<int> Found(Mechanism mechanism)
    {
        int count = mechanism.Wait(block: false);
        return new ReadOnlySpan<int>(mechanism.Ready, count).ToArray().Order();
    }

    private static IEnumerable<int> Readable(WatchedPart part, int ready)
    {
        int[] watched = part.Watched.ToArray();
        return Enumerable.Range(0, ready).Select(i => watched[((2 * i) + 1) * watched.Length / (2 * ready)]).Order();
    }
}
