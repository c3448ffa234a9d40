using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>What the loop is to do after a signal.</summary>
internal enum LoopOrder
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>Accept no more, answer what has been accepted, then end.</summary>
    Drain,

    /// <summary>End at once.</summary>
    Stop,
}

/// <summary>
/// The epoll(7) server: waits, and hands events to the acceptor and to the handler. One thread, no managed allocation.
/// </summary>
/// <remarks>
/// Edge-triggered, a socket is registered once for everything and its state says what is left to do: read until EAGAIN, but
/// no more than a turn's budget, then wait in the ready list; while something is unsent, read nothing; when the unsent bytes are
/// gone, read again: no new edge will come. Level-triggered, it is one read a turn, and the interest is changed instead.
/// </remarks>
/// <typeparam name="THandler">The protocol.</typeparam>
internal sealed unsafe class EventLoop<THandler> : IDisposable
    where THandler : struct, IConnectionHandler
{
    /// <summary>After this many bytes of one connection the others have their turn; the last read may go beyond.</summary>
    public const int TurnBytes = SendQueue.Longest;

    private const int Batch = 512;
    private const int FailurePauseMs = 10;
    private const int ReadSize = SendQueue.Longest;

    private readonly int _control;
    private readonly Func<LoopOrder> _onControl;
    private readonly Connections _connections;
    private readonly Acceptor _acceptor;
    private readonly ConnectionWatch<THandler> _watch;
    private readonly LiveStats? _stats;
    private readonly bool _edge;
    private THandler _handler;

    /// <summary>Makes a loop.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="connections">The connections, which the loop takes over.</param>
    /// <param name="handler">The protocol; the loop takes it over.</param>
    /// <param name="listener">A listening, non-blocking socket; the loop takes it over.</param>
    /// <param name="control">A descriptor that is readable when <paramref name="onControl"/> wants to be called.</param>
    /// <param name="onControl">Called on the loop's thread; says how to go on.</param>
    /// <param name="stats">Shows live numbers.</param>
    /// <exception cref="LibcException">The control descriptor cannot be watched.</exception>
    public EventLoop(ServeSettings settings, Connections connections, THandler handler, int listener, int control,
        Func<LoopOrder> onControl, LiveStats? stats = null)
    {
        _edge = settings.Trigger == Trigger.Edge;
        _control = control;
        _onControl = onControl;
        _stats = stats;
        _connections = connections;
        _handler = handler;
        int errno = connections.TryWatch(control, EPOLLIN, EPOLL_CTL_ADD);
        if (errno != 0)
        {
            throw new LibcException("watching for signals", errno);
        }

        _acceptor = new Acceptor(settings, connections, listener);
        _watch = new ConnectionWatch<THandler>(settings, connections);
    }

    /// <summary>Serves until an order to stop.</summary>
    public void Run()
    {
        epoll_event* events = stackalloc epoll_event[Batch];
        FailedWaits failures = new("waiting for events");
        while (true)
        {
            int count = _connections.Wait(events, Batch, WaitMs());
            if (count >= 0)
            {
                failures.Clear();
            }
            else if (Errno.Last is int errno && errno != EINTR)
            {
                failures.Add(errno, _connections.Counters, FailurePauseMs);
            }

            long woken = Clock.Nanoseconds;
            _connections.Now = (int)(woken / TimeUnits.Millisecond);
            _handler.BeginTurn();
            for (int i = 0; i < count; i++)
            {
                ulong key = events[i].data.u64;
                int descriptor = (int)(uint)key;
                if (descriptor == _acceptor.Listener)
                {
                    _acceptor.Wake();
                }
                else if (descriptor == _control)
                {
                    if (!Obey())
                    {
                        return;
                    }
                }
                else
                {
                    Connection* connection = _connections[descriptor];
                    // Else an event of one that was closed in this very batch, or of the listener.
                    if ((uint)connection->Id == (uint)(key >> 32) && connection->Id != 0)
                    {
                        Handle(descriptor, connection, events[i].events);
                    }
                }
            }

            _connections.SendQueued();
            ServeReadyList();
            _acceptor.Turn();
            _watch.Turn(ref _handler);
            _stats?.Turn(woken, Clock.Nanoseconds, _connections.Counters);
            if (_watch.IsDrained)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _acceptor.Dispose();
        _connections.Dispose();
        _handler.Dispose();
    }

    private int WaitMs()
    {
        if (_connections.Ready.Count > 0)
        {
            return 0;
        }

        int longest = _watch.WaitMs;
        longest = _stats is not null && (longest < 0 || longest > LiveStats.LongestWaitMs) ? LiveStats.LongestWaitMs : longest;
        int pause = _acceptor.WaitMs;
        return pause >= 0 && (longest < 0 || pause < longest) ? pause : longest;
    }

    /// <summary>Asks what to do.</summary>
    /// <returns>False to end.</returns>
    private bool Obey()
    {
        _connections.SendQueued();
        LoopOrder order = _onControl();
        if (order == LoopOrder.Stop || (order == LoopOrder.Drain && _watch.IsDraining))
        {
            return false;
        }

        if (order == LoopOrder.Drain)
        {
            _watch.BeginDrain();
            _acceptor.Drain();
            for (int descriptor = 0; descriptor <= _connections.Highest; descriptor++)
            {
                Connection* connection = _connections[descriptor];
                if (connection->Id != 0)
                {
                    connection->Flags |= ConnectionFlags.Readable;
                    Pump(descriptor, connection);
                }
            }

            _connections.SendQueued();
        }

        return true;
    }

    private void Handle(int descriptor, Connection* connection, int events)
    {
        connection->LastActive = _connections.Now;
        if ((events & EPOLLERR) != 0)
        {
            _connections.Close(descriptor, connection, PendingError(descriptor)); // reset: nothing can be read or sent any more
            return;
        }

        if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLPRI)) != 0)
        {
            connection->Flags |= (events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? ConnectionFlags.EndSeen | ConnectionFlags.Readable : 0;
            connection->Flags |= (events & EPOLLPRI) != 0 ? ConnectionFlags.Urgent | ConnectionFlags.Readable : 0;
        }

        if ((events & EPOLLIN) != 0)
        {
            connection->Flags |= ConnectionFlags.Readable;
        }

        if (connection->UnsentEnd == 0 || (events & EPOLLOUT) == 0 || _connections.Flush(descriptor, connection))
        {
            Pump(descriptor, connection);
        }
    }

    private static int PendingError(int descriptor)
    {
        int error = 0;
        socklen_t length = sizeof(int);
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error != 0 ? error : ECONNRESET;
    }

    private void ServeReadyList()
    {
        for (int turns = _connections.Ready.Count; turns > 0; turns--)
        {
            int descriptor = _connections.Ready.Take();
            Connection* connection = _connections[descriptor];
            connection->Flags &= ~ConnectionFlags.InReadyList;
            if (connection->Id != 0)
            {
                Pump(descriptor, connection);
            }
        }

        _connections.SendQueued();
    }

    /// <summary>Reads and answers until the kernel has no more, the peer takes no more, or the turn is over.</summary>
    private void Pump(int descriptor, Connection* connection)
    {
        const ConnectionFlags special = ConnectionFlags.InputRunnable | ConnectionFlags.PeerDone | ConnectionFlags.CloseAfterSend;
        int budget = TurnBytes;
        while (connection->UnsentEnd == 0)
        {
            if ((connection->Flags & special) != 0)
            {
                if ((connection->Flags & ConnectionFlags.InputRunnable) != 0)
                {
                    connection->Flags &= ~ConnectionFlags.InputRunnable;
                    if (!_handler.Use(descriptor, connection, 0))
                    {
                        return;
                    }

                    continue;
                }

                if (!_connections.Finish(descriptor, connection))
                {
                    return;
                }
            }

            if ((connection->Flags & ConnectionFlags.Readable) == 0)
            {
                break;
            }

            if (budget <= 0)
            {
                _connections.NextTurn(descriptor, connection);
                break;
            }

            long got = Linux.ReceiveNow(descriptor, _handler.Room(connection), ReadSize);
            if (got > 0)
            {
                _connections.QuickAck(descriptor);
                budget = _edge ? budget - (int)got : 0;
                connection->Flags |= ConnectionFlags.Begun;
                if ((got < ReadSize || !_edge) && (connection->Flags & (ConnectionFlags.EndSeen | ConnectionFlags.Urgent)) == 0)
                {
                    connection->Flags &= ~ConnectionFlags.Readable; // a short read has emptied the socket; more makes a new edge
                }

                _connections.Counters->BytesReceived += got;
                if ((connection->Flags & ConnectionFlags.Discard) == 0 && !_handler.Use(descriptor, connection, (int)got))
                {
                    return;
                }
            }
            else if (got == 0)
            {
                connection->Flags = (connection->Flags & ~ConnectionFlags.Readable) | ConnectionFlags.PeerDone;
            }
            else
            {
                int errno = Errno.Last;
                if (errno == EAGAIN)
                {
                    connection->Flags &= ~ConnectionFlags.Readable;
                }
                else if (errno != EINTR)
                {
                    _connections.Close(descriptor, connection, errno);
                    return;
                }
            }
        }

        if (!_edge)
        {
            _connections.WatchLevel(descriptor, connection);
        }
    }
}
