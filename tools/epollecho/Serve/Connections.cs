using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// The connections of one loop: their table, the epoll instance that watches them, and what a handler does with one: send, queue,
/// end it. Knows no protocol and allocates no managed memory.
/// </summary>
internal sealed unsafe class Connections : IDisposable
{
    private static int Events => EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
    private static int LevelEvents => EPOLLIN | EPOLLRDHUP;

    private readonly Descriptor _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
    private readonly bool _edge;
    private readonly bool _quickAck;
    private readonly ConnectionTable _table;

    /// <summary>Reserves the memory.</summary>
    /// <exception cref="LibcException">No memory, no descriptor.</exception>
    public Connections(ServeSettings settings, Counters* counters)
    {
        _edge = settings.Trigger == Trigger.Edge;
        _quickAck = settings.QuickAck;
        Counters = counters;
        int capacity = DescriptorLimit.Raise();
        _table = new ConnectionTable(capacity);
        Ready = new ReadyList(capacity);
    }

    /// <summary>Where to count.</summary>
    public readonly Counters* Counters;

    /// <summary>Those with more to read than one turn allows.</summary>
    public readonly ReadyList Ready;

    /// <summary>Answers of this turn.</summary>
    public readonly SendQueue Queue = new();

    /// <summary>The monotonic clock at the beginning of the turn, milliseconds that wrap around.</summary>
    public int Now;

    /// <summary>The highest descriptor that ever was a connection.</summary>
    public int Highest { get; private set; }

    /// <summary>Connections whose side is shut and whose input is thrown away.</summary>
    public int Lingering { get; private set; }

    /// <summary>Flags that a new connection begins with.</summary>
    public ConnectionFlags FirstFlags { get; set; }

    /// <summary>The entry of a descriptor.</summary>
    public Connection* this[int descriptor] => _table[descriptor];

    /// <summary>Waits for events.</summary>
    /// <returns>The number of events, or -1 and errno.</returns>
    public int Wait(epoll_event* events, int most, int milliseconds) =>
        Linux.epoll_wait(_epoll.Value, events, most, milliseconds);

    /// <summary>Changes what is watched.</summary>
    /// <returns>0, or the errno: ENOMEM, ENOSPC.</returns>
    public int TryWatch(int descriptor, int events, int operation, uint id = 0)
    {
        epoll_event watched = new() { events = events };
        watched.data.u64 = ((ulong)id << 32) | (uint)descriptor;
        return epoll_ctl(_epoll.Value, operation, descriptor, &watched) == 0 ? 0 : Errno.Last;
    }

    /// <summary>Takes a connection in.</summary>
    /// <returns>False when the kernel has no memory for it: it is closed.</returns>
    public bool Begin(int descriptor)
    {
        Connection* connection = _table[descriptor];
        // An entry of the ready list outlives its connection, so the mark for it does too.
        ConnectionFlags keep = connection->Flags & ConnectionFlags.InReadyList;
        *connection = new Connection { Id = ++Counters->Accepted, LastActive = Now, Since = Now, Flags = keep | FirstFlags };
        Highest = Math.Max(Highest, descriptor);
        Counters->Peak = Math.Max(Counters->Peak, Counters->Open);

        QuickAck(descriptor);
        int errno = TryWatch(descriptor, _edge ? Events : LevelEvents, EPOLL_CTL_ADD, (uint)connection->Id);
        if (errno != 0)
        {
            Close(descriptor, connection, errno); // ENOMEM, or ENOSPC: /proc/sys/fs/epoll/max_user_watches
            Counters->Refused++;
        }

        return errno == 0;
    }

    /// <summary>Ends a connection and counts the error that ended it, if any.</summary>
    public void Close(int descriptor, Connection* connection, int errno)
    {
        if (errno != 0)
        {
            Counters->Error(errno);
        }

        if ((connection->Flags & ConnectionFlags.Discard) != 0)
        {
            Lingering--;
        }

        Free(ref connection->Unsent);
        Free(ref connection->Input);
        *connection = new Connection { Flags = connection->Flags & ConnectionFlags.InReadyList };
        close(descriptor);
        Counters->Closed++;
    }

