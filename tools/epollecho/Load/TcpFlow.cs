using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>Opens many connections from one epoll(7) loop, sends requests over them and has the answers checked.</summary>
/// <remarks>
/// Three phases: all connections are opened, then requests are sent, then the connections are held. With a connection for each
/// request the first falls away. A connection that the peer closed is opened again by the next request; requests that its peer
/// cannot have processed go with it (RFC 9112, section 9.3.1).
/// </remarks>
/// <typeparam name="TVerifier">The protocol.</typeparam>
internal sealed unsafe class TcpFlow<TVerifier> : IDisposable
    where TVerifier : struct, IVerifier
{
    private const int Batch = 512;
    private const int ConnectsAtOnce = 256;
    private const int StepsAtOnce = 1024; // between two looks at the events
    private const int FirstRound = 16_384; // requests under way, of all processes, until each connection has sent its first
    private const int SignalKey = -1;
    private const long LongestWait = 250_000_000;
    private const long SlowNsPerByte = 1_000_000_000 / (16 * 1024); // beyond the time-out, each 16 KiB may take a second

    private readonly LoadRun _run;
    private readonly LoadSettings _settings;
    private readonly LoadResult _result;
    private readonly ConnectionPool<TVerifier> _pool;
    private readonly RequestSender<TVerifier> _sender;
    private readonly Reopener<TVerifier> _reopener;
    private readonly AnswerReader<TVerifier> _reader;
    private readonly long _patience;
    private readonly long _firstRound;
    private int _toOpen;
    private long _waiting; // requests that could not be sent before the time was over
    private long _openedAt;
    private long _holdUntil;
    private long _nextLook;

    /// <summary>Makes a flow; nothing is opened yet.</summary>
    public TcpFlow(LoadRun run, TVerifier verifier)
    {
        _run = run;
        _settings = run.Settings;
        _result = run.Result;
        _pool = new ConnectionPool<TVerifier>(run, verifier);
        _sender = new RequestSender<TVerifier>(run, _pool);
        _reopener = new Reopener<TVerifier>(run, _pool);
        _reader = new AnswerReader<TVerifier>(run, _pool, _reopener);
        _patience = _settings.TimeoutNs;
        _firstRound = Math.Max(FirstRound / _settings.Processes, 64);
        _pool.Watch(run.SignalDescriptor, EPOLLIN, SignalKey, 0);
    }

    // After urgent data, an end or an error a short read does not mean that the socket is empty.
    private static int More => EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

    private long NextConnectAt => _settings.Ramp > 0
        ? _openedAt + (long)((_settings.Connections - _toOpen + _settings.Stagger) * 1e9 / _settings.Ramp) : 0;

    /// <summary>
    /// Until each connection has sent its first request, the number under way is limited: none waits long for its turn.
    /// </summary>
    private bool FirstRoundIsFull =>
        !_run.Pacing.IsOpen && _run.Pacing.Issued < _settings.Connections && _pool.Outstanding >= _firstRound;

    /// <summary>
    /// Nothing can be sent any more: no connection was ever made, or none could be for as long as a peer may be silent. A server
    /// that takes connections and answers wrongly is there.
    /// </summary>
    private bool ServerIsGone => _settings.Requests > 0 && _pool.Open == 0 && _pool.Connecting == 0 && _pool.MayReopen
        && (_result.Counts.Connections == 0
            ? _pool.FailedConnects >= Math.Min(_settings.Connections, _settings.Requests)
            : _pool.FailedConnects > 0 && _run.Now - _pool.LastOpenAt > _patience);

    /// <summary>Why no connection can be made: the server, or something on this side.</summary>
    private RunEnd GoneAs => _pool.LastErrno == EADDRNOTAVAIL || _pool.LastErrno == EMFILE || _pool.LastErrno == ENFILE
        || _pool.LastErrno == ENOMEM || _pool.LastErrno == ENOBUFS || _pool.LastErrno == ENETUNREACH
        || _pool.LastErrno == EACCES || _pool.LastErrno == EPERM ? RunEnd.CannotConnect : RunEnd.ServerGone;

    /// <summary>Runs to the end, or to a signal.</summary>
    public void Run()
    {
        _openedAt = _run.Now = Clock.Nanoseconds;
        _toOpen = _settings.Connections;
        if (_settings.Reconnect)
        {
            _run.WaitForOthers(0, toStart: true);
            BeginRequests();
        }

        epoll_event* events = stackalloc epoll_event[Batch];
        Advance();
        while (_pool.Phase != LoadPhase.Ended)
        {
            timespec wait;
            int count = _pool.Wait(events, Batch, Timeout(&wait));
            if (count < 0 && Errno.Last != EINTR)
            {
                throw new LibcException("waiting for events", Errno.Last);
            }

            _run.Now = Clock.Nanoseconds;
            for (int i = 0; i < count; i++)
            {
                ulong key = events[i].data.u64;
                int index = (int)(uint)key;
                if (index == SignalKey)
                {
                    _run.TakeSignal();
                }
                else if (_pool[index]->Generation == (uint)(key >> 32) && _pool[index]->Socket >= 0)
                {
                    Handle(index, events[i].events);
                }
            }

            Advance();
            if (_run.Now >= _nextLook)
            {
                Look();
            }
        }

        _result.Counts.BytesVerified = _pool.Verifier.BytesVerified;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _reader.Dispose();
    }

    /// <summary>Does what no event asks for: opens connections, begins what is due, goes from one phase to the next.</summary>
    private void Advance()
    {
        if (_pool.Phase == LoadPhase.Opening)
        {
            for (int steps = StepsAtOnce; steps > 0 && _toOpen > 0 && _pool.Connecting < ConnectsAtOnce && !_run.Interrupted
                && NextConnectAt <= _run.Now; steps--)
            {
                int index = _settings.Connections - _toOpen--;
                _pool.Renew(index);
                _pool.Connect(index);
            }

            if ((_pool.Connecting == 0 && _toOpen == 0) || _run.Interrupted)
            {
                _run.Now = Clock.Nanoseconds;
                _result.Counts.ConnectNs = _run.Now - _openedAt;
                _result.Counts.Opened = _result.Counts.Connections;
                _run.WaitForOthers(_pool.Open, toStart: true);
                BeginRequests();
            }
        }

        if (_pool.Phase == LoadPhase.Requesting)
        {
            BeginWhatIsDue();
            bool gone = ServerIsGone;
            bool lost = _pool.GivenUp == _settings.Connections;
            if (_run.Interrupted || gone || lost || (_pool.Outstanding == 0 && !_run.MoreToCome))
            {
                EndRequests(_run.Interrupted ? _run.InterruptedBy : gone ? GoneAs
                    : _run.MoreToCome && lost ? RunEnd.ConnectionsLost : _settings.Requests > 0 ? RunEnd.Count : RunEnd.Time);
            }
        }

        if (_pool.Phase == LoadPhase.Holding && (_run.Interrupted || _run.Now >= _holdUntil || _pool.Open == 0))
        {
            _pool.Phase = LoadPhase.Ended;
            _result.End = _run.Interrupted ? _run.InterruptedBy : _result.End;
        }
    }

    private void BeginRequests()
    {
        _pool.Phase = LoadPhase.Requesting;
        _run.Begin();
        for (int i = 0; i < _settings.Connections; i++)
        {
            _pool.MakeFree(i);
        }
    }

    private void BeginWhatIsDue()
    {
        while (_pool.Backoff.TryTake(_run.Now, out int index))
        {
            _pool[index]->BackingOff = false;
            if (_pool[index]->Outstanding > 0)
            {
                _pool.Connect(index);
            }
            else
            {
                _pool.MakeFree(index);
            }
        }

        for (int steps = StepsAtOnce; steps > 0 && _pool.Free.Count > 0 && !FirstRoundIsFull; steps--)
        {
            LoadConnection* connection = _pool[_pool.Free.First];
            if (!connection->GivenUp && !connection->BackingOff)
            {
                _run.Now = Clock.Nanoseconds;
                if (_run.Interrupted || !_run.Pacing.TryBegin(_run.Now, out long due))
                {
                    return;
                }

                int index = _pool.Free.Take();
                connection->Queued = false;
                if (_sender.Begin(index, due))
                {
                    Send(index);
                }

                continue;
            }

            connection->Queued = false;
            _pool.Free.Take();
        }
    }

    private void EndRequests(RunEnd end)
    {
        long inFlight = 0;
        for (int i = 0; i < _settings.Connections; i++)
        {
            int unsent = _pool[i]->State == LoadState.Open ? _reopener.Unsent(_pool[i]) : _pool[i]->Outstanding;
            inFlight += _pool.Leave(i, "in_flight", _pool[i]->Outstanding - unsent);
            _waiting += _pool.Leave(i, "unsent", unsent);
        }

        _run.EndRequests(end, inFlight, _waiting, _pool.Open);
        if (_settings.Reconnect)
        {
            (_result.Counts.ConnectNs, _result.Counts.Opened) = (_result.Counts.DurationNs, _result.Counts.Connections);
        }

        if (_settings.HoldNs > 0)
        {
            _run.WaitForOthers(_pool.Open, toStart: false);
        }

        _pool.Phase = LoadPhase.Holding;
        _holdUntil = _run.Now + (_run.Interrupted ? 0 : _settings.HoldNs);
    }

    private timespec* Timeout(timespec* wait)
    {
        long until = _nextLook; // silent connections are looked at a few times a second
        if (_pool.Phase == LoadPhase.Requesting)
        {
            until = Math.Min(until, _pool.Backoff.Next);
            if (_pool.Free.Count > 0 && _run.MoreToCome)
            {
                until = _run.Pacing.IsOpen ? Math.Min(until, _run.Pacing.NextDue) : FirstRoundIsFull ? until : 0;
            }

            until = _run.Pacing.Until > _run.Now ? Math.Min(until, _run.Pacing.Until) : until;
        }
        else if (_pool.Phase == LoadPhase.Opening && _toOpen > 0 && _pool.Connecting < ConnectsAtOnce)
        {
            until = Math.Min(until, NextConnectAt);
        }
        else if (_pool.Phase == LoadPhase.Holding)
        {
            until = Math.Min(until, _holdUntil);
        }

        long ns = Math.Max(until - Clock.Nanoseconds, 0);
        *wait = TimeUnits.Timespec(ns);
        return wait;
    }

    /// <summary>Gives up silent connections, and ends seconds.</summary>
    private void Look()
    {
        _run.EndSeconds(_pool.Open);
        _nextLook = Math.Min(_run.Now + Math.Clamp(_patience / 4, 1_000_000, LongestWait), _run.NextSecondAt);
        if (_pool.Phase != LoadPhase.Requesting)
        {
            _run.ShowProgress(_pool.Phase.ToString().ToLowerInvariant(), _pool.Open);
        }

        long until = _pool.Phase == LoadPhase.Requesting && !_run.MoreToCome ? _run.Pacing.Until : 0;
        bool over = until != 0;
        bool late = over && _run.Now - until > _patience; // an answer that never ends, though it goes on, is not waited for
        for (int i = 0; i < _settings.Connections; i++)
        {
            LoadConnection* connection = _pool[i];
            bool silent = late || _run.Now - connection->LastActive > _patience
                || (connection->State == LoadState.Open
                    && _run.Now - connection->Since > _patience + (connection->Moved * SlowNsPerByte));
            if (connection->State == LoadState.Connecting && silent)
            {
                _pool.TryNextAddress(i, ETIMEDOUT);
            }
            else if (connection->State == LoadState.Open && connection->Outstanding > 0 && silent)
            {
                _reopener.Lose(i, "timed_out", byPeer: false, fault: LossOf.Silent);
            }
            else if (over && connection->State == LoadState.Closed && connection->Outstanding > 0)
            {
                _waiting += _pool.Leave(i, "unsent", connection->Outstanding); // no connection came in time to send them
            }
        }
    }

    private void Handle(int index, int events)
    {
        LoadConnection* connection = _pool[index];
        if (connection->State == LoadState.Connecting)
        {
            if ((events & EPOLLERR) != 0)
            {
                _pool.TryNextAddress(index, SocketError(connection->Socket));
                return;
            }

            if ((events & EPOLLOUT) == 0)
            {
                return;
            }

            _pool.Connected(connection);
        }

        connection->LastActive = _run.Now;
        if ((events & EPOLLOUT) != 0 && connection->ToSend > 0 && !Send(index))
        {
            return;
        }

        if ((events & (EPOLLIN | More)) != 0)
        {
            _reader.Receive(index, (events & More) != 0);
        }
    }

    /// <returns>False when the connection is gone.</returns>
    private bool Send(int index)
    {
        LoadConnection* connection = _pool[index];
        int errno = _sender.Send(connection);
        if (errno == 0)
        {
            return true;
        }

        uint generation = connection->Generation;
        _reader.Receive(index, untilEmpty: true); // an answer may have come before
        if (connection->Generation == generation && connection->Socket >= 0)
        {
            _reopener.Lose(index, LoadErrors.Name(errno), byPeer: true);
        }

        return false;
    }

    private static int SocketError(int socket)
    {
        int value = 0;
        socklen_t length = sizeof(int);
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &length);
        return value;
    }
}
