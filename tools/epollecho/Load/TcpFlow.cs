using System.Runtime.InteropServices;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
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
    private const int ReadSize = Stream.Piece;
    private const int ConnectsAtOnce = 256;
    private const int StepsAtOnce = 1024; // between two looks at the events
    private const int FirstRound = 16_384; // requests under way, of all processes, until each connection has sent its first
    private const int SignalKey = -1;
    private const long LongestWait = 250_000_000;
    private const long SlowNsPerByte = 1_000_000_000 / (16 * 1024); // beyond the time-out, each 16 KiB may take a second

    private readonly LoadRun _run;
    private readonly LoadSettings _settings;
    private readonly LoadResult _result;
    private readonly Connector _connector;
    private readonly Backoff _backoff = new();
    private readonly Descriptor _epoll;
    private readonly LoadConnection* _connections;
    private readonly long* _times;
    private readonly ReadyList _free;
    private readonly byte* _buffer;
    private readonly long _patience;
    private readonly long _firstRound;

#pragma warning disable IDE0044 // a mutable struct: readonly would have each call work on a copy
    private TVerifier _verifier;
#pragma warning restore IDE0044
    private Phase _phase;
    private int _toOpen;
    private int _connecting;
    private int _open;
    private int _givenUp;
    private long _failedConnects;
    private long _outstanding;
    private long _waiting; // requests that could not be sent before the time was over
    private long _openedAt;
    private long _lastOpenAt;
    private long _holdUntil;
    private long _nextLook;

    /// <summary>Makes a flow; nothing is opened yet.</summary>
    public TcpFlow(LoadRun run, TVerifier verifier)
    {
        _run = run;
        _verifier = verifier;
        _settings = run.Settings;
        _result = run.Result;
        _connector = new Connector(_settings);
        _ = CallingThread.UnshareDescriptors(); // before the first socket; without, each call only costs more
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        DescriptorLimit.Raise();
        int count = _settings.Connections;
        _connections = (LoadConnection*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(LoadConnection));
        _times = (long*)NativeMemory.AllocZeroed((nuint)count * (nuint)_settings.Pipeline * 2, sizeof(long));
        for (int i = 0; i < count; i++)
        {
            _connections[i].Socket = -1;
            _connections[i].Due = _times + ((long)i * _settings.Pipeline * 2);
            _connections[i].Begun = _connections[i].Due + _settings.Pipeline;
        }

        _free = new ReadyList(count);
        _buffer = (byte*)NativeMemory.Alloc(ReadSize);
        _patience = _settings.TimeoutNs;
        _firstRound = Math.Max(FirstRound / _settings.Processes, 64);
        Watch(run.SignalDescriptor, EPOLLIN, SignalKey, 0);
    }

    private static int Events => EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;

    // After urgent data, an end or an error a short read does not mean that the socket is empty.
    private static int More => EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;

    private enum Phase
    {
        Opening,
        Requesting,
        Holding,
        Ended,
    }

    private bool MayReopen => !_settings.NoReopen;

    private long NextConnectAt => _settings.Ramp > 0
        ? _openedAt + (long)((_settings.Connections - _toOpen + _settings.Stagger) * 1e9 / _settings.Ramp) : 0;

    /// <summary>
    /// Until each connection has sent its first request, the number under way is limited: none waits long for its turn.
    /// </summary>
    private bool FirstRoundIsFull =>
        !_run.Pacing.IsOpen && _run.Pacing.Issued < _settings.Connections && _outstanding >= _firstRound;

    /// <summary>
    /// Nothing can be sent any more: no connection was ever made, or none could be for as long as a peer may be silent.
    /// </summary>
    private bool ServerIsGone => _settings.Requests > 0 && _open == 0 && _connecting == 0 && MayReopen
        && (_result.Counts.Connections == 0
            ? _failedConnects >= Math.Min(_settings.Connections, _settings.Requests)
            : _run.Now - _lastOpenAt > _patience);

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
        while (_phase != Phase.Ended)
        {
            timespec wait;
            int count = Epoll.Wait(_epoll.Value, events, Batch, Timeout(&wait));
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
                else if (_connections[index].Generation == (uint)(key >> 32) && _connections[index].Socket >= 0)
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

        _result.Counts.BytesVerified = _verifier.BytesVerified;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _settings.Connections; i++)
        {
            CloseSocket(i);
        }

        _epoll.Dispose();
        _verifier.Dispose();
        _free.Dispose();
        NativeMemory.Free(_connections);
        NativeMemory.Free(_times);
        NativeMemory.Free(_buffer);
    }

    private void Watch(int descriptor, int events, int index, uint generation)
    {
        epoll_event watched = new() { events = events };
        watched.data.u64 = ((ulong)generation << 32) | (uint)index;
        Errno.Check(Linux.epoll_ctl(_epoll.Value, EPOLL_CTL_ADD, descriptor, &watched), "watching a descriptor");
    }

    /// <summary>Does what no event asks for: opens connections, begins what is due, goes from one phase to the next.</summary>
    private void Advance()
    {
        if (_phase == Phase.Opening)
        {
            for (int steps = StepsAtOnce; steps > 0 && _toOpen > 0 && _connecting < ConnectsAtOnce && !_run.Interrupted
                && NextConnectAt <= _run.Now; steps--)
            {
                int index = _settings.Connections - _toOpen--;
                Renew(index);
                Open(index);
            }

            if ((_connecting == 0 && _toOpen == 0) || _run.Interrupted)
            {
                _run.Now = Clock.Nanoseconds;
                _result.Counts.ConnectNs = _run.Now - _openedAt;
                _run.WaitForOthers(_open, toStart: true);
                BeginRequests();
            }
        }

        if (_phase == Phase.Requesting)
        {
            BeginWhatIsDue();
            bool gone = ServerIsGone;
            bool lost = _givenUp == _settings.Connections;
            if (_run.Interrupted || gone || lost || (_outstanding == 0 && !_run.MoreToCome))
            {
                EndRequests(_run.Interrupted ? RunEnd.Signal : gone ? RunEnd.ServerGone
                    : _run.MoreToCome && lost ? RunEnd.ConnectionsLost : _settings.Requests > 0 ? RunEnd.Count : RunEnd.Time);
            }
        }

        if (_phase == Phase.Holding && (_run.Interrupted || _run.Now >= _holdUntil || _open == 0))
        {
            _phase = Phase.Ended;
            _result.End = _run.Interrupted ? RunEnd.Signal : _result.End;
        }
    }

    private void BeginRequests()
    {
        _phase = Phase.Requesting;
        _run.Begin();
        for (int i = 0; i < _settings.Connections; i++)
        {
            MakeFree(i);
        }
    }

    private void BeginWhatIsDue()
    {
        while (_backoff.TryTake(_run.Now, out int index))
        {
            _connections[index].BackingOff = false;
            if (_connections[index].Outstanding > 0)
            {
                Open(index);
            }
            else
            {
                MakeFree(index);
            }
        }

        for (int steps = StepsAtOnce; steps > 0 && _free.Count > 0 && !FirstRoundIsFull; steps--)
        {
            LoadConnection* connection = &_connections[_free.First];
            if (!connection->GivenUp && !connection->BackingOff)
            {
                _run.Now = Clock.Nanoseconds;
                if (_run.Interrupted || !_run.Pacing.TryBegin(_run.Now, out long due))
                {
                    return;
                }

                int index = _free.Take();
                connection->Queued = false;
                Begin(index, due);
                continue;
            }

            connection->Queued = false;
            _free.Take();
        }
    }

    private void EndRequests(RunEnd end)
    {
        long inFlight = 0;
        for (int i = 0; i < _settings.Connections; i++)
        {
            LoadConnection* connection = &_connections[i];
            bool sent = connection->State == LoadState.Open;
            inFlight += sent ? connection->Outstanding : 0;
            _waiting += sent ? 0 : connection->Outstanding;
            for (; connection->Outstanding > 0; connection->Outstanding--)
            {
                long due = connection->Due[connection->Oldest];
                _result.Waited(_run.Now - due);
                _run.Log?.Add(due, _run.Now, i, 0, sent ? "in_flight" : "unsent");
                connection->Oldest = (connection->Oldest + 1) % _settings.Pipeline;
            }
        }

        _run.EndRequests(end, inFlight, _waiting, _open);
        _result.Counts.ConnectNs = _settings.Reconnect ? _result.Counts.DurationNs : _result.Counts.ConnectNs;
        if (_settings.HoldNs > 0)
        {
            _run.WaitForOthers(_open, toStart: false);
        }

        _phase = Phase.Holding;
        _holdUntil = _run.Now + (_run.Interrupted ? 0 : _settings.HoldNs);
    }

    /// <summary>Puts a connection in the list of those that may begin a request.</summary>
    private void MakeFree(int index)
    {
        LoadConnection* connection = &_connections[index];
        if (!connection->Queued && !connection->BackingOff && !connection->GivenUp && _phase == Phase.Requesting)
        {
            connection->Queued = true;
            _free.Add(index);
        }
    }

    private timespec* Timeout(timespec* wait)
    {
        long until = _nextLook; // silent connections are looked at a few times a second
        if (_phase == Phase.Requesting)
        {
            until = Math.Min(until, _backoff.Next);
            if (_free.Count > 0 && _run.MoreToCome)
            {
                until = _run.Pacing.IsOpen ? Math.Min(until, _run.Pacing.NextDue) : FirstRoundIsFull ? until : 0;
            }

            until = _run.Pacing.Until > _run.Now ? Math.Min(until, _run.Pacing.Until) : until;
        }
        else if (_phase == Phase.Opening && _toOpen > 0 && _connecting < ConnectsAtOnce)
        {
            until = Math.Min(until, NextConnectAt);
        }
        else if (_phase == Phase.Holding)
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
        _run.EndSeconds(_open);
        _nextLook = Math.Min(_run.Now + Math.Clamp(_patience / 4, 1_000_000, LongestWait), _run.NextSecondAt);
        if (_phase != Phase.Requesting)
        {
            _run.ShowProgress(_phase.ToString().ToLowerInvariant(), _open);
        }

        long until = _phase == Phase.Requesting && !_run.MoreToCome ? _run.Pacing.Until : 0;
        bool over = until != 0;
        bool late = over && _run.Now - until > _patience; // an answer that never ends, though it goes on, is not waited for
        for (int i = 0; i < _settings.Connections; i++)
        {
            LoadConnection* connection = &_connections[i];
            bool silent = late || _run.Now - connection->LastActive > _patience
                || (connection->State == LoadState.Open
                    && _run.Now - connection->Since > _patience + (connection->Moved * SlowNsPerByte));
            if (connection->State == LoadState.Connecting && silent)
            {
                TryNextAddress(i, ETIMEDOUT);
            }
            else if (connection->State == LoadState.Open && connection->Outstanding > 0 && silent)
            {
                Lose(i, "timed_out", byPeer: false);
            }
            else if (over && connection->State == LoadState.Closed && connection->Outstanding > 0)
            {
                _waiting += connection->Outstanding; // no connection came in time to send them
                _outstanding -= connection->Outstanding;
                for (; connection->Outstanding > 0; connection->Outstanding--)
                {
                    long due = connection->Due[connection->Oldest];
                    _result.Waited(_run.Now - due);
                    _run.Log?.Add(due, _run.Now, i, 0, "unsent");
                    connection->Oldest = (connection->Oldest + 1) % _settings.Pipeline;
                }
            }
        }
    }

    /// <summary>Makes an entry ready for a new socket.</summary>
    private void Renew(int index)
    {
        LoadConnection* connection = &_connections[index];
        connection->Done += connection->Answered;
        connection->Generation++;
        connection->Sent = 0;
        connection->Received = 0;
        connection->Asked = 0;
        connection->Answered = 0;
        connection->SendError = 0;
        connection->FirstByteSeen = false;
        _verifier.Renew(connection, index);
    }

    private void Open(int index)
    {
        LoadConnection* connection = &_connections[index];
        connection->Attempt = -1;
        TryNextAddress(index, 0);
    }

    /// <summary>
    /// Connects to the next address of the name that takes a connection; when there is none, the connection has failed.
    /// </summary>
    private void TryNextAddress(int index, int errno)
    {
        LoadConnection* connection = &_connections[index];
        CloseSocket(index);
        while (++connection->Attempt < _connector.Addresses)
        {
            connection->LastActive = connection->OpenedAt = Clock.Nanoseconds;
            errno = _connector.Begin(connection->Attempt, out connection->Socket);
            connection->State = connection->Socket < 0 ? LoadState.Closed : LoadState.Connecting;
            _connecting += connection->Socket < 0 ? 0 : 1;
            if (errno == 0)
            {
                Watch(connection->Socket, Events, index, connection->Generation);
                return;
            }

            CloseSocket(index);
        }

        _failedConnects++;
        string error = ErrorName(errno);
        if (_settings.Reconnect && connection->Outstanding > 0)
        {
            FailRequests(index, connection->Outstanding, error);
        }
        else
        {
            _result.Counts.Failed++;
            _result.Error(error);
        }

        Rest(index);
    }

    /// <summary>A connection that came to nothing waits for its next try, or is given up.</summary>
    private void Rest(int index)
    {
        LoadConnection* connection = &_connections[index];
        if (!MayReopen)
        {
            connection->GivenUp = true;
            _givenUp++;
            FailRequests(index, connection->Outstanding, "no_connection");
        }
        else if (!connection->BackingOff)
        {
            connection->BackingOff = true;
            _backoff.Add(index, ++connection->Failures, _run.Now);
        }
    }

    private void Handle(int index, int events)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->State == LoadState.Connecting)
        {
            if ((events & EPOLLERR) != 0)
            {
                TryNextAddress(index, SocketError(connection->Socket));
                return;
            }

            if ((events & EPOLLOUT) == 0)
            {
                return;
            }

            Connected(connection);
        }

        connection->LastActive = _run.Now;
        if ((events & EPOLLOUT) != 0 && connection->ToSend > 0 && !Send(index))
        {
            return;
        }

        if ((events & (EPOLLIN | More)) != 0)
        {
            Receive(index, (events & More) != 0);
        }
    }

    private void Connected(LoadConnection* connection)
    {
        connection->State = LoadState.Open;
        connection->Since = _run.Now;
        connection->Moved = 0;
        _connector.Worked(connection->Attempt);
        _result.Connect.Record(_run.Now - connection->OpenedAt);
        connection->OpenedAt = _run.Now;
        _connecting--;
        _open++;
        _result.Counts.Connections++;
        _result.Counts.PeakConnections = Math.Max(_result.Counts.PeakConnections, _open);
        _result.Counts.Reconnects += connection->WasOpen && !_settings.Reconnect ? 1 : 0;
        connection->WasOpen = true;
    }

    private static int SocketError(int socket)
    {
        int value = 0;
        socklen_t length = sizeof(int);
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &length);
        return value;
    }

    /// <summary>Begins a request that was due at some time, and in a closed loop all others for which there is room.</summary>
    private void Begin(int index, long due)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->Socket < 0 && connection->Outstanding == 0)
        {
            Renew(index);
        }

        bool first = connection->Outstanding == 0;
        do
        {
            int slot = (connection->Oldest + connection->Outstanding) % _settings.Pipeline;
            connection->Due[slot] = due;
            connection->Begun[slot] = _run.Now;
            connection->Outstanding++;
            connection->ToSend += _verifier.Length(connection->Stream, connection->Asked++);
            _outstanding++;
        }
        while (connection->Outstanding < _settings.Pipeline && _run.Pacing.Issued >= _settings.Connections && !_run.Pacing.IsOpen
            && _run.Pacing.TryBegin(_run.Now, out due));

        connection->LastActive = _run.Now;
        if (first)
        {
            connection->Since = _run.Now;
            connection->Moved = 0;
        }

        if (connection->Outstanding < _settings.Pipeline)
        {
            MakeFree(index);
        }

        if (connection->State == LoadState.Closed && !connection->BackingOff)
        {
            Open(index); // sends when it is open
        }
        else if (connection->State == LoadState.Open)
        {
            Send(index);
        }
    }

    /// <returns>False when the connection is gone.</returns>
    private bool Send(int index)
    {
        LoadConnection* connection = &_connections[index];
        while (connection->ToSend > 0)
        {
            long part = Math.Min(connection->ToSend, Stream.Piece);
            long sent = Linux.SendNow(connection->Socket, _verifier.At(connection->Stream, connection->Sent), (nuint)part);
            if (sent > 0)
            {
                connection->Sent += sent;
                connection->ToSend -= sent;
                connection->Moved += sent;
                continue;
            }

            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                return true;
            }

            if (errno != EINTR)
            {
                uint generation = connection->Generation;
                connection->SendError = errno;
                Receive(index, untilEmpty: true); // an answer may have come before
                if (connection->Generation == generation && connection->Socket >= 0)
                {
                    Lose(index, ErrorName(errno), byPeer: true);
                }

                return false;
            }
        }

        return true;
    }

    private void Receive(int index, bool untilEmpty)
    {
        LoadConnection* connection = &_connections[index];
        uint generation = connection->Generation;
        while (true)
        {
            long got = Linux.ReceiveNow(connection->Socket, _buffer, ReadSize);
            if (got > 0)
            {
                _run.Now = Clock.Nanoseconds;
                _result.Counts.BytesReceived += got;
                connection->Moved += got;
                Take(index, new ReadOnlySpan<byte>(_buffer, (int)got));
                if (connection->Generation != generation || connection->Socket < 0 || (got < ReadSize && !untilEmpty))
                {
                    return; // gone, or the socket is empty: more makes a new edge
                }

                continue;
            }

            int errno = got < 0 ? Errno.Last : 0;
            if (errno == EAGAIN)
            {
                return;
            }

            if (errno != EINTR)
            {
                End(index, errno == 0 ? connection->SendError : errno);
                return;
            }
        }
    }

    /// <summary>Has the bytes checked, answer by answer.</summary>
    private void Take(int index, ReadOnlySpan<byte> bytes)
    {
        LoadConnection* connection = &_connections[index];
        uint generation = connection->Generation;
        while (bytes.Length > 0 && connection->Socket >= 0 && connection->Generation == generation)
        {
            if (!connection->FirstByteSeen && connection->Outstanding > 0)
            {
                connection->FirstByteSeen = true;
                _result.FirstByte.Record(_run.Now - Math.Max(connection->Begun[connection->Oldest], connection->OpenedAt));
            }

            Verdict verdict = _verifier.Read(connection, ref bytes);
            switch (verdict)
            {
                case Verdict.NeedsMore:
                    break;
                case Verdict.Answered:
                case Verdict.Refused:
                    if (_verifier.Closes(connection) || _settings.Reconnect)
                    {
                        Complete(index, verdict);
                        Lose(index, "short", byPeer: true, announced: true);
                        return;
                    }

                    Complete(index, verdict);
                    break;
                case Verdict.Closing:
                    Lose(index, "short", byPeer: true);
                    return;
                case Verdict.Mismatch:
                    _result.Counts.Mismatches++;
                    Lose(index, "mismatch", byPeer: false);
                    return;
                default:
                    Lose(index, _verifier.Problem(connection), byPeer: false);
                    return;
            }
        }
    }

    /// <summary>The peer has closed: right after an answer that lasts until then, wrong in the middle of another.</summary>
    private void End(int index, int errno)
    {
        LoadConnection* connection = &_connections[index];
        Verdict verdict = errno == 0 && connection->Outstanding > 0 ? _verifier.AtEnd(connection) : Verdict.NeedsMore;
        if (verdict is Verdict.Answered or Verdict.Refused)
        {
            Complete(index, verdict);
            Lose(index, "short", byPeer: true, announced: true);
        }
        else if (verdict == Verdict.Mismatch)
        {
            _result.Counts.Mismatches++;
            Lose(index, "mismatch", byPeer: false);
        }
        else
        {
            Lose(index, errno == 0 ? "short" : ErrorName(errno), byPeer: true);
        }
    }

    /// <summary>The oldest request is answered; the next may begin.</summary>
    private void Complete(int index, Verdict verdict)
    {
        LoadConnection* connection = &_connections[index];
        int slot = connection->Oldest;
        connection->Oldest = slot + 1 == _settings.Pipeline ? 0 : slot + 1;
        connection->Outstanding--;
        connection->Answered++;
        connection->Since = _run.Now;
        connection->Moved = 0;
        connection->Failures = 0;
        connection->FirstByteSeen = false;
        _outstanding--;
        int status = _verifier.Status(connection);
        if (status != 0)
        {
            _result.Status(status);
        }

        if (verdict == Verdict.Answered)
        {
            _run.Answered(connection->Due[slot], connection->Begun[slot]);
        }
        else
        {
            _run.Refused();
        }

        _run.Log?.Add(connection->Due[slot], _run.Now, index, status, verdict == Verdict.Answered ? "ok" : "http_status");

        // The next request goes out when the whole batch of events is read: so the server, too, gets its work in batches.
        MakeFree(index);
    }

    /// <summary>A connection is over. What is under way on it fails, or is sent again on the next one.</summary>
    /// <param name="index">Which.</param>
    /// <param name="error">What to call it.</param>
    /// <param name="byPeer">The peer closed or reset it; otherwise it was given up here.</param>
    /// <param name="announced">The peer had said so, or it is meant for one request.</param>
    private void Lose(int index, string error, bool byPeer, bool announced = false)
    {
        LoadConnection* connection = &_connections[index];
        bool served = connection->Answered > 0;
        CloseSocket(index);
        if (_settings.Reconnect || announced)
        {
            int failed = _settings.Reconnect ? connection->Outstanding : connection->Outstanding - Repeatable(connection, served);
            FailRequests(index, failed, error);
        }
        else if (connection->Outstanding > 0)
        {
            FailRequests(index, connection->Outstanding - (byPeer && MayReopen ? Repeatable(connection, served) : 0), error);
        }
        else if (!byPeer || !_verifier.MayCloseIdle || !MayReopen || _phase == Phase.Holding)
        {
            _result.Counts.Failed++;
            _result.Error(error);
        }

        if (_phase == Phase.Holding)
        {
            return;
        }

        if (!announced && !MayReopen)
        {
            Rest(index);
        }
        else if (connection->Outstanding > 0)
        {
            SendAgain(index, served);
        }
        else if (served || announced)
        {
            MakeFree(index);
        }
        else
        {
            Rest(index);
        }
    }

    /// <summary>
    /// How many of the last requests under way may be sent again: those of which nothing was sent; and where repeating them does
    /// no harm, all that a connection which had answered before did not begin to answer.
    /// </summary>
    private int Repeatable(LoadConnection* connection, bool served)
    {
        if (served && _verifier.MayRepeat)
        {
            return connection->Outstanding - (connection->FirstByteSeen ? 1 : 0);
        }

        long start = connection->Sent + connection->ToSend;
        int count = 0;
        for (; count < connection->Outstanding; count++)
        {
            start -= _verifier.Length(connection->Stream, connection->Asked - 1 - count);
            if (start < connection->Sent)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Opens the connection again for the requests that are left on it.</summary>
    private void SendAgain(int index, bool served)
    {
        LoadConnection* connection = &_connections[index];
        _result.Counts.Repeated += connection->Outstanding;
        Renew(index);
        connection->ToSend = 0;
        for (; connection->Asked < connection->Outstanding; connection->Asked++)
        {
            connection->ToSend += _verifier.Length(connection->Stream, connection->Asked);
        }

        if (served)
        {
            Open(index);
        }
        else
        {
            Rest(index);
        }
    }

    /// <summary>Fails the oldest requests of a connection that has no socket any more.</summary>
    private void FailRequests(int index, int count, string error)
    {
        LoadConnection* connection = &_connections[index];
        for (int i = 0; i < count; i++)
        {
            long due = connection->Due[connection->Oldest];
            _result.Waited(_run.Now - due);
            _run.Log?.Add(due, _run.Now, index, 0, error);
            connection->Oldest = (connection->Oldest + 1) % _settings.Pipeline;
        }

        connection->Outstanding -= count;
        connection->Done += count;
        connection->ToSend = connection->Outstanding == 0 ? 0 : connection->ToSend;
        _outstanding -= count;
        if (count > 0)
        {
            _result.Counts.Failed += count;
            _result.Error(error, count);
        }
    }

    private void CloseSocket(int index)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->Socket >= 0)
        {
            close(connection->Socket);
            connection->Socket = -1;
            _connecting -= connection->State == LoadState.Connecting ? 1 : 0;
            if (connection->State == LoadState.Open)
            {
                _open--;
                _lastOpenAt = _run.Now;
            }

            connection->State = LoadState.Closed;
            connection->Http.Reset();
        }
    }

    private static string ErrorName(int errno) =>
        errno == ECONNREFUSED ? "refused"
        : errno == ECONNRESET || errno == EPIPE ? "reset"
        : errno == ETIMEDOUT ? "timed_out"
        : Errno.Name(errno).ToLowerInvariant();
}
