using System.Buffers.Binary;
using NetTools.EpollEcho.Udp;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Sends numbered datagrams to a UDP echo and matches what comes back: loss, order, duplicates, latency. Closed loop: each socket
/// keeps as many under way as its window allows. Open loop: they leave at fixed times.
/// </summary>
internal sealed unsafe class UdpFlow : IDisposable
{
    /// <summary>The number of the datagram and of its socket stand before the pattern.</summary>
    public const int MinSize = 12;

    private const int Batch = JoinedDatagrams.MaxCount;
    private const int SignalKey = -1;
    private const long LongestWait = 20_000_000;
    private const long CheckEvery = 10_000_000;

    private readonly LoadRun _run;
    private readonly LoadSettings _settings;
    private readonly LoadResult _result;
    private readonly Stream _stream = Stream.Echo();
    private readonly DatagramBatch _out;
    private readonly DatagramBatch _in = new(Batch);
    private readonly Descriptor _epoll;
    private readonly DatagramSockets _sockets;
    private readonly AwaitedDatagrams _awaited;
    private readonly int _sendAtOnce;
    private bool _full; // the kernel takes no more: wait for room
    private int _turn;

    /// <summary>Opens the sockets.</summary>
    /// <exception cref="LibcException">One cannot be opened or connected.</exception>
    public UdpFlow(LoadRun run)
    {
        _run = run;
        _settings = run.Settings;
        _result = run.Result;
        _awaited = new AwaitedDatagrams(run);
        _out = new DatagramBatch(Batch, _settings.Sizes.Most);
        _sendAtOnce = _settings.Joined ? Math.Clamp(JoinedDatagrams.MaxBytes / _settings.Sizes.Most, 1, Batch) : Batch;
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        _sockets = new DatagramSockets(_settings);
        for (int i = 0; i < _sockets.Count; i++)
        {
            Watch(_sockets[i], EPOLLIN, i, EPOLL_CTL_ADD);
        }

        Watch(run.SignalDescriptor, EPOLLIN, SignalKey, EPOLL_CTL_ADD);
        _result.Counts.Connections = _result.Counts.PeakConnections = _sockets.Count;
    }

    /// <summary>Runs to the end, or to a signal.</summary>
    public void Run()
    {
        _run.WaitForOthers(_sockets.Count, toStart: true);
        _run.Begin();
        long nextCheck = _run.Now;
        epoll_event* events = stackalloc epoll_event[Batch];
        while (!_run.Interrupted)
        {
            _run.Now = Clock.Nanoseconds;
            long wait = LongestWait;
            if (_run.MoreToCome)
            {
                wait = Send();
            }
            else if (_awaited.UnderWay == 0)
            {
                break;
            }

            timespec limit = new() { tv_nsec = (int)wait };
            int count = Epoll.Wait(_epoll.Value, events, Batch, &limit);
            for (int i = 0; i < count; i++)
            {
                int index = (int)events[i].data.u32;
                if (index == SignalKey)
                {
                    _run.TakeSignal();
                    continue;
                }

                if ((events[i].events & EPOLLOUT) != 0)
                {
                    _full = false;
                    Watch(_sockets[index], EPOLLIN, index, EPOLL_CTL_MOD);
                }

                Receive(index);
            }

            if (_run.Now >= nextCheck)
            {
                _awaited.GiveUpTheLost();
                nextCheck = _run.Now + CheckEvery;
                _run.EndSeconds(_sockets.Count);
            }
        }

        _run.Now = Clock.Nanoseconds;
        _awaited.RecordUnderWay();
        _run.EndRequests(_run.Interrupted ? _run.InterruptedBy : _settings.Requests > 0 ? RunEnd.Count : RunEnd.Time,
            _awaited.UnderWay, 0, _sockets.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.Dispose();
        _epoll.Dispose();
        _out.Dispose();
        _in.Dispose();
        _stream.Dispose();
        _awaited.Dispose();
    }

    private void Watch(int descriptor, int events, int index, int operation)
    {
        epoll_event watched = new() { events = events };
        watched.data.u64 = (uint)index;
        Errno.Check(Linux.epoll_ctl(_epoll.Value, operation, descriptor, &watched), "watching a descriptor");
    }

    /// <summary>Sends what may leave now, socket by socket.</summary>
    /// <returns>Nanoseconds until the next may leave, as far as is known.</returns>
    private long Send()
    {
        bool open = _run.Pacing.IsOpen;
        for (int tried = 0; tried < _sockets.Count && !_full; tried++)
        {
            int index = open ? (int)(_run.Pacing.Issued % _sockets.Count) : _turn;
            _turn = (_turn + 1) % _sockets.Count;
            int count = 0;
            while (count < _sendAtOnce && _awaited.HasRoom(index) && (count == 0 || !open || _sockets.Count == 1)
                && _run.Pacing.TryBegin(_run.Now, out long due))
            {
                Prepare(index, count++, _awaited.Begin(index, due));
            }

            if (count > 0)
            {
                SendBatch(index, count);
                tried = open ? -1 : tried;
            }
            else if (open)
            {
                break;
            }
        }

        return open && !_full ? Math.Clamp(_run.Pacing.NextDue - Clock.Nanoseconds, 0, LongestWait) : LongestWait;
    }

    private void Prepare(int index, int place, long number)
    {
        byte* bytes = _out[place];
        BinaryPrimitives.WriteInt64BigEndian(new Span<byte>(bytes, 8), number);
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(bytes + 8, 4), index);
        int size = _settings.Sizes.Of(index, number);
        Buffer.MemoryCopy(_stream.At(index, number), bytes + MinSize, size - MinSize, size - MinSize);
        _out.Prepare(place, size, _sockets.Group);
    }

