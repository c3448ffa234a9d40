using NetTools.EpollEcho.Serve;
using NetTools.Sockets;

namespace NetTools.EpollEcho.Load;

/// <summary>The checked settings of a load run.</summary>
/// <param name="Targets">Where to connect: every address of the name, in turn.</param>
internal sealed record LoadSettings(params SocketAddress[] Targets)
{
    /// <summary>The target as the user wrote it.</summary>
    public string Name { get; init; } = "";

    /// <summary>Connections open at once.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Requests in all, or 0 to go by <see cref="DurationNs"/>.</summary>
    public long Requests { get; init; }

    /// <summary>How long to send requests, nanoseconds; counts when <see cref="Requests"/> is 0.</summary>
    public long DurationNs { get; init; }

    /// <summary>Bytes of an echo request, of a datagram, of a generated body.</summary>
    public RequestSizes Sizes { get; init; } = new(64, 64, 0);

    /// <summary>Requests per second in all, for the open loop; 0 for the closed one.</summary>
    public double Rate { get; init; }

    /// <summary>The protocol of the server.</summary>
    public Protocol Protocol { get; init; }

    /// <summary>What an HTTP request holds.</summary>
    public HttpRequestSettings Http { get; init; } = new();

    /// <summary>Requests under way at a time on each connection.</summary>
    public int Pipeline { get; init; } = 1;

    /// <summary>A connection for each request.</summary>
    public bool Reconnect { get; init; }

    /// <summary>A connection that was lost stays lost.</summary>
    public bool NoReopen { get; init; }

    /// <summary>Nanoseconds to keep all connections open and idle after the last answer.</summary>
    public long HoldNs { get; init; }

    /// <summary>UDP instead of TCP.</summary>
    public bool Udp { get; init; }

    /// <summary>
    /// UDP: datagrams of a socket leave and come joined (UDP_SEGMENT, UDP_GRO), the kernel cuts them; all of one size.
    /// </summary>
    public bool Joined { get; init; }

    /// <summary>UDP to a multicast group: the interface to send by; 0 lets the routing table choose.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>UDP to a multicast group: how many routers a datagram may pass.</summary>
    public int Hops { get; init; } = 1;

    /// <summary>Connections to open per second; 0 for as fast as possible.</summary>
    public double Ramp { get; init; }

    /// <summary>Nanoseconds without an answer after which a connection is given up.</summary>
    public long TimeoutNs { get; init; } = 10_000_000_000;

    /// <summary>Wall clock before which no request is sent, nanoseconds since 1970; 0 to begin at once.</summary>
    public long StartAtNs { get; init; }

    /// <summary>The histogram of each second is kept, to be logged at the end.</summary>
    public bool KeepHistograms { get; init; }

    /// <summary>How many processes share the work.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Which of them this one is, from 0.</summary>
    public int Process { get; init; }

    /// <summary>The processes' requests are due in turn: this one's so much of the time between two of its own later.</summary>
    public double Stagger => (double)Process / Processes;

    /// <summary>The number of the first source address in 127.0.0.0/8.</summary>
    public int FirstSource { get; init; }

    /// <summary>The part of the work that falls to one of the <see cref="Processes"/>.</summary>
    /// <param name="process">Which, from 0.</param>
    public LoadSettings ShareOf(int process)
    {
        long before = Split(Connections, process);
        long after = Split(Connections, process + 1);
        double part = (double)(after - before) / Connections;
        return this with
        {
            Process = process,
            Connections = (int)(after - before),
            // With connections that stay, each has its requests; without, the processes have.
            Requests = Reconnect ? Split(Requests, process + 1) - Split(Requests, process)
                : (long)((Int128)Requests * after / Connections) - (long)((Int128)Requests * before / Connections),
            Rate = Rate * part,
            Ramp = Ramp * part,
            Sizes = Sizes.Of(process),
            FirstSource = FirstSource + process,
        };
    }

    /// <summary>
    /// Requests that are due when the run is not cut short, as far as that is known: a closed loop by time owes none.
    /// </summary>
    /// <param name="seen">Requests that came to an end.</param>
    public long DueAtLeast(long seen) =>
        Math.Max(seen, Requests > 0 ? Requests : (long)Math.Ceiling((DurationNs * Rate / 1e9) - Stagger));

    /// <summary>How much of a whole the processes before this one have.</summary>
    private long Split(long whole, int process) => (long)((Int128)whole * process / Processes);
}
