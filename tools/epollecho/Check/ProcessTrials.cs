using NetTools.Os;

namespace NetTools.EpollEcho.Check;

/// <summary>What 10,000 clients, one after the other, left behind in the server.</summary>
/// <param name="Failure">What a client met, or null.</param>
/// <param name="Before">Descriptors open before, or null when they may not be read.</param>
/// <param name="After">Descriptors open after.</param>
/// <param name="KiB">Its memory after 2,000, 6,000 and 10,000 clients.</param>
internal sealed record Churn(string? Failure, int? Before, int After, long[] KiB);

/// <summary>Trials that look at the server's process, or start it again.</summary>
internal static class ProcessTrials
{
    private const int Clients = 10_000;

    public static Seen Descriptors(Subject subject)
    {
        Churn churn = subject.Churn ??= Pass(subject);
        return churn switch
        {
            { Before: null } => new(null, "not tried: the descriptors of that process may not be read: run check as its user"),
            { Failure: string failure } => new(false, failure),
            // Clients of earlier trials may have been closed meanwhile.
            _ => new(churn.After <= churn.Before + 8,
                $"{churn.Before} descriptors open before {Clients:N0} clients, {churn.After} after them"),
        };
    }

    public static Seen Memory(Subject subject)
    {
        const int Growth = 1024; // KiB for 4,000 clients: 262 bytes each
        Churn churn = subject.Churn ??= Pass(subject);
        if (churn.Failure is string failure)
        {
            return new(false, failure);
        }

        // Twice, for one step may be the allocator's.
        bool grows = churn.KiB[1] - churn.KiB[0] > Growth && churn.KiB[2] - churn.KiB[1] > Growth;
        return new(!grows,
            $"{churn.KiB[0]:N0} KiB after 2,000 clients, {churn.KiB[1]:N0} after 6,000, {churn.KiB[2]:N0} after 10,000");
    }

    public static Seen Rest(Subject subject)
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
        return new(percent < 10, FormattableString.Invariant($"{percent:F0} % of a CPU wanted with nothing to do"));
    }

    public static Seen OutOfDescriptors(Subject subject)
    {
        const int Room = 20;
        if (subject.Process!.Descriptors() is not int open
            || subject.Process.LimitDescriptors((ulong)(open + Room)) is not ulong limit)
        {
            return new(null, "not tried: the limit of that process may not be set: run check as its user");
        }

        List<EchoPeer> peers = [];
        try
        {
            for (int i = 0; i < 3 * Room; i++)
            {
                peers.Add(subject.Connect(letters: true));
                _ = peers[^1].AwaitConnected(200);
                _ = peers[^1].Send(16);
            }

            double before = subject.Process.CpuSeconds() ?? 0;
            Thread.Sleep(300);
            double busy = ((subject.Process.CpuSeconds() ?? before) - before) / 0.3;
            foreach (EchoPeer peer in peers)
            {
                peer.Receive();
            }

            if (!subject.Process.Lives)
            {
                return new(false, $"with {3 * Room} clients and room for {Room} descriptors the server ended");
            }

            // Those that were served go; those that wait are to be served now, without another one coming.
            int first = peers.RemoveAll(Served);
            int others = peers.Count;
            long deadline = Clock.Nanoseconds + (Subject.PatienceMs * 1_000_000L);
            while (peers.Count > 0 && Clock.Nanoseconds < deadline)
            {
                Thread.Sleep(10);
                foreach (EchoPeer peer in peers)
                {
                    _ = peer.Sent == 0 ? peer.Send(16) : 0;
                    peer.Receive();
                }

                peers.RemoveAll(Served);
            }

            string spun = busy > 0.5 ? FormattableString.Invariant($"; it used {100 * busy:F0} % of a CPU meanwhile") : "";
            return new(peers.Count == 0, $"{first} of {3 * Room} clients were served at first, {others - peers.Count} of the "
                + $"{others} others as those went{spun}");
        }
        finally
        {
            _ = subject.Process.LimitDescriptors(limit);
            peers.ForEach(peer => peer.Dispose());
        }
    }

    public static Seen Restarts(Subject subject)
    {
        ServerCommand command = subject.Command!;
        List<EchoPeer> peers = [];
        try
        {
            for (int i = 0; i < 5; i++)
            {
                peers.Add(subject.Connect(letters: true));
                _ = peers[^1].Exchange(16, 16);
            }

            // The server closes first, and its side of each connection stays for a minute: TIME_WAIT.
            command.Stop();
            peers.ForEach(peer => peer.AwaitEnd(500));
            peers.ForEach(peer => peer.Dispose());
            Thread.Sleep(50);
            string? why = command.TryStart(3000, listening: 1);
            if (why is not null)
            {
                command.Stop();
                bool other = AwaitQuietPort(command);
                string taken = other ? "" : " (the port stays taken)";
                return new(false, $"started again at once, with clients connected before: {why}{taken}");
            }

            bool served = subject.Serves(out string seen);
            return new(served, $"started again at once: {seen}");
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    public static Seen Instances(Subject subject)
    {
        const int Count = 4;
        const int Connections = 400;
        ServerCommand command = subject.Command!;
        try
        {
            int each = command.Listening;
            for (int i = 1; i < Count; i++)
            {
                if (command.TryStart(3000, each * (i + 1)) is string why)
                {
                    return new(false, $"a second instance on the port: {why}");
                }
            }

            return Share(subject, command, Connections);
        }
        finally
        {
            command.Stop(keep: 1);
        }
    }

    /// <summary>Lets a client go that has its answer.</summary>
    private static bool Served(EchoPeer peer)
    {
        bool served = peer.Sent > 0 && peer.Whole;
        if (served)
        {
            peer.Dispose();
        }

        return served;
    }

    private static Seen Share(Subject subject, ServerCommand command, int connections)
    {
        List<EchoPeer> peers = [];
        try
        {
            int[] before = [.. command.All.Select(process => process.DescriptorsOfAll() ?? 0)];
            for (int i = 0; i < connections; i++)
            {
                peers.Add(subject.Connect(letters: true));
                if (!peers[^1].Exchange(16, 16))
                {
                    return new(false, $"client {i + 1} of {connections}: {peers[^1].Describe()}");
                }
            }

            int[] got = [.. command.All.Select((process, i) => (process.DescriptorsOfAll() ?? 0) - before[i])];
            // The kernel chooses by a hash: 25 % each, give or take 2.2.
            bool even = got.All(share => share >= got.Sum() * 0.15);
            return new(even, $"{connections} connections over {got.Length} instances: {string.Join(", ", got)} descriptors");
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    private static bool AwaitQuietPort(ServerCommand command)
    {
        for (int i = 0; i < 10 && command.Listening > 0; i++)
        {
            Thread.Sleep(50);
        }

        return command.Listening == 0;
    }

    private static Churn Pass(Subject subject)
    {
        ServerProcess process = subject.Process!;
        int? before = process.Descriptors();
        List<long> kib = [];
        for (int i = 0; i < Clients; i++)
        {
            using EchoPeer peer = subject.Connect();
            if (!peer.Exchange(16, 16))
            {
                return new(
                    $"client {i + 1:N0} of {Clients:N0}, one after the other: {peer.Describe()}", before, 0, []);
            }

            if (i + 1 is 2000 or 6000 or Clients)
            {
                Thread.Sleep(50);
                kib.Add(process.ResidentKiB() ?? 0);
            }
        }

        int after = before ?? 0;
        for (int tries = 0; tries < 40 && (after = process.Descriptors() ?? 0) > before; tries++)
        {
            Thread.Sleep(50);
        }

        return new(null, before, after, [.. kib]);
    }
}
