using NetTools.Os;

namespace NetTools.MuxBench.Mechanisms;

/// <summary>All mechanisms by name. Another is one class and one line here.</summary>
internal static class Catalog
{
    /// <summary>What a run without <c>--mechanisms</c> compares.</summary>
    public static readonly string[] Default = ["select", "poll", "epoll"];

    private static readonly Dictionary<string, Func<Room, Mechanism>> Makers = new()
    {
        ["select"] = room => new SelectMechanism(room),
        ["poll"] = room => new PollMechanism(room),
        ["ppoll"] = room => new PpollMechanism(room),
        ["epoll"] = room => new EpollMechanism(room),
        ["epoll-et"] = room => new EpollEdgeMechanism(room),
        ["epoll-oneshot"] = room => new EpollOneshotMechanism(room),
        ["epoll-pwait2"] = room => new EpollPwait2Mechanism(room),
        ["uring"] = room => new UringMechanism(room),
    };

    /// <summary>The names, in the order in which they are shown.</summary>
    public static IReadOnlyCollection<string> Names => Makers.Keys;

    /// <summary>Makes a mechanism that watches nothing yet.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="room">How much it will have to watch.</param>
    /// <exception cref="LibcException">The kernel does not have it, or not enough memory.</exception>
    public static Mechanism Create(string name, Room room) => Makers[name](room);
}
