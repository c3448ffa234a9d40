using NetTools.Os;

namespace NetTools.EpollEcho.Check;

/// <summary>
/// What a right echo server does, from the simple to the hard.
/// The first trial that fails names the fault; later ones may fail with it.
/// </summary>
internal static class Trials
{
    private const int BurstBytes = 200_000;
    private const int ManyConnections = 900;

    /// <summary>All trials, in their order.</summary>
    public static IReadOnlyList<Trial> All { get; } =
    [
        new("answers",
            "it does not send back what it read, or waits for a line or a number of bytes first",
            "accept(2), read(2), write(2)", false, Answers),
        new("bytes",
            "it treats the bytes as text: strlen and printf stop at a zero byte; or its buffer has the wrong length",
            "read(2), string(3)", false, Bytes),
        new("pieces",
            "it takes one read for one message: TCP has no messages, a read returns what has come so far",
            "tcp(7), read(2)", false, Pieces),
        new("several-buffers",
            "edge-triggered, it reads once per event: read until EAGAIN, for no new event comes for what is left",
            "epoll(7)", false, SeveralBuffers),
        new("resets",
            "a client that vanishes ends it: ignore SIGPIPE (or MSG_NOSIGNAL), and close that one connection on an error",
            "signal(7), send(2)", false, Resets),
        new("silent-clients",
            "it waits for one client (a blocking read, or one client after the other), and the others wait with it",
            "epoll(7), fcntl(2)", false, SilentClients),
        new("many-at-once",
            "edge-triggered, it accepts once per event: accept until EAGAIN; or the backlog of listen is short",
            "accept(2), epoll(7), listen(2)", false, ManyAtOnce),
        new("others-go-on",
            "one slow reader blocks everybody: a blocking write, or a loop that tries again at EAGAIN",
            "write(2), fcntl(2)", false, OthersGoOn),
        new("nothing-lost",
            "it throws away what write did not take: keep the rest and send it later",
            "write(2), epoll(7)", false, NothingLost),
        new("goes-on-when-there-is-room",
            "it keeps what write did not take, and never sends it: ask for EPOLLOUT, and read again once it is sent",
            "epoll(7), epoll_ctl(2)", false, GoesOn),
        new("long",
            "what write did not take is lost or forgotten, or something is still unread when the last event is handled",
            "epoll(7)", false, Long),
        new("half-close-answered",
            "it closes as soon as the client has sent its end, before all is answered",
            "shutdown(2), epoll(7)", false, HalfCloseAnswered),
        new("half-close-ends",
            "it does not close when read returns 0",
            "read(2), close(2)", false, HalfCloseEnds),
        new("descriptors",
            "it does not close its side of finished connections",
            "close(2), proc(5)", true, Descriptors),
        new("rest",
            "it spins: EPOLLOUT is always asked for, an error is not handled, or a loop tries again at EAGAIN",
            "epoll(7)", true, Rest),
    ];

    private static Seen Answers(Subject subject) => new(subject.Serves(out string seen), seen);

    private static Seen Bytes(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        foreach (int size in (ReadOnlySpan<int>)[1, 2, 3, 100, 255, 500, 1000])
        {
            if (!peer.Exchange(size, size))
            {
                return new(false, $"a message of {size:N0} bytes: {peer.Describe()}");
            }
        }

        return new(true, $"{peer.Received:N0} bytes of every value, in messages of 1 to 1,000, came back");
    }

    private static Seen Pieces(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        // Not more than 250 bytes at a time: about servers that leave something in the kernel is the next trial.
        foreach (int piece in (ReadOnlySpan<int>)[1, 7, 100, 249, 250])
        {
            for (int i = 0; i < 8; i++)
            {
                if (!peer.Exchange(250, piece))
                {
                    return new(false, $"250 bytes in pieces of {piece}: {peer.Describe()}");
                }
            }
        }

        return new(true, $"{peer.Received:N0} bytes in pieces of 1 to 250 came back");
    }

    private static Seen SeveralBuffers(Subject subject)
    {
        // Room for the whole echo, so that a server that does not wait for room is not found wrong here.
        using EchoPeer peer = subject.Connect(receiveBuffer: 1_000_000);
        bool whole = peer.AwaitConnected() && peer.Exchange(BurstBytes, 65_536);
        return new(whole, $"{BurstBytes:N0} bytes in one burst, then silence: {peer.Describe()}");
    }

