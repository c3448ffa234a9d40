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
    private static readonly string[] s_counters = ["ListenOverflows", "ListenDrops", "TCPReqQFullDrop", "TCPReqQFullDoCookies", "TCPSynRetrans"];
    private static readonly int[] s_backlogs = [0, 1, 4, 16];

    /// <summary>Connects more clients than the queue holds, nobody accepting; then accepts, and waits for the rest.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // loopback alone
        List<string[]> rows = [];
        string[][] counted = [.. s_counters.Select(name => new string[1 + s_backlogs.Length])];
        for (int i = 0; i < s_backlogs.Length; i++)
        {
            int backlog = s_backlogs[i];
            using Descriptor listener = Listener.OpenTcp(SocketAddress.From(System.Net.IPAddress.Loopback, 0), backlog, configure: null, out SocketAddress address);
            Dictionary<string, long> before = NetstatCounters.Read();
            (int connected, long? dropped, int slowestMs, long sentAgain) = Fill(listener.Value, address);
            Dictionary<string, long> after = NetstatCounters.Read();
            rows.Add([Text(backlog), Text(connected), Text(dropped), Text(slowestMs), Text(sentAgain)]);
            foreach ((string[] row, string name) in counted.Zip(s_counters))
            {
                row[0] = name;
                row[1 + i] = Text(NetstatCounters.Moved(before, after, name));
            }
        }

        return
        [
            Explain(new(Name, "full queue", "",
                $"Connect {Clients} clients while nobody accepts, count those connected after {SettleMs} ms; then accept, and wait for the others.", [], [])
            {
                Facts = new(["backlog", "connected", "syns_dropped", "slowest_ms", "syns_sent_again"], rows),
            }),
            Count(new(Name, "kernel counters", "",
                "What the counters of this network namespace (nstat TcpExt...) moved by from the first SYN until the last client was in.", [], [])
            {
                Facts = new(["counter", .. s_backlogs.Select(backlog => $"backlog_{backlog}")], counted),
            }),
        ];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        string[][] rows = [.. result.Facts!.Rows];
        string[]? full = rows.LastOrDefault(row => row[1] != Clients.ToString(CultureInfo.InvariantCulture));
        return result with
        {
            Meaning = "With nobody accepting, " + string.Join(", ", rows.Select(row => $"a backlog of {row[0]} let {row[1]} of {Clients} in")) + ". "
                + (full is null ? "No queue was full." : $"The others' SYNs were dropped without a word (the kernel counted {full[2]} in {SettleMs} ms), "
                    + $"and their clients tried again a second later: with a backlog of {full[0]} the slowest waited {full[3]} ms, and TCP_INFO of the clients tells of {full[4]} SYNs sent again."),
            Textbook = "Textbooks call the backlog the greatest number of pending connections; Linux admits one more. A client past it sees no refusal, only a slow connect.",
        };
    }

    /// <summary>Says what the kernel's counters mean.</summary>
    public static ExperimentResult Count(ExperimentResult result)
    {
        string[] most = [.. result.Facts!.Rows.Select(row => row[1])];
        return result with
        {
            Meaning = $"With a backlog of {s_backlogs[0]} the full accept queue was met {most[0]} times (ListenOverflows), and {most[1]} SYNs or last ACKs of a handshake were dropped for "
                + $"this or another reason (ListenDrops); {most[3]} SYNs found the queue of half-open connections full as well (TCPReqQFullDoCookies; TCPReqQFullDrop where cookies are off: {most[2]}). "
                + $"SYNs were sent again {most[4]} times (TCPSynRetrans). The counters are those of everything in the namespace.",
        };
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static (int Connected, long? Dropped, int SlowestMs, long SentAgain) Fill(int listener, SocketAddress address)
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
            return (connected, dropped, (int)((connectedNs.Max() - begin) / 1_000_000), clients.Sum(client => TcpInfo.Read(client.Value).Retransmits));
        }
        finally
        {
            Array.ForEach(clients, client => client?.Dispose());
        }
    }

    /// <summary>Notes when each client is connected, until all are or the time is over; accepts all the while if told to.</summary>
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
