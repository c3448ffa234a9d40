using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary>Trials of one client at a time: what it sends comes back, and its end is answered.</summary>
internal static class ByteTrials
{
    private const int BurstBytes = 200_000;

    public static Seen Answers(Subject subject) => new(subject.Serves(out string seen), seen);

    public static Seen Bytes(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        foreach (int size in (ReadOnlySpan<int>)[1, 2, 3, 100, 255, 500, 1000])
        {
            if (!peer.Exchange(size, size))
            {
                return new(false, $"a message of {Figures.Count(size, "byte")}: {peer.Describe()}");
            }
        }

        return new(true, $"{Figures.Count(peer.Received, "byte")} of every value, in messages of 1 to 1,000, came back");
    }

    public static Seen Pieces(Subject subject)
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

        return new(true, $"{Figures.Count(peer.Received, "byte")} in pieces of 1 to 250 came back");
    }

    public static Seen SeveralBuffers(Subject subject)
    {
        // Room for the whole echo, so that a server that does not wait for room is not found wrong here.
        using EchoPeer peer = subject.Connect(receiveBuffer: 1_000_000);
        bool whole = peer.AwaitConnected() && peer.Exchange(BurstBytes, 65_536);
        return new(whole, $"{BurstBytes:N0} bytes in one burst, then silence: {peer.Describe()}");
    }

    public static Seen Long(Subject subject)
    {
        using EchoPeer peer = subject.Connect();
        bool whole = peer.Exchange(10_000_000, 65_536) && peer.Exchange(1_000_000, 9973) && peer.Exchange(100_000, 1000);
        return new(whole, $"10,000,000 bytes and more while the echo was read: {peer.Describe()}");
    }

    public static Seen HalfCloseAnswered(Subject subject)
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

    public static Seen HalfCloseEnds(Subject subject)
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
}
