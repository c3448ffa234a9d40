using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using Xunit;

namespace NetTools.Tests.MuxBench;

public unsafe class MechanismTests
{
    public static TheoryData<string> Names => [.. Catalogue.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_finds_exactly_the_readable_ones(string name)
    {
        using DescriptorSet descriptors = new(100);
        using Mechanism mechanism = Watch(name, descriptors, 100);
        foreach (int ready in (int[])[0, 1, 33, 100, 2])
        {
            descriptors.MakeReady(100, ready);
            Assert.Equal(Readable(descriptors, 100, ready), Found(mechanism));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_reports_again_what_stays_readable_or_arrives_again(string name)
    {
        using DescriptorSet descriptors = new(10);
        using Mechanism mechanism = Watch(name, descriptors, 10);
        descriptors.MakeReady(10, 3);
        Assert.Equal(3, mechanism.Wait(block: false));
        Assert.Equal(mechanism.ReportsArrivals ? 0 : 3, mechanism.Wait(block: false));
        descriptors.Renew();
        Assert.Equal(3, mechanism.Wait(block: true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_removed_one_is_silent_and_a_changed_one_is_not(string name)
    {
        using DescriptorSet descriptors = new(4);
        using Mechanism mechanism = Watch(name, descriptors, 4);
        mechanism.Remove(descriptors.Watched[0]);
        mechanism.Modify(descriptors.Watched[3]);
        descriptors.MakeReady(4, 4);
        Assert.Equal(descriptors.Watched[1..].ToArray().Order(), Found(mechanism));

        mechanism.Add(descriptors.Watched[0]);
        if (mechanism.ReportsArrivals)
        {
            mechanism.Wait(block: true); // the byte that was there already when it was added
        }

        descriptors.Renew();
        Assert.Equal(descriptors.Watched.ToArray().Order(), Found(mechanism));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_million_calls_allocate_nothing(string name)
    {
        using DescriptorSet descriptors = new(1);
        using Mechanism mechanism = Watch(name, descriptors, 1);
        descriptors.MakeReady(1, 1);
        long found = mechanism.Wait(block: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int call = 0; call < 1_000_000; call++)
        {
            found += mechanism.Wait(block: false);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(mechanism.ReportsArrivals ? 1 : 1_000_001, found);
    }

    internal static Mechanism Watch(string name, DescriptorSet descriptors, int count)
    {
        Mechanism mechanism = Catalogue.Create(name, new Room(count, descriptors.Highest(count)));
        foreach (int descriptor in descriptors.Watched[..count])
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

    private static IEnumerable<int> Readable(DescriptorSet descriptors, int fds, int ready)
    {
        int[] watched = descriptors.Watched.ToArray();
        return Enumerable.Range(0, ready).Select(i => watched[((2 * i) + 1) * fds / (2 * ready)]).Order();
    }
}
