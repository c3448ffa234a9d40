using Xunit;
using Xunit.Abstractions;

[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer("NetTools.Tests.Support.LanesFirst", "NetTools.Tests")]

namespace NetTools.Tests.Support;

/// <summary>
/// Collections of tests that run tools or make namespaces. Those of one lane run one after the other. Tests that mostly wait
/// share the machine with the unit tests and with the other lane; tests that measure or load the machine run alone at the end.
/// </summary>
public static class LabLanes
{
    /// <summary>rawping in namespaces: waits for replies and time-outs.</summary>
    public const string RawPing = "lab: rawping";

    /// <summary>Servers and hosts with peers that stall: waits for deadlines and for sshd.</summary>
    public const string Peers = "lab: peers";
}

/// <summary>
/// Tests that load the machine or measure it: one after the other, after all others. Put <c>[Collection("lab")]</c> on the
/// class.
/// </summary>
[CollectionDefinition("lab", DisableParallelization = true)]
public sealed class LabCollection;

/// <summary>The lane of rawping.</summary>
[CollectionDefinition(LabLanes.RawPing)]
public sealed class RawPingLane;

/// <summary>The lane of peers that stall.</summary>
[CollectionDefinition(LabLanes.Peers)]
public sealed class PeersLane;

/// <summary>Starts the lanes before the unit tests: they take the longest.</summary>
public sealed class LanesFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.DisplayName is LabLanes.RawPing or LabLanes.Peers ? 0 : 1);
}
