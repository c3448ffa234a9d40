using NetTools.Libc;
using NetTools.OptBench.Results;
using NetTools.Os;

namespace NetTools.OptBench.Experiments;

/// <summary>An experiment by name.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Shows">One line.</param>
/// <param name="Run">Does it.</param>
internal sealed record Experiment(string Name, string Shows, Func<Lab, ExperimentResult[]> Run)
{
    /// <summary>False where it does everything by itself, without an optbench server.</summary>
    public bool NeedsServer { get; init; } = true;

    /// <summary>The capabilities that it makes use of where it has them.</summary>
    public int[] Capabilities { get; init; } = [];

    /// <summary>Whether it starts further processes, in network namespaces that it makes.</summary>
    public bool MakesNetwork { get; init; }
}

/// <summary>The experiments there are.</summary>
internal static class Catalog
{
    private static readonly int[] s_network = [Linux.CAP_SYS_ADMIN, Linux.CAP_SYS_NICE];

    /// <summary>All, in the order in which they run.</summary>
    public static IReadOnlyList<Experiment> All { get; } =
    [
        new(Nodelay.Name, "TCP_NODELAY: where Nagle's algorithm waits, and where it does not", Nodelay.Run),
        new(Quickack.Name, "TCP_QUICKACK: that it does not stick, and what that costs", Quickack.Run),
        new(Cork.Name, "TCP_CORK, MSG_MORE: segments and time for a header and a body", Cork.Run),
        new(Delack.Name, "TCP_DELACK_MAX_US: the timer of the delayed ACK (Linux 6.16)", Delack.Run),
        new(Rcvbuf.Name, "SO_RCVBUF: throughput with 4 KiB to 4 MiB, autotuned", Rcvbuf.Run),
        new(Sndbuf.Name, "SO_SNDBUF: throughput with 4 KiB to 4 MiB, autotuned", Sndbuf.Run),
        new(Bdp.Name, "bandwidth x delay: windows against links of 0, 10, 40 ms (root)", Bdp.Run) { NeedsServer = false,
            MakesNetwork = true, Capabilities = s_network },
        new(Congestion.Name, "TCP_CONGESTION: throughput by congestion control and size of a write", Congestion.Run),
        new(Streams.Name, "parallel connections: throughput of 1 to 8, and how they share", Streams.Run),
        new(Duplex.Name, "both directions at once, beside each alone", Duplex.Run),
        new(Load.Name, "latency under load: idle, upload, download, both; by the second", Load.Run),
        new(Udp.Name, "UDP by rate: what arrives, loss, order, duplicates, jitter", Udp.Run),
        new(Reuseaddr.Name, "SO_REUSEADDR: binding a port again", Reuseaddr.Run) { NeedsServer = false },
        new(Reuseport.Name, "SO_REUSEPORT: how connections spread, and what a close loses",
            Reuseport.Run) { NeedsServer = false },
        new(Tos.Name, "IP_TOS, IPV6_TCLASS: the byte on the wire", Tos.Run) { NeedsServer = false,
            Capabilities = [Linux.CAP_NET_RAW] },
        new(Timestamp.Name, "SO_TIMESTAMP and kin: how long a packet waits to be read", Timestamp.Run) { NeedsServer = false },
        new(Backlog.Name, "listen's backlog: what a full accept queue does to clients", Backlog.Run) { NeedsServer = false },
        new(Keepalive.Name, "SO_KEEPALIVE, TCP_USER_TIMEOUT: until a vanished peer is noticed",
            Keepalive.Run) { NeedsServer = false, MakesNetwork = true, Capabilities = s_network },
        new(Linger.Name, "SO_LINGER: how long close takes, and what becomes of unsent data", Linger.Run) { NeedsServer = false },
        new(Fastopen.Name, "TCP_FASTOPEN: the round trip that a request in the SYN saves", Fastopen.Run)
        {
            NeedsServer = false,
            MakesNetwork = true,
            Capabilities = s_network,
        },
        new(Deferaccept.Name, "TCP_DEFER_ACCEPT: accept waits for the client's first byte", Deferaccept.Run)
        {
            NeedsServer = false,
        },
        new(Notsent.Name, "TCP_NOTSENT_LOWAT: what waits unsent, and how old it gets", Notsent.Run) { NeedsServer = false },
        new(V6only.Name, "IPV6_V6ONLY: IPv4 clients of a listener on ::", V6only.Run) { NeedsServer = false },
        new(Zerocopy.Name, "MSG_ZEROCOPY: gain or loss by the size of a write",
            Zerocopy.Run) { Capabilities = [Linux.CAP_IPC_LOCK] },
        new(Busypoll.Name, "SO_BUSY_POLL: ping-pong with and without, by message size", Busypoll.Run),
    ];

    /// <summary>The named experiments in the order given; all when none is named.</summary>
    /// <exception cref="OperationFailedException">There is no experiment of that name.</exception>
    public static IReadOnlyList<Experiment> Choose(IEnumerable<string> names)
    {
        Experiment[] chosen =
        [
            .. names.Distinct().Select(name => All.FirstOrDefault(e => e.Name == name)
                ?? throw new OperationFailedException(
                    $"there is no experiment '{name}'", $"there are: {string.Join(", ", All.Select(e => e.Name))}")),
        ];
        return chosen.Length > 0 ? chosen : All;
    }
}
