using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

// One connection of the load generator: open, send, receive, fail.
internal sealed unsafe partial class LoadGenerator
{
    /// <summary>Makes an entry ready for a new connection.</summary>
    private void Renew(int index)
    {
        LoadConnection* connection = &_connections[index];
        connection->Generation++;
        connection->Sent = 0;
        connection->Received = 0;
        connection->Asked = 0;
        connection->Answered = 0;
        connection->AnswerEnd = _requests.Length(StreamOf(index), 0);
        connection->Http.Reset();
    }

    private void Open(int index)
    {
        LoadConnection* connection = &_connections[index];
        connection->LastActive = _second;
        connection->Socket = socket(_settings.Target.Family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connection->Socket < 0)
        {
            Fail(index, ErrorName(Errno.Last));
            return;
        }

        SocketOption.NoDelay.TrySet(connection->Socket, 1);
        connection->State = LoadState.Connecting;
        _connecting++;
        int errno = Connect(connection->Socket);
        if (errno != 0)
        {
            Fail(index, ErrorName(errno));
            return;
        }

        Watch(connection->Socket, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, index, connection->Generation);
    }

    /// <summary>Begins a connection, from the next source address where the ports of one have run out.</summary>
    /// <returns>0, or errno.</returns>
    private int Connect(int socket)
    {
        SocketAddress target = _settings.Target;
        for (int skipped = 0; ; skipped++)
        {
            _sources.BindNext(socket);
            int errno = connect(socket, SocketAddress.Pointer(ref target), target.Length) == 0 ? 0 : Errno.Last;
            if (errno != EADDRNOTAVAIL || skipped == SourcesTried || !_sources.Skip())
            {
                return errno == EINPROGRESS ? 0 : errno;
            }
        }
    }

