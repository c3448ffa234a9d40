using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_REUSEPORT, socket(7): how the kernel spreads connections over listeners, and what a closing listener does to its queue.
/// </summary>
internal static unsafe class Reuseport
{
    public const string Name = "reuseport";
    private const int Listeners = 4;
    private const int Connections = 4000;
    private const int Queued = 200;
    private const int SettleMs = 200;

    /// <summary>Counts connections by listener, then closes a listener that has some waiting.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        // Loopback alone, and nothing is timed.
        return [Spread(lab.Settings.Confidence), CloseOne()];
    }

    /// <summary>Says whether the counts are even.</summary>
    /// <param name="result">What was done.</param>
    /// <param name="counts">Connections by listener.</param>
    /// <param name="confidence">Counts are uneven when chance would make them so in fewer cases than it leaves.</param>
    public static ExperimentResult Explain(
        ExperimentResult result, ReadOnlySpan<long> counts, double confidence = MedianEstimate.UsualConfidence)
    {
        ChiSquared test = ChiSquared.Evenness(counts);
        string numbers = string.Create(CultureInfo.InvariantCulture,
            $"chi-squared {test.Statistic:0.00} with {test.DegreesOfFreedom} degrees of freedom, p = {test.PValue:0.000}");
        return result with
        {
            Meaning = $"{counts.Length} listeners took {string.Join(", ", counts.ToArray())} connections: {numbers}, "
                + (test.PValue >= 1 - confidence ? "as even as chance makes it." : "less even than chance would make it.")
                + " The kernel picks by a hash of addresses and ports; it knows nothing of load.",
            Textbook = "Textbooks call this load balancing. It balances numbers of connections, not work.",
        };
    }

    private static ExperimentResult Spread(double confidence)
    {
        Descriptor[] listeners = Open();
        try
        {
            long[] counts = new long[listeners.Length];
            SocketAddress address = Listener.LocalAddress(listeners[0].Value);
            for (int i = 0; i < Connections; i++)
            {
                using Descriptor client = ConnectedPair.Connect(address);
                SocketOptions.ResetOnClose(client.Value);
                counts[AcceptAny(listeners)]++;
            }

            return Explain(new(Name, "spread", "", $"Connect {Connections} times to {Listeners} listeners on one port.", [], [])
            {
                Facts = new(["listener", "connections"], [.. counts.Select((count, i) => (Fact[])[i + 1, count])]),
            }, counts, confidence);
        }
        finally
        {
            Array.ForEach(listeners, listener => listener.Dispose());
        }
    }

    private static ExperimentResult CloseOne()
    {
        Descriptor[] listeners = Open();
        List<Descriptor> clients = [];
        try
        {
            SocketAddress address = Listener.LocalAddress(listeners[0].Value);
            for (int i = 0; i < Queued; i++)
            {
                clients.Add(ConnectedPair.Connect(address));
                SocketOptions.ResetOnClose(clients[^1].Value);
            }

            listeners[0].Dispose();
            Thread.Sleep(SettleMs);
            int accepted = 0;
            foreach (Descriptor listener in listeners.Skip(1))
            {
                for (int connection; (connection = accept4(listener.Value, null, null, SOCK_CLOEXEC)) >= 0; accepted++)
                {
                    close(connection);
                }
            }

            int reset = clients.Count(client => WasReset(client.Value));
            return new(Name, "closed", "",
                $"Let {Queued} connections wait in the queues of {Listeners} listeners, close one, accept at the others.", [], [])
            {
                Facts = new(["connections", "count"], [["made", Queued], ["accepted by the others", accepted], ["reset", reset]]),
                Meaning = $"Of {Queued} established connections {reset} were reset: those that waited in the closed listener's "
                    + $"queue. "
                    + (accepted + reset == Queued ? "None moved to another listener." : "")
                    + " A server that closes one of its listeners must accept what waits first, or set net.ipv4.tcp_migrate_req.",
            };
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            Array.ForEach(listeners, listener => listener.Dispose());
        }
    }

    private static Descriptor[] Open()
    {
        var listeners = new Descriptor[Listeners];
        int port = 0;
        for (int i = 0; i < Listeners; i++)
        {
            listeners[i] = Listener.OpenTcp(SocketAddress.From(System.Net.IPAddress.Loopback, port), Queued,
                socket => SocketOption.ReusePort.Set(socket, true), out SocketAddress bound);
            port = bound.Port;
        }

        return listeners;
    }

    private static int AcceptAny(Descriptor[] listeners)
    {
        while (true)
        {
            for (int i = 0; i < listeners.Length; i++)
            {
                int connection = accept4(listeners[i].Value, null, null, SOCK_CLOEXEC);
                if (connection >= 0)
                {
                    SocketOptions.ResetOnClose(connection);
                    close(connection);
                    return i;
                }
            }
        }
    }

    private static bool WasReset(int socket)
    {
        byte one;
        return (nint)recv(socket, &one, 1, MSG_DONTWAIT) < 0 && Errno.Last == ECONNRESET;
    }

}
