using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

// Taking connections, and not taking them.
internal sealed unsafe partial class EventLoop
{
    private static int ConnectionEvents => EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

    private void Accept(int most)
    {
        for (int i = 0; i < most; i++)
        {
            if (_counters->Open >= _settings.MaxConnections)
            {
                Accepting(false); // the others wait in the backlog until one closes
                return;
            }

            int descriptor = accept4(_listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor >= 0)
            {
                if (!Begin(descriptor))
                {
                    return;
                }

                continue;
            }

            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                return;
            }

            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            {
                _counters->Error(errno);
                Refuse();
                PauseAccepting();
                return;
            }

            if (errno != EINTR)
            {
                _counters->Error(errno); // the connection died while it waited: ECONNABORTED, EPROTO, ENETDOWN, ... (accept(2))
            }
        }
    }

    /// <summary>Out of descriptors: gives up the spare one to take those who wait and let them go, so they know at once.</summary>
    private void Refuse()
    {
        close(_spare);
        for (int i = 0; i < AcceptBurst; i++)
        {
            int descriptor = accept4(_listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0)
            {
                break;
            }

            _counters->Refused++;
            close(descriptor);
        }

        _spare = OpenSpare();
    }

    private void Accepting(bool on)
    {
        if (_accepting == on || _listener < 0)
        {
            return;
        }

        _accepting = on;
        if (on)
        {
            _acceptAgainAt = 0;
        }

        int exclusive = _settings.Accept == AcceptMode.Exclusive ? EPOLLEXCLUSIVE : 0;
        Watch(_listener, EPOLLIN | exclusive, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
    }

    private void StopListening()
    {
        if (_listener >= 0)
        {
            Accepting(false);
            _acceptAgainAt = 0;
            close(_listener);
            _listener = -1;
        }
    }

    /// <summary>Takes a connection in.</summary>
    /// <returns>False when the kernel has no memory for it: accepting rests.</returns>
    private bool Begin(int descriptor)
    {
        Connection* connection = _table[descriptor];
        // An entry of the ready list outlives its connection, so the mark for it does too.
        ConnectionFlags keep = connection->Flags & ConnectionFlags.InReadyList;
        *connection = new Connection { Id = ++_counters->Accepted, LastActive = _now, Flags = keep };
        _highest = Math.Max(_highest, descriptor);
        _counters->Peak = Math.Max(_counters->Peak, _counters->Open);

        QuickAck(descriptor);
        epoll_event watched = new() { events = _edge ? ConnectionEvents : EPOLLIN | EPOLLRDHUP };
        watched.data.u64 = ((ulong)(uint)connection->Id << 32) | (uint)descriptor;
        if (epoll_ctl(_epoll.Value, EPOLL_CTL_ADD, descriptor, &watched) != 0)
        {
            int errno = Errno.Last; // ENOMEM, or ENOSPC: /proc/sys/fs/epoll/max_user_watches
            Close(descriptor, connection, errno);
            _counters->Refused++;
            PauseAccepting();
            return false;
        }

        return true;
    }

    private void PauseAccepting()
    {
        _acceptAgainAt = Clock.Nanoseconds + (AcceptPauseMs * 1_000_000L);
        Accepting(false);
    }

    private void Close(int descriptor, Connection* connection, int errno)
    {
        if (errno != 0)
        {
            _counters->Error(errno);
        }

        if ((connection->Flags & ConnectionFlags.Discard) != 0)
        {
            _lingering--;
        }

        Free(ref connection->Unsent);
        Free(ref connection->Input);
        *connection = new Connection { Flags = connection->Flags & ConnectionFlags.InReadyList };
        close(descriptor);
        _counters->Closed++;
        if (!_accepting && _acceptAgainAt == 0 && _drainUntil == 0)
        {
            Accepting(true); // the limit of connections was what held us back
        }
    }

    private static void Free(ref byte* block)
    {
        System.Runtime.InteropServices.NativeMemory.Free(block);
        block = null;
    }
}
