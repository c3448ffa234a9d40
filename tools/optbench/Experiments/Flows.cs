using System.Runtime.ExceptionServices;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>Bulk connections in either direction, driven by one poll loop. Moving bytes allocates nothing.</summary>
/// <param name="peer">The far end.</param>
internal sealed unsafe class Flows(Peer peer) : IDisposable
{
    /// <summary>The buffer that <see cref="Move"/> needs, bytes.</summary>
    public const int BufferBytes = 256 * 1024;

    private const int LongestWaitMs = 50;
    private const int Most = 64; // jobs of a server

    private readonly List<Flow> _flows = [];
    private readonly List<JobConnection> _owned = [];
    private long _silentSince;

    /// <summary>What a far end is asked to do.</summary>
    /// <param name="up">From us to it.</param>
    public static JobRequest Request(bool up) =>
        new(up ? JobKind.Sink : JobKind.Source, 1, 1, JobRequest.MostBytes, JobRequest.LongestMs);

    /// <summary>How many there are.</summary>
    public int Count => _flows.Count;

    /// <summary>Bytes that arrived over one since it was added: read here, or acknowledged by the far end.</summary>
    public long Arrived(int flow) => Volatile.Read(ref _flows[flow].Arrived);

    /// <summary>Bytes that arrived over all in one direction.</summary>
    public long Arrived(bool up) => _flows.Where(flow => flow.Up == up).Sum(flow => Volatile.Read(ref flow.Arrived));

    /// <summary>Adds a connection that stays the caller's.</summary>
    public void Add(int socket, bool up)
    {
        _flows.Add(new() { Socket = socket, Up = up, Acknowledged = up ? (long)TcpInfo.Read(socket).BytesAcked : 0 });
        _silentSince = Clock.Nanoseconds;
    }

    /// <summary>Opens connections, all at once: one after another they would take a few round trips each.</summary>
    /// <param name="down">Connections from the far end.</param>
    /// <param name="up">Connections to it.</param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>: when it gives up.</param>
    public void Open(int down, int up, long deadline)
    {
        JobConnection?[] opened = new JobConnection?[down + up];
        Exception? failure = null;
        Thread[] threads = [.. opened.Select((_, i) => new Thread(() =>
        {
            try
            {
                opened[i] = JobConnection.Open(peer, Request(up: i >= down), deadline: deadline);
            }
            catch (Exception e) // it is thrown again below
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        _owned.AddRange(opened.OfType<JobConnection>());
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        for (int i = 0; i < opened.Length; i++)
        {
            SocketOptions.ResetOnClose(opened[i]!.Socket);
            Add(opened[i]!.Socket, up: i >= down);
        }
    }

    /// <summary>Moves bytes over all.</summary>
    /// <param name="buffer">Of <see cref="BufferBytes"/>.</param>
    /// <param name="nanoseconds">How long.</param>
    /// <param name="bytes">It ends earlier once these are moved, but not before <paramref name="leastNs"/>.</param>
    /// <param name="leastNs">See there.</param>
    /// <exception cref="PeerLostException">The far end closed one, or was silent on all for too long.</exception>
    public void Move(byte* buffer, long nanoseconds, long bytes, long leastNs)
    {
        pollfd* wait = stackalloc pollfd[Most];
        int count = Math.Min(_flows.Count, Most);
        for (int i = 0; i < count; i++)
        {
            wait[i] = new() { fd = _flows[i].Socket, events = _flows[i].Up ? POLLOUT : POLLIN };
        }

        long begin = Clock.Nanoseconds;
        long now;
        long total = 0;
        do
        {
            _ = poll(wait, (uint)count, LongestWaitMs);
            for (int i = 0; i < count; i++)
            {
                if (wait[i].revents != 0)
                {
                    total += Step(_flows[i], buffer);
                }
            }

            now = Clock.Nanoseconds;
        }
        while (now - begin < nanoseconds && (total < bytes || now - begin < leastNs));
        Settle(now, total);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _owned.ForEach(connection => connection.Dispose());
        _owned.Clear();
        _flows.Clear();
    }

    private static long Step(Flow flow, byte* buffer)
    {
        nint moved = (nint)(flow.Up ? send(flow.Socket, buffer, BufferBytes, MSG_NOSIGNAL | MSG_DONTWAIT)
            : recv(flow.Socket, buffer, BufferBytes, MSG_DONTWAIT));
        if ((moved == 0 && !flow.Up) || (moved < 0 && Errno.Last is int errno && errno != EINTR && errno != EAGAIN))
        {
            throw new PeerLostException("moving bytes over several connections");
        }

        if (moved > 0 && !flow.Up)
        {
            Volatile.Write(ref flow.Arrived, flow.Arrived + moved);
        }

        return Math.Max(moved, 0);
    }

    private void Settle(long now, long total)
    {
        foreach (Flow flow in _flows)
        {
            if (flow.Up)
            {
                long acknowledged = (long)TcpInfo.Read(flow.Socket).BytesAcked - flow.Acknowledged;
                total += acknowledged - flow.Arrived;
                Volatile.Write(ref flow.Arrived, acknowledged);
            }
        }

        if (total > 0)
        {
            _silentSince = now;
        }
        else if (now - _silentSince > JobConnection.SilenceMs * 1_000_000L)
        {
            throw new PeerLostException("moving bytes over several connections");
        }
    }

    private sealed class Flow
    {
        public required int Socket { get; init; }

        public required bool Up { get; init; }

        public long Acknowledged { get; init; } // before it was added: the request

        public long Arrived;
    }
}
