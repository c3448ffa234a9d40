using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.EpollEcho.Udp;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
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
    private readonly Descriptor[] _sockets;
    private readonly AwaitedDatagrams _awaited;
    private readonly int _sendAtOnce;
    private readonly SocketAddress* _target;
    private bool _full; // the kernel takes no more: wait for room
    private int _turn;

    /// <summary>Opens the sockets.</summary>
    /// <exception cref="LibcException">One cannot be opened or connected.</exception>
    public UdpFlow(LoadRun run)
    {
        _run = run;
        _settings = run.Settings;
        _result = run.Result;
        int count = _settings.Connections;
        _awaited = new AwaitedDatagrams(run);
        _out = new DatagramBatch(Batch, _settings.Sizes.Most);
        _sendAtOnce = _settings.Joined ? Math.Clamp(JoinedDatagrams.MaxBytes / _settings.Sizes.Most, 1, Batch) : Batch;
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        _target = (SocketAddress*)NativeMemory.AllocZeroed((nuint)sizeof(SocketAddress));
        DescriptorLimit.Raise();
        _sockets = new Descriptor[count];
        for (int i = 0; i < _sockets.Length; i++)
        {
            _sockets[i] = Open();
            Watch(_sockets[i].Value, EPOLLIN, i, EPOLL_CTL_ADD);
        }

        Watch(run.SignalDescriptor, EPOLLIN, SignalKey, EPOLL_CTL_ADD);
        _result.Counts.Connections = _result.Counts.PeakConnections = count;
    }

    private bool ToGroup => Multicast.IsGroup(_target->Address);

    /// <summary>Runs to the end, or to a signal.</summary>
    public void Run()
    {
        _run.WaitForOthers(_sockets.Length, toStart: true);
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
                    Watch(_sockets[index].Value, EPOLLIN, index, EPOLL_CTL_MOD);
                }

                Receive(index);
            }

            if (_run.Now >= nextCheck)
            {
                _awaited.GiveUpTheLost();
                nextCheck = _run.Now + CheckEvery;
                _run.EndSeconds(_sockets.Length);
            }
        }

        _run.Now = Clock.Nanoseconds;
        _awaited.RecordUnderWay();
        _run.EndRequests(_run.Interrupted ? RunEnd.Signal : _settings.Requests > 0 ? RunEnd.Count : RunEnd.Time,
            _awaited.UnderWay, 0, _sockets.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_sockets, socket => socket.Dispose());
        _epoll.Dispose();
        _out.Dispose();
        _in.Dispose();
        _stream.Dispose();
        _awaited.Dispose();
        NativeMemory.Free(_target);
    }

    /// <summary>Opens a socket, to the first address of the name that has a route.</summary>
    private Descriptor Open()
    {
        for (int i = 0; ; i++)
        {
            *_target = _settings.Targets[i];
            Descriptor socket = Descriptor.Open(
                LibC.socket(_target->Family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "opening a UDP socket");
            SocketOption.ReceiveBuffer.TrySet(socket.Value, 1 << 20);
            if (_settings.Joined)
            {
                SocketOption.UdpJoinedReceive.Set(socket.Value, 1);
                SocketOption.UdpSegment.Set(socket.Value, _settings.Sizes.Most);
            }

            if (ToGroup)
            {
                Multicast.Configure(socket.Value, _target->Family, _settings.InterfaceIndex, _settings.Hops, loop: true);
                return socket;
            }

            int result = connect(socket.Value, SocketAddress.Pointer(ref *_target), _target->Length);
            if (result == 0 || i == _settings.Targets.Length - 1)
            {
                Errno.Check(result, $"connecting to {*_target}");
                return socket;
            }

            socket.Dispose();
        }
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
        for (int tried = 0; tried < _sockets.Length && !_full; tried++)
        {
            int index = open ? (int)(_run.Pacing.Issued % _sockets.Length) : _turn;
            _turn = (_turn + 1) % _sockets.Length;
            int count = 0;
            while (count < _sendAtOnce && _awaited.HasRoom(index) && (count == 0 || !open || _sockets.Length == 1)
                && _run.Pacing.TryBegin(_run.Now, out long due))
            {
                Prepare(index, count++, due);
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

    private void Prepare(int index, int place, long due)
    {
        long number = _awaited.Begin(index, due);
        byte* bytes = _out[place];
        BinaryPrimitives.WriteInt64BigEndian(new Span<byte>(bytes, 8), number);
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(bytes + 8, 4), index);
        int size = _settings.Sizes.Of(index, number);
        Buffer.MemoryCopy(_stream.At(index, number), bytes + MinSize, size - MinSize, size - MinSize);
        _out.Prepare(place, size, ToGroup ? _target : null);
    }

    private void SendBatch(int index, int count)
    {
        int socket = _sockets[index].Value;
        int sent = Math.Max(_settings.Joined ? _out.SendJoined(socket, count) : _out.Send(socket, count), 0);
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
                _result.Error("refused");
            }

            return;
        }

        // Refused by the kernel: full buffers, no route.
        _result.Error(Errno.Name(errno).ToLowerInvariant(), count);
        _awaited.LoseLast(index, count);
    }

    private void Receive(int index)
    {
        while (true)
        {
            int count = _in.Receive(_sockets[index].Value);
            if (count < 0)
            {
                int errno = Errno.Last;
                if (errno != EAGAIN && errno != EINTR)
                {
                    _result.Error(errno == ECONNREFUSED ? "refused" : Errno.Name(errno).ToLowerInvariant());
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
            return;
        }

        counts.BytesVerified += datagram.Length;
        _awaited.Take(index, number);
    }
}
