using System.Net;
using NetTools.Os;
using NetTools.Terminal;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.EpollEcho.Check;

/// <summary>Trials of several clients: slow, silent, vanishing, flooding, and many at once.</summary>
internal static class CrowdTrials
{
    public static Seen SilentClients(Subject subject)
    {
        List<EchoPeer> silent = [];
        try
        {
            for (int i = 0; i < 50; i++)
            {
                silent.Add(subject.Connect());
                if (!silent[^1].Exchange(1, 1))
                {
                    return new(false, $"beside {i} silent clients a new one: {silent[^1].Describe()}");
                }
            }

            bool served = subject.Serves(out string seen);
            return new(served, $"beside 50 silent clients {seen}");
        }
        finally
        {
            silent.ForEach(peer => peer.Dispose());
        }
    }

    public static Seen ManyAtOnce(Subject subject) => AtOnce(subject, 1000);

    public static Seen TenThousand(Subject subject) => subject.MostConnections < 10_000
        ? new(null, $"not tried: this process may have {Figures.Count(subject.MostConnections, "connection")}: raise ulimit -n")
        : AtOnce(subject, 10_000);

    private static Seen AtOnce(Subject subject, int wanted)
    {
        int count = Math.Min(wanted, subject.MostConnections);
        List<EchoPeer> peers = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                peers.Add(subject.Connect());
            }

            // A connection that the backlog had no room for is tried again by the kernel after 1, 3 and 7 s.
            long deadline = Clock.Nanoseconds + 10_000_000_000;
            int answered = 0;
            while (answered < count && Clock.Nanoseconds < deadline)
            {
                answered = 0;
                foreach (EchoPeer peer in peers)
                {
                    if (peer.Sent == 0)
                    {
                        _ = peer.Send(16);
                    }

                    peer.Receive();
                    answered += peer.Sent > 0 && peer.Whole ? 1 : 0;
                }

                Thread.Sleep(1);
            }

            string? error = peers.Select(peer => peer.Error).FirstOrDefault(name => name is not null);
            string why = error is null ? "" : $"; {error}";
            return new(answered == count, $"{answered:N0} of {count:N0} clients that came at once were answered{why}");
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    /// <summary>A client that sends and does not read, until the kernel takes no more from it.</summary>
    private static EchoPeer SlowReader(Subject subject)
    {
        EchoPeer peer = subject.Connect(receiveBuffer: 8192);
        _ = peer.AwaitConnected();
        peer.Fill(64_000_000, quietMs: 500);
        return peer;
    }

    public static Seen OthersGoOn(Subject subject)
    {
        using EchoPeer slow = SlowReader(subject);
        bool served = subject.Serves(out string seen);
        return new(served, $"while a client had sent {Figures.Count(slow.Sent, "byte")} and read none, {seen}");
    }

    public static Seen NothingLost(Subject subject)
    {
        using EchoPeer slow = SlowReader(subject);
        _ = slow.Exchange(0, 1) || slow.Exchange(1000, 1000); // bytes that come in the place of lost ones show them
        // One that keeps all and says nothing more has lost nothing; the next trial is about that.
        bool lost = slow.FirstWrong >= 0 || slow.Over;
        return new(!lost, $"a client that first read nothing: {slow.Describe()}");
    }

    public static Seen GoesOn(Subject subject)
    {
        using EchoPeer slow = SlowReader(subject);
        long before = slow.Sent;
        bool whole = slow.Exchange(0, 1) && slow.Exchange(100_000, 65_536);
        return new(whole, $"a client that read nothing until {Figures.Count(before, "byte")} were sent: {slow.Describe()}");
    }

    public static Seen Resets(Subject subject)
    {
        const int Rounds = 90;
        for (int i = 0; i < Rounds; i++)
        {
            // One after the other: clients that come together are another trial.
            using EchoPeer peer = subject.Connect();
            if (!peer.Exchange(16, 16))
            {
                return new(false, $"after {i} clients vanished a new one: {peer.Describe()}");
            }

            switch (i % 3)
            {
                case 0:
                    // Bytes and end leave together: the first answer meets a reset, the second a broken pipe.
                    _ = peer.Send(30_000, held: true);
                    peer.Dispose();
                    break;
                case 1:
                    _ = peer.Send(65_536);
                    peer.Reset();
                    break;
                default:
                    _ = peer.Send(65_536);
                    Thread.Sleep(2);
                    peer.Dispose(); // with the echo unread close(2) sends a reset
                    break;
            }
        }

        Thread.Sleep(20);
        bool served = subject.Serves(out string seen);
        bool gone = subject.Process is { Lives: false };
        return new(served && !gone, $"after {Rounds} clients vanished {(gone ? "the server had ended" : seen)}");
    }

    /// <summary>Two clients send and read as fast as they can, while a third asks now and then.</summary>
    public static Seen Flood(Subject subject)
    {
        const int WorstMs = 1000;
        using FloodingClients flood = new(subject, count: 2);
        Thread.Sleep(200);
        double worst = 0;
        using EchoPeer peer = subject.Connect();
        for (int i = 0; i < 20; i++)
        {
            long begun = Clock.Nanoseconds;
            bool answered = peer.Exchange(16, 16, WorstMs);
            worst = Math.Max(worst, (Clock.Nanoseconds - begun) / 1e6);
            if (!answered)
            {
                return new(false, $"beside two clients that flood it another one: {peer.Describe(WorstMs)}");
            }

            Thread.Sleep(20);
        }

        return new(true, FormattableString.Invariant(
            $"beside two clients with {flood.Bytes / 1e6:N0} MB another one was answered within {worst:F0} ms"));
    }

    public static Seen IPv6(Subject subject)
    {
        if (!IPAddress.IsLoopback(subject.Address.Address))
        {
            return new(null, "not tried: it is for a server on this host");
        }

        List<string> seen = [];
        bool both = true;
        foreach (IPAddress address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            using EchoPeer peer = new(SocketAddress.From(address, subject.Address.Port), 99, 0, letters: true);
            bool served = peer.Exchange(64, 64, 1000);
            both &= served;
            seen.Add($"{address}: {(served ? "answered" : peer.Describe(1000))}");
        }

        return new(both, string.Join("; ", seen));
    }
}
