using System.Globalization;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.OptBench.Results;
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
    private static readonly int[] s_backlogs = [0, 1, 4, 16];

    /// <summary>Connects more clients than the queue holds, nobody accepting; then accepts, and waits for the rest.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // loopback alone
        List<string[]> rows = [];
        foreach (int backlog in s_backlogs)
        {
            using Descriptor listener = Listener.OpenTcp(SocketAddress.From(System.Net.IPAddress.Loopback, 0), backlog, configure: null, out SocketAddress address);
            rows.Add([.. new[] { backlog }.Concat(Fill(listener.Value, address)).Select(n => n.ToString(CultureInfo.InvariantCulture))]);
        }

        return
        [
            Explain(new(Name, "full queue", "",
                $"Connect {Clients} clients while nobody accepts, count those connected after {SettleMs} ms; then accept, and wait for the others.", [], [])
            {
                Facts = new(["backlog", "connected", "syns_dropped", "slowest_ms"], rows),
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
                + (full is null ? "No queue was full." : $"The others' SYNs were dropped without a word (the kernel counts them: nstat TcpExtListenDrops), "
                    + $"and their clients tried again a second later: with a backlog of {full[0]} the slowest waited {full[3]} ms."),
            Textbook = "Textbooks call the backlog the greatest number of pending connections; Linux admits one more. A client past it sees no refusal, only a slow connect.",
        };
    }

    private static int[] Fill(int listener, SocketAddress address)
    {
        long drops = Counter("ListenDrops");
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
            int dropped = (int)(Counter("ListenDrops") - drops);
            Watch(clients, connectedNs, begin + (PatienceMs * 1_000_000L), listener);
            return [connected, dropped, (int)((connectedNs.Max() - begin) / 1_000_000)];
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

    /// <summary>A counter of the TcpExt lines of /proc/net/netstat; 0 where there is none.</summary>
    private static long Counter(string name)
    {
        try
        {
            string[][] lines = [.. File.ReadLines("/proc/self/net/netstat").Where(line => line.StartsWith("TcpExt:", StringComparison.Ordinal)).Select(line => line.Split(' '))];
            int column = lines.Length == 2 ? Array.IndexOf(lines[0], name) : -1;
            return column > 0 ? long.Parse(lines[1][column], CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