    private void Handle(int index, int events)
    {
        LoadConnection* connection = &_connections[index];
        connection->LastActive = Second(_now);
        if ((events & EPOLLERR) != 0)
        {
            SocketError(connection->Socket, out int error);
            Fail(index, ErrorName(error));
            return;
        }

        if (connection->State == LoadState.Connecting)
        {
            if ((events & EPOLLOUT) == 0)
            {
                return;
            }

            connection->State = LoadState.Open;
            _connecting--;
            _open++;
            _failedInARow = 0;
            _result.Connections++;
            _result.PeakConnections = Math.Max(_result.PeakConnections, _open);
        }

        if ((events & EPOLLOUT) != 0 && connection->ToSend > 0 && !Send(index))
        {
            return;
        }

        if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0)
        {
            Receive(index, (events & (EPOLLRDHUP | EPOLLHUP)) != 0);
        }
    }

    private static void SocketError(int socket, out int error)
    {
        int value = 0;
        socklen_t length = sizeof(int);
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &length);
        error = value;
    }

    /// <summary>Begins a request that was due at some time.</summary>
    private void Begin(int index, long due)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->Socket < 0)
        {
            Renew(index);
        }

        int slot = (connection->Oldest + connection->Outstanding) % _settings.Pipeline;
        connection->Due[slot] = due;
        connection->Begun[slot] = _now;
        connection->Outstanding++;
        connection->ToSend += _requests.Length(StreamOf(index), connection->Asked++);
        connection->LastActive = Second(_now);
        _outstanding++;
        if (connection->Socket < 0)
        {
            Open(index); // sends when it is open
        }
        else if (connection->State == LoadState.Open)
        {
            Send(index);
        }
    }

    private bool Send(int index)
    {
        LoadConnection* connection = &_connections[index];
        while (connection->ToSend > 0)
        {
            long part = Math.Min(connection->ToSend, Stream.Piece);
            long sent = Linux.SendNow(connection->Socket, _requests.At(StreamOf(index), connection->Sent), (nuint)part);
            if (sent > 0)
            {
                connection->Sent += sent;
                connection->ToSend -= sent;
                continue;
            }

            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                return true;
            }

            if (errno != EINTR)
            {
                Fail(index, ErrorName(errno));
                return false;
            }
        }

        return true;
    }

    private long StreamOf(int index) => index + ((long)_connections[index].Generation * 7);

    private void Receive(int index, bool endSeen)
    {
        LoadConnection* connection = &_connections[index];
        uint generation = connection->Generation;
        while (true)
        {
            long got = Linux.ReceiveNow(connection->Socket, _buffer, ReadSize);
            if (got > 0)
            {
                _now = Clock.Nanoseconds;
                _result.BytesReceived += got;
                bool open = _settings.Protocol == Protocol.Echo ? CheckEcho(index, (int)got) : CheckHttp(index, (int)got);
                if (!open || connection->Generation != generation || (got < ReadSize && !endSeen))
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
                End(index, errno);
                return;
            }
        }
    }

    /// <summary>The peer has closed: right after an HTTP answer, wrong in the middle of one or of an echo.</summary>
    private void End(int index, int errno)
    {
        LoadConnection* connection = &_connections[index];
        if (errno == 0 && _settings.Protocol == Protocol.Http)
        {
            if (connection->Http.CompleteAtEnd && connection->Outstanding > 0)
            {
                bool whole = BodyIsWhole(index);
                bool good = HasGoodStatus(connection);
                CloseSocket(index);
                if (whole)
                {
                    Complete(index, good);
                    LosePipelined(index);
                }
                else
                {
                    Mismatch(index);
                }

                return;
            }

            if (connection->Outstanding == 0 && _phase == Phase.Requesting)
            {
                CloseSocket(index); // an idle connection may be closed by an HTTP server; the next request opens a new one
                return;
            }
        }

        Fail(index, errno == 0 ? "short" : ErrorName(errno));
    }

    /// <summary>Requests that were on the way behind an answer that ended the connection.</summary>
    private void LosePipelined(int index)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->Socket >= 0)
        {
            return; // it is open again
        }

        connection->ToSend = 0;
        for (; connection->Outstanding > 0; connection->Outstanding--)
        {
            _outstanding--;
            _result.Failed++;
            _result.Error("short");
            _free.Add(index);
        }
    }

    /// <summary>The oldest request is answered; the next may begin.</summary>
    private void Complete(int index, bool good)
    {
        LoadConnection* connection = &_connections[index];
        int slot = connection->Oldest;
        connection->Oldest = (slot + 1) % _settings.Pipeline;
        connection->Outstanding--;
        _outstanding--;
        _lastAnswerAt = _now;
        if (good)
        {
            _result.Requests++;
            _result.Latency.Record(_now - connection->Due[slot]);
            _interval.Record(_now - connection->Due[slot]);
            if (_settings.Rate > 0)
            {
                _result.Uncorrected.Record(_now - connection->Begun[slot]);
            }
        }
        else
        {
            _result.Failed++;
            _result.Error("http_status");
        }

        // The next request goes out when the whole batch of events is read: so the server, too, gets its work in batches.
        _free.Add(index);
    }

    private void Fail(int index, string error)
    {
        LoadConnection* connection = &_connections[index];
        bool connecting = connection->State == LoadState.Connecting || connection->Socket < 0;
        CloseSocket(index);
        _result.Error(error);
        _result.Failed += Math.Max(connection->Outstanding, 1);
        int lost = connection->Outstanding;
        _outstanding -= lost;
        connection->Outstanding = 0;
        connection->ToSend = 0;
        if (_settings.Reconnect)
        {
            _failedInARow = connecting ? _failedInARow + 1 : 0;
            _lastAnswerAt = Clock.Nanoseconds;
            for (; lost > 0; lost--)
            {
                _free.Add(index);
            }

            return;
        }

        connection->Given = true;
        _givenUp++;
    }

    private void CloseSocket(int index)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->Socket >= 0)
        {
            close(connection->Socket);
            connection->Socket = -1;
            _connecting -= connection->State == LoadState.Connecting ? 1 : 0;
            _open -= connection->State == LoadState.Open ? 1 : 0;
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