    /// <summary>Ends a connection at once: what is unsent is thrown away and the peer gets a reset.</summary>
    public void Abort(int descriptor, Connection* connection, int errno)
    {
        linger now = new() { l_onoff = 1 };
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof(linger));
        Close(descriptor, connection, errno);
    }

    /// <summary>Everything owed is sent: closes, or first lingers.</summary>
    /// <returns>False when the connection is gone.</returns>
    public bool Finish(int descriptor, Connection* connection)
    {
        if ((connection->Flags & (ConnectionFlags.Linger | ConnectionFlags.PeerDone)) != ConnectionFlags.Linger)
        {
            Close(descriptor, connection, 0);
            return false;
        }

        shutdown(descriptor, SHUT_WR);
        connection->Flags &= ~(ConnectionFlags.Linger | ConnectionFlags.CloseAfterSend | ConnectionFlags.InHead
            | ConnectionFlags.InBody);
        connection->Flags |= ConnectionFlags.Discard | ConnectionFlags.Readable;
        connection->Since = Now;
        Lingering++;
        return true;
    }

    /// <summary>Sets TCP_QUICKACK again where it was asked for: the kernel clears it.</summary>
    public void QuickAck(int descriptor)
    {
        if (_quickAck)
        {
            SocketOption.QuickAck.TrySet(descriptor, 1);
        }
    }

    /// <summary>Has a connection wait for its next turn.</summary>
    public void NextTurn(int descriptor, Connection* connection)
    {
        if (_edge && (connection->Flags & ConnectionFlags.InReadyList) == 0)
        {
            connection->Flags |= ConnectionFlags.InReadyList;
            Ready.Add(descriptor);
        }
    }

    /// <summary>Level-triggered: while something is unsent only room matters, or epoll would report the input for ever.</summary>
    public void WatchLevel(int descriptor, Connection* connection)
    {
        bool waits = connection->UnsentEnd != 0;
        if (waits != ((connection->Flags & ConnectionFlags.WaitsForRoom) != 0))
        {
            connection->Flags ^= ConnectionFlags.WaitsForRoom;
            int errno = TryWatch(descriptor, waits ? EPOLLOUT : LevelEvents, EPOLL_CTL_MOD, (uint)connection->Id);
            if (errno != 0)
            {
                Close(descriptor, connection, errno);
            }
        }
    }

    /// <summary>Queues an answer that is in the queue's room, of a connection that has nothing else to do.</summary>
    public void SendLater(int descriptor, int length)
    {
        Queue.Add(descriptor, length);
        if (Queue.IsFull)
        {
            SendQueued();
        }
    }

    /// <summary>Sends what the connections of this turn have queued.</summary>
    public void SendQueued()
    {
        for (int i = 0; i < Queue.Count; i++)
        {
            SendQueue.Answer answer = Queue[i];
            Connection* connection = _table[answer.Descriptor];
            if (Send(answer.Descriptor, connection, answer.Bytes, answer.Length) && !_edge)
            {
                WatchLevel(answer.Descriptor, connection);
            }
        }

        Queue.Clear();
    }

    /// <summary>Sends, and keeps what the kernel does not take.</summary>
    /// <returns>False when the connection is gone.</returns>
    public bool Send(int descriptor, Connection* connection, byte* bytes, int length)
    {
        long sent = SendSome(descriptor, connection, bytes, length);
        if (sent < 0)
        {
            return false;
        }

        if (sent < length)
        {
            connection->Unsent = Keep(descriptor, connection, bytes + sent, length - (int)sent);
            connection->UnsentStart = 0;
            connection->UnsentEnd = connection->Unsent == null ? 0 : length - (int)sent;
            return connection->Unsent != null;
        }

        return true;
    }

    /// <summary>Sends what was kept.</summary>
    /// <returns>False when the connection is gone.</returns>
    public bool Flush(int descriptor, Connection* connection)
    {
        long sent = SendSome(descriptor, connection,
            connection->Unsent + connection->UnsentStart, connection->UnsentEnd - connection->UnsentStart);
        if (sent < 0)
        {
            return false;
        }

        connection->UnsentStart += (int)sent;
        if (connection->UnsentStart == connection->UnsentEnd)
        {
            connection->UnsentStart = 0;
            connection->UnsentEnd = 0;
            Free(ref connection->Unsent);
            if ((connection->Flags & ConnectionFlags.OutSlowly) != 0)
            {
                connection->Flags &= ~ConnectionFlags.OutSlowly;
                connection->Since = Now; // a request under way has its whole time again
            }
        }

        return true;
    }

    /// <summary>Copies bytes to memory of their own.</summary>
    /// <returns>The copy, or null where there is no memory: the connection is closed.</returns>
    public byte* Keep(int descriptor, Connection* connection, byte* bytes, int length)
    {
        byte* kept = (byte*)Linux.malloc((nuint)length);
        if (kept == null)
        {
            Close(descriptor, connection, ENOMEM);
            return null;
        }

        Buffer.MemoryCopy(bytes, kept, length, length);
        return kept;
    }

    /// <summary>Gives memory of <see cref="Keep"/> back.</summary>
    public static void Free(ref byte* block)
    {
        if (block != null)
        {
            Linux.free(block);
            block = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int descriptor = 0; descriptor <= Highest; descriptor++)
        {
            if (_table[descriptor]->Id != 0)
            {
                Close(descriptor, _table[descriptor], 0);
            }
        }

        _epoll.Dispose();
        Ready.Dispose();
        Queue.Dispose();
        _table.Dispose();
    }

    private long SendSome(int descriptor, Connection* connection, byte* bytes, int length)
    {
        long sent;
        do
        {
            sent = Linux.SendNow(descriptor, bytes, (nuint)length);
        }
        while (sent < 0 && Errno.Last == EINTR);

        if (sent < 0)
        {
            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                return 0;
            }

            Close(descriptor, connection, errno);
            return sent;
        }

        Counters->BytesSent += sent;
        return sent;
    }
}
