using System.Runtime.InteropServices;
using NetTools.EpollEcho.Http;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

// What one connection needs when epoll says something of it.
internal sealed unsafe partial class EventLoop
{
    private void Handle(int descriptor, Connection* connection, int events)
    {
        connection->LastActive = (connection->Flags & ConnectionFlags.Discard) == 0 ? _now : connection->LastActive;
        if ((events & EPOLLERR) != 0)
        {
            Close(descriptor, connection, PendingError(descriptor)); // reset: nothing can be read or sent any more
            return;
        }

        if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0)
        {
            connection->Flags |= ConnectionFlags.EndSeen | ConnectionFlags.Readable;
        }

        if ((events & EPOLLIN) != 0)
        {
            connection->Flags |= ConnectionFlags.Readable;
        }

        if (connection->UnsentEnd == 0 || (events & EPOLLOUT) == 0 || Flush(descriptor, connection))
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
        for (int turns = _ready.Count; turns > 0; turns--)
        {
            int descriptor = _ready.Take();
            Connection* connection = _table[descriptor];
            connection->Flags &= ~ConnectionFlags.InReadyList;
            if (connection->Id != 0)
            {
                Pump(descriptor, connection);
            }
        }

        SendQueued();
    }

    /// <summary>Sends what the connections of this turn have queued.</summary>
    private void SendQueued()
    {
        for (int i = 0; i < _queue.Count; i++)
        {
            SendQueue.Answer answer = _queue[i];
            Connection* connection = _table[answer.Descriptor];
            if (Send(answer.Descriptor, connection, answer.Bytes, answer.Length))
            {
                Settle(answer.Descriptor, connection);
            }
        }

        _queue.Clear();
    }

    /// <summary>Queues an answer that stands in the queue's room, of a connection that has nothing else to do.</summary>
    private void SendLater(int descriptor, int length)
    {
        _queue.Add(descriptor, length);
        if (_queue.IsFull)
        {
            SendQueued();
        }
    }

    /// <summary>Reads and answers until the kernel has no more, the peer takes no more, or the turn is over.</summary>
    private void Pump(int descriptor, Connection* connection)
    {
        int budget = TurnBytes;
        while (connection->UnsentEnd == 0)
        {
            if ((connection->Flags & ConnectionFlags.InputRunnable) != 0)
            {
                connection->Flags &= ~ConnectionFlags.InputRunnable;
                if (!AnswerHttp(descriptor, connection, 0))
                {
                    return;
                }

                continue;
            }

            if ((connection->Flags & (ConnectionFlags.PeerDone | ConnectionFlags.CloseAfterSend)) != 0
                && !Finish(descriptor, connection))
            {
                return;
            }

            if ((connection->Flags & ConnectionFlags.Readable) == 0)
            {
                break;
            }

            if (budget <= 0)
            {
                NextTurn(descriptor, connection);
                break;
            }

            byte* room = _settings.Protocol == Protocol.Echo ? _queue.Room : _input + connection->InputLength;
            long got = Linux.ReceiveNow(descriptor, room, ReadSize);
            if (got > 0)
            {
                QuickAck(descriptor);
                budget = _edge ? budget - (int)got : 0;
                if ((got < ReadSize || !_edge) && (connection->Flags & ConnectionFlags.EndSeen) == 0)
                {
                    connection->Flags &= ~ConnectionFlags.Readable; // a short read has emptied the socket; more makes a new edge
                }

                if (!Use(descriptor, connection, (int)got))
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
                    Close(descriptor, connection, errno);
                    return;
                }
            }
        }

        Settle(descriptor, connection);
    }

    /// <summary>After a turn of a connection: closes it when the server drains, or says what to wait for.</summary>
    private void Settle(int descriptor, Connection* connection)
    {
        if (_drainUntil != 0 && connection->UnsentEnd == 0 && (connection->Flags & ConnectionFlags.Readable) == 0)
        {
            Close(descriptor, connection, 0);
        }
        else if (!_edge)
        {
            WatchLevel(descriptor, connection);
        }
    }

    private void NextTurn(int descriptor, Connection* connection)
    {
        if (_edge && (connection->Flags & ConnectionFlags.InReadyList) == 0)
        {
            connection->Flags |= ConnectionFlags.InReadyList;
            _ready.Add(descriptor);
        }
    }

    /// <summary>Level-triggered: while something is unsent only room matters, or epoll would report the input for ever.</summary>
    private void WatchLevel(int descriptor, Connection* connection)
    {
        bool waits = connection->UnsentEnd != 0;
        if (waits != ((connection->Flags & ConnectionFlags.WaitsForRoom) != 0))
        {
            connection->Flags ^= ConnectionFlags.WaitsForRoom;
            Watch(descriptor, waits ? EPOLLOUT : EPOLLIN | EPOLLRDHUP, EPOLL_CTL_MOD, (uint)connection->Id);
        }
    }

    /// <summary>Everything owed is sent: closes, or first lingers.</summary>
    /// <returns>False when the connection is gone.</returns>
    private bool Finish(int descriptor, Connection* connection)
    {
        if ((connection->Flags & (ConnectionFlags.Linger | ConnectionFlags.PeerDone)) != ConnectionFlags.Linger)
        {
            Close(descriptor, connection, 0);
            return false;
        }

        shutdown(descriptor, SHUT_WR);
        connection->Flags &= ~(ConnectionFlags.Linger | ConnectionFlags.CloseAfterSend);
        connection->Flags |= ConnectionFlags.Discard | ConnectionFlags.Readable;
        connection->BodyLeft = HttpRequest.MaxBody; // how much it may still send us for nothing
        _lingering++;
        return true;
    }

    private void QuickAck(int descriptor)
    {
        if (_settings.QuickAck)
        {
            SocketOption.QuickAck.TrySet(descriptor, 1);
        }
    }

    /// <summary>Answers what was received.</summary>
    /// <returns>False when the turn is over: the connection is gone, or its answer is queued.</returns>
    private bool Use(int descriptor, Connection* connection, int got)
    {
        _counters->BytesReceived += got;
        if ((connection->Flags & ConnectionFlags.Discard) != 0)
        {
            connection->BodyLeft -= got;
            if (connection->BodyLeft < 0)
            {
                Close(descriptor, connection, 0);
                return false;
            }

            return true;
        }

        if (_settings.Protocol != Protocol.Echo)
        {
            return AnswerHttp(descriptor, connection, got);
        }

        if ((connection->Flags & ConnectionFlags.Readable) != 0)
        {
            return Send(descriptor, connection, _queue.Room, got);
        }

        SendLater(descriptor, got);
        return false;
    }

    /// <summary>Answers what was left over and what was just read behind it.</summary>
    /// <returns>False when the turn is over: the connection is gone, or its answer is queued.</returns>
    private bool AnswerHttp(int descriptor, Connection* connection, int got)
    {
        int length = connection->InputLength + got;
        if (connection->InputLength > 0)
        {
            Buffer.MemoryCopy(connection->Input, _input, connection->InputLength, connection->InputLength);
            connection->InputLength = 0;
            Free(ref connection->Input);
        }

        int start = 0;
        HttpStep step;
        do
        {
            step = HttpResponder.Answer(connection, new ReadOnlySpan<byte>(_input + start, length - start),
                new Span<byte>(_queue.Room, SendQueue.Longest), out int consumed, out int produced, ref _counters->Requests);
            start += consumed;
            if (start == length && step == HttpStep.NeedsInput && produced > 0 && (connection->Flags & ConnectionFlags.Readable) == 0)
            {
                SendLater(descriptor, produced);
                return false;
            }

            if (produced > 0 && !Send(descriptor, connection, _queue.Room, produced))
            {
                return false;
            }
        }
        while (step == HttpStep.NeedsRoom && connection->UnsentEnd == 0);

        if (step == HttpStep.Close)
        {
            connection->Flags |= start < length ? ConnectionFlags.Linger : 0;
        }
        else if (start < length)
        {
            connection->InputLength = length - start;
            connection->Input = Keep(_input + start, length - start);
            connection->Flags |= step == HttpStep.NeedsRoom ? ConnectionFlags.InputRunnable : 0;
        }

        return true;
    }

    /// <summary>Sends, and keeps what the kernel does not take.</summary>
    /// <returns>False when the connection is gone.</returns>
    private bool Send(int descriptor, Connection* connection, byte* bytes, int length)
    {
        long sent = SendSome(descriptor, connection, bytes, length);
        if (sent < 0)
        {
            return false;
        }

        if (sent < length)
        {
            connection->Unsent = Keep(bytes + sent, length - (int)sent);
            connection->UnsentStart = 0;
            connection->UnsentEnd = length - (int)sent;
        }

        return true;
    }

    /// <summary>Sends what was kept.</summary>
    /// <returns>False when the connection is gone.</returns>
    private bool Flush(int descriptor, Connection* connection)
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
        }

        return true;
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

        _counters->BytesSent += sent;
        return sent;
    }

    private static byte* Keep(byte* bytes, int length)
    {
        byte* kept = (byte*)NativeMemory.Alloc((nuint)length);
        Buffer.MemoryCopy(bytes, kept, length, length);
        return kept;
    }
}