    private static Seen Long(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        bool whole = peer.Exchange(10_000_000, 65_536);
        return new(whole, $"10,000,000 bytes while the echo was read: {peer.Describe()}");
    }

    private static Seen SilentClients(Subject subject)
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

    private static Seen ManyAtOnce(Subject subject)
    {
        int count = Math.Min(ManyConnections, subject.MostConnections);
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

    private static Seen OthersGoOn(Subject subject)
    {
        using EchoPeer slow = SlowReader(subject);
        bool served = subject.Serves(out string seen);
        return new(served, $"while a client had sent {slow.Sent:N0} bytes and read none, {seen}");
    }

    private static Seen NothingLost(Subject subject)
    {
        using EchoPeer slow = SlowReader(subject);
        _ = slow.Exchange(0, 1) || slow.Exchange(1000, 1000); // bytes that come in the place of lost ones show them
        // One that keeps all and says nothing more has lost nothing; the next trial is about that.
        bool lost = slow.FirstWrong >= 0 || slow.Over;
        return new(!lost, $"a client that first read nothing: {slow.Describe()}");
    }

    private static Seen GoesOn(Subject subject)
    {
        using EchoPeer slow = SlowReader(subject);
        long before = slow.Sent;
        bool whole = slow.Exchange(0, 1) && slow.Exchange(100_000, 65_536);
        return new(whole, $"a client that read nothing until {before:N0} bytes were sent: {slow.Describe()}");
    }

    private static Seen HalfCloseAnswered(Subject subject)
    {
        long total = 0;
        for (int i = 0; i < 30; i++)
        {
            // The end follows the bytes at once, so that often both are there when the server looks.
            using EchoPeer peer = subject.Connect(receiveBuffer: 1_000_000);
            _ = peer.AwaitConnected();
            int bytes = i % 2 == 0 ? 1000 : 60_000;
            while (peer.Sent < bytes && !peer.Over && peer.Send(bytes - (int)peer.Sent) > 0)
            {
            }

            peer.FinishSending();
            _ = peer.Exchange(0, 1);
            total += peer.Received;
            if (!peer.Whole || peer.Error is not null || peer.Sent < bytes)
            {
                return new(false, $"after the client's end {peer.Describe()}");
            }
        }

        return new(true, $"{total:N0} bytes of 30 clients came back after their end");
    }

    private static Seen HalfCloseEnds(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        if (!peer.Exchange(1000, 1000))
        {
            return new(false, peer.Describe());
        }

        peer.FinishSending();
        peer.AwaitEnd();
        return new(peer.Ended, peer.Ended ? "the server closed after the client's end"
            : $"after the client's end the server did not close for {Subject.PatienceMs / 1000} s");
    }

    private static Seen Resets(Subject subject)
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

    private static Seen Descriptors(Subject subject)
    {
        const int Count = 1000;
        if (subject.Process!.Descriptors() is not int before)
        {
            return new(null, "not tried: the descriptors of that process may not be read: run check as its user");
        }

        for (int i = 0; i < Count; i++)
        {
            using EchoPeer peer = subject.Connect();
            if (!peer.Exchange(16, 16))
            {
                return new(false, $"client {i + 1:N0} of {Count:N0}, one after the other: {peer.Describe()}");
            }
        }

        int after = before;
        for (int tries = 0; tries < 40 && (after = subject.Process.Descriptors() ?? before) > before; tries++)
        {
            Thread.Sleep(50);
        }

        // Clients of earlier trials may have been closed meanwhile.
        return new(after <= before + 8, $"{before} descriptors open before {Count:N0} clients, {after} after them");
    }

    private static Seen Rest(Subject subject)
    {
        using EchoPeer idle = subject.Connect();
        using EchoPeer ended = subject.Connect();
        _ = idle.Exchange(1000, 1000);
        _ = ended.Exchange(1000, 1000);
        ended.FinishSending();
        Thread.Sleep(300);
        if (subject.Process!.CpuSeconds() is not double before)
        {
            return new(false, "the server had ended");
        }

        long begun = Clock.Nanoseconds;
        Thread.Sleep(1000);
        double used = (subject.Process.CpuSeconds() ?? before) - before;
        double percent = 100 * used / ((Clock.Nanoseconds - begun) / 1e9);
        return new(percent < 5, FormattableString.Invariant($"{percent:F0} % of a CPU used with nothing to do"));
    }
}
