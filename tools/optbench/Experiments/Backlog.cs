using System.Globalization;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>The backlog of listen(2): what a full accept queue does to clients.</summary>
internal static unsafe class Backlog
{
    public const string Name = "backlog";
    private const int Clients = 12;
    private const int SettleMs = 300;
    private const int PatienceMs = 8_000;
    private static readonly string[] s_counters =
        ["ListenOverflows", "ListenDrops", "TCPReqQFullDrop", "TCPReqQFullDoCookies", "TCPSynRetrans"];
    private static readonly int[] s_backlogs = [0, 1, 4, 16];

    /// <summary>What one backlog did.</summary>
    /// <param name="Backlog">As given to listen(2).</param>
    /// <param name="Connected">Clients connected while nobody accepted.</param>
    /// <param name="Dropped">SYNs and last ACKs that the kernel dropped meanwhile; null where it does not count them.</param>
    /// <param name="SlowestMs">Until the last client was connected; null when one never was.</param>
    /// <param name="SentAgain">SYNs that the clients had to repeat.</param>
    /// <param name="Counters">How far each of the kernel's counters moved.</param>
    internal sealed record Filled(int Backlog, int Connected, long? Dropped, long? SlowestMs, long SentAgain, long?[] Counters);

    /// <summary>Connects more clients than the queue holds, nobody accepting; then accepts, and waits for the rest.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        List<Filled> filled = [];
        foreach (int backlog in s_backlogs)
        {
            if (lab.StopRequested)
            {
                throw new InterruptedException();
            }

            using Descriptor listener = Listener.OpenTcp(
                SocketAddress.From(System.Net.IPAddress.Loopback, 0), backlog, configure: null, out SocketAddress address);
            Dictionary<string, long> before = NetstatCounters.Read();
            (int connected, long? dropped, long? slowestMs, long sentAgain) = Fill(listener.Value, address);
            Dictionary<string, long> after = NetstatCounters.Read();
            filled.Add(new(backlog, connected, dropped, slowestMs, sentAgain,
                [.. s_counters.Select(name => NetstatCounters.Moved(before, after, name))]));
        }

        return [Explain(filled), Count(filled)];
    }

    /// <summary>Says what the clients saw.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Filled> filled)
    {
        Filled? full = filled.LastOrDefault(one => one.Connected < Clients);
        string slowest = full?.SlowestMs is long ms ? $"waited {ms} ms" : $"was not connected within {PatienceMs / 1000} s";
        return new(Name, "full queue", "",
            $"Connect {Clients} clients while nobody accepts and count those connected after {SettleMs} ms; then accept, and "
                + $"wait for the others.", [], [])
        {
            Facts = new(["backlog", "connected", "syns_dropped", "slowest_ms", "syns_sent_again"],
                [.. filled.Select(one => (Fact[])[one.Backlog, one.Connected, one.Dropped, one.SlowestMs, one.SentAgain])]),
            Meaning = "With nobody accepting, " + string.Join(
                ", ", filled.Select(one => $"a backlog of {one.Backlog} let {one.Connected} of {Clients} in")) + ". "
                + (full is null ? "No queue was full."
                    : $"The other SYNs were dropped without a "
                        + $"word{(full.Dropped is long dropped ? $" (the kernel counted {dropped} in {SettleMs} ms)" : "")}, "
                    + $"and their clients tried again a second later: with a backlog of {full.Backlog} the slowest {slowest}, "
                        + $"and the clients sent {full.SentAgain} SYNs again."),
            Textbook = "Textbooks call the backlog the greatest number of pending connections; Linux admits one more. A client "
                + "past it sees no refusal, only a slow connect.",
        };
    }

    /// <summary>Says what the kernel's counters mean.</summary>
    public static ExperimentResult Count(IReadOnlyList<Filled> filled)
    {
        string[] most = [.. filled[0].Counters.Select(
            count => count?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of")];
        return new(Name, "kernel counters", "",
            "How far the counters of this network namespace (nstat TcpExt...) moved from the first SYN until the last client "
                + "was in.", [], [])
        {
            Facts = new(["counter", .. filled.Select(one => $"backlog_{one.Backlog}")],
                [.. s_counters.Select((name, i) => (Fact[])[name, .. filled.Select(one => (Fact)one.Counters[i])])]),
            Meaning = $"With a backlog of {filled[0].Backlog} the accept queue was found full {most[0]} times "
                + $"(ListenOverflows), and {most[1]} SYNs or last ACKs of a handshake were "
                + $"dropped for this or another reason (ListenDrops); {most[3]} SYNs found the queue of half-open connections "
                    + $"full as well (TCPReqQFullDoCookies; TCPReqQFullDrop where "
                + $"cookies are off: {most[2]}). SYNs were sent again {most[4]} times (TCPSynRetrans). The counters include "
                    + $"everything else in the namespace.",
        };
    }

    private static (int Connected, long? Dropped, long? SlowestMs, long SentAgain) Fill(int listener, SocketAddress address)
    {
        Dictionary<string, long> before = NetstatCounters.Read();
        var clients = new Descriptor[Clients];
        var connectedNs = new long[Clients];
        long begin = Clock.Nanoseconds;
        try
        {
            for (int i = 0; i < Clients; i++)
            {
                SocketAddress to = address;
                clients[i] = Descriptor.Open(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "creating a socket");
                if (connect(clients[i].Value, SocketAddress.Pointer(ref to), to.Length) < 0 && Errno.Last != EINPROGRESS)
                {
                    throw new LibcException($"connecting to {address}", Errno.Last);
                }
            }

            Watch(clients, connectedNs, begin + (SettleMs * 1_000_000L), null);
            int connected = connectedNs.Count(time => time != 0);
            long? dropped = NetstatCounters.Moved(before, NetstatCounters.Read(), "ListenDrops");
            Watch(clients, connectedNs, begin + (PatienceMs * 1_000_000L), listener);
            return (connected, dropped, connectedNs.Contains(0) ? null : (connectedNs.Max() - begin) / TimeUnits.Millisecond,
                clients.Sum(client => TcpInfo.Read(client.Value).Retransmits));
        }
        finally
        {
            Array.ForEach(clients, client => client?.Dispose());
        }
    }

    /// <summary>
    /// Notes when each client is connected, until all are or the time is over; accepts meanwhile where there is a listener.
    /// </summary>
    private static void Watch(Descriptor[] clients, long[] connectedNs, long deadline, int? listener)
    {
        while (Clock.Nanoseconds < deadline && connectedNs.Contains(0))
        {
            for (int i = 0; i < clients.Length; i++)
            {
                pollfd writable = new() { fd = clients[i].Value, events = POLLOUT };
                if (connectedNs[i] == 0 && poll(&writable, 1, 0) == 1)
                {
                    connectedNs[i] = Clock.Nanoseconds;
                }
            }

            if (listener is int descriptor)
            {
                for (int connection; (connection = accept4(descriptor, null, null, SOCK_CLOEXEC)) >= 0;)
                {
                    close(connection);
                }
            }

            Thread.Sleep(1);
        }
    }
}