    private void SendBatch(int index, int count)
    {
        int socket = _sockets[index];
        int sent = Hand(socket, count);
        if (sent == count)
        {
            return;
        }

        int errno = Errno.Last;
        if (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED || sent > 0)
        {
            // Not sent, and as due as before. A refusal is the peer's answer to an earlier one.
            _awaited.TakeBack(index, count - sent);
            _run.Pacing.TakeBack(count - sent);
            if (sent == 0 && errno == EAGAIN)
            {
                _full = true;
                Watch(socket, EPOLLIN | EPOLLOUT, index, EPOLL_CTL_MOD);
            }
            else if (sent == 0 && errno == ECONNREFUSED)
            {
                Refused(index);
            }

            return;
        }

        // Refused by the kernel: full buffers, no route.
        _result.Error(Errno.Name(errno).ToLowerInvariant(), count);
        _awaited.LoseLast(index, count);
    }

    private int Hand(int socket, int count) =>
        Math.Max(_settings.Joined ? _out.SendJoined(socket, count) : _out.Send(socket, count), 0);

    /// <summary>
    /// Nobody is there. Before a socket's first answer the next address of the name is tried, and what is under way goes there.
    /// </summary>
    private void Refused(int index)
    {
        if (_awaited.IsServed(index) || !_sockets.TryNextAddress(index))
        {
            _result.Error("refused");
            return;
        }

        _full = false;
        Watch(_sockets[index], EPOLLIN, index, EPOLL_CTL_ADD);
        int count = 0;
        for (long number = _awaited.AwaitedFrom(index, 0); number >= 0 && count < _sendAtOnce;
            number = _awaited.AwaitedFrom(index, number + 1))
        {
            Prepare(index, count++, number);
        }

        _result.Counts.Repeated += count == 0 ? 0 : Hand(_sockets[index], count);
    }

    private void Receive(int index)
    {
        while (true)
        {
            int count = _in.Receive(_sockets[index]);
            if (count < 0)
            {
                int errno = Errno.Last;
                if (errno == ECONNREFUSED)
                {
                    Refused(index);
                }
                else if (errno != EAGAIN && errno != EINTR)
                {
                    _result.Error(Errno.Name(errno).ToLowerInvariant());
                }

                return;
            }

            _run.Now = Clock.Nanoseconds;
            for (int i = 0; i < count; i++)
            {
                CheckEach(index, new ReadOnlySpan<byte>(_in[i], _in.Length(i)), _in.Segment(i));
            }

            if (count < Batch)
            {
                return;
            }
        }
    }

    private void CheckEach(int index, ReadOnlySpan<byte> payload, int segment)
    {
        while (payload.Length > segment)
        {
            Check(index, payload[..segment]);
            payload = payload[segment..];
        }

        Check(index, payload);
    }

    private void Check(int index, ReadOnlySpan<byte> datagram)
    {
        ref LoadCounts counts = ref _result.Counts;
        counts.BytesReceived += datagram.Length;
        long number = datagram.Length >= MinSize ? BinaryPrimitives.ReadInt64BigEndian(datagram) : -1;
        if (!_awaited.Knows(index, number) || datagram.Length != _settings.Sizes.Of(index, number)
            || BinaryPrimitives.ReadInt32BigEndian(datagram[8..]) != index
            || !datagram[MinSize..].SequenceEqual(new ReadOnlySpan<byte>(_stream.At(index, number), datagram.Length - MinSize)))
        {
            counts.Mismatches++;
            bool told = datagram.Length >= MinSize && BinaryPrimitives.ReadInt32BigEndian(datagram[8..]) == index;
            _awaited.TakeWrong(index, told ? number : -1);
            return;
        }

        counts.BytesVerified += datagram.Length;
        _awaited.Take(index, number);
    }
}
