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
    private const long MostPlaces = 1 << 23; // for datagrams under way, of all sockets
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
    private readonly Flow* _flows;
    private readonly long* _due; // 0: not awaited
    private readonly long* _begun;
    private readonly byte* _answered; // a bit for each of the last numbers
    private readonly int _window;
    private readonly int _remembered;
    private readonly int _sendAtOnce;
    private readonly SocketAddress* _target;
    private long _underWay;
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
        _window = _settings.Rate > 0 ? WindowOf(_settings) : _settings.Pipeline;
        _remembered = Math.Clamp((int)(MostPlaces * 8 / count), 64, 1 << 16) & ~7;
        _out = new DatagramBatch(Batch, _settings.Sizes.Most);
        _sendAtOnce = _settings.Joined ? Math.Clamp(JoinedDatagrams.MaxBytes / _settings.Sizes.Most, 1, Batch) : Batch;
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        _flows = (Flow*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(Flow));
        _due = (long*)NativeMemory.AllocZeroed((nuint)count * (nuint)_window, sizeof(long));
        _begun = (long*)NativeMemory.AllocZeroed((nuint)count * (nuint)_window, sizeof(long));
        _answered = (byte*)NativeMemory.AllocZeroed((nuint)count * (nuint)_remembered / 8);
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
            else if (_underWay == 0)
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
                GiveUpTheLost();
                nextCheck = _run.Now + CheckEvery;
                _run.EndSeconds(_sockets.Length);
            }
        }

        _run.Now = Clock.Nanoseconds;
        RecordUnderWay();
        _run.EndRequests(_run.Interrupted ? RunEnd.Signal : _settings.Requests > 0 ? RunEnd.Count : RunEnd.Time, _underWay, 0,
            _sockets.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_sockets, socket => socket.Dispose());
        _epoll.Dispose();
        _out.Dispose();
        _in.Dispose();
        _stream.Dispose();
        NativeMemory.Free(_flows);
        NativeMemory.Free(_due);
        NativeMemory.Free(_begun);
        NativeMemory.Free(_answered);
        NativeMemory.Free(_target);
    }

    /// <summary>Places for what an open loop has under way on a socket when nobody answers.</summary>
    /// <exception cref="OperationFailedException">They would take too much memory.</exception>
    private static int WindowOf(LoadSettings settings)
    {
        double each = (settings.Rate * (settings.TimeoutNs + 1e9) / 1e9 / settings.Connections) + 64;
        return each * settings.Connections <= MostPlaces ? (int)each : throw new OperationFailedException(
            "the datagrams under way would not fit in memory", "a shorter --timeout, or a lower --rate");
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
            while (count < _sendAtOnce && HasRoom(index) && (count == 0 || !open || _sockets.Length == 1)
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

    /// <summary>
    /// Whether the place of the next datagram is free: the answer to the one that had it is not awaited any more.
    /// </summary>
    private bool HasRoom(int index) => _due[Slot(index, _flows[index].Next)] == 0;

    private long Slot(int index, long number) => ((long)index * _window) + (number % _window);

    private void Prepare(int index, int place, long due)
    {
        Flow* flow = &_flows[index];
        long number = flow->Next++;
        byte* bytes = _out[place];
        BinaryPrimitives.WriteInt64BigEndian(new Span<byte>(bytes, 8), number);
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(bytes + 8, 4), index);
        int size = _settings.Sizes.Of(index, number);
        Buffer.MemoryCopy(_stream.At(index, number), bytes + MinSize, size - MinSize, size - MinSize);
        _out.Prepare(place, size, ToGroup ? _target : null);
        _due[Slot(index, number)] = due;
        _begun[Slot(index, number)] = _run.Now;
        Answered(index, number) = (byte)(Answered(index, number) & ~Bit(number));
        _underWay++;
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
        Flow* flow = &_flows[index];
        if (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED || sent > 0)
        {
            // Not sent, and as due as before. A refusal is the peer's answer to an earlier one.
            for (int left = count - sent; left > 0; left--)
            {
                _due[Slot(index, --flow->Next)] = 0;
                _underWay--;
            }

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
        for (long number = flow->Next - count; number < flow->Next; number++)
        {
            Lose(index, number);
        }
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
        Flow* flow = &_flows[index];
        ref LoadCounts counts = ref _result.Counts;
        counts.BytesReceived += datagram.Length;
        long number = datagram.Length >= MinSize ? BinaryPrimitives.ReadInt64BigEndian(datagram) : -1;
        if (number < 0 || number >= flow->Next || datagram.Length != _settings.Sizes.Of(index, number)
            || BinaryPrimitives.ReadInt32BigEndian(datagram[8..]) != index
            || !datagram[MinSize..].SequenceEqual(new ReadOnlySpan<byte>(_stream.At(index, number), datagram.Length - MinSize)))
        {
            counts.Mismatches++;
            return;
        }

        counts.BytesVerified += datagram.Length;
        long slot = Slot(index, number);
        bool known = flow->Next - number <= _remembered;
        if (flow->Next - number > _window || _due[slot] == 0)
        {
            bool again = known && (Answered(index, number) & Bit(number)) != 0;
            counts.Duplicates += again ? 1 : 0;
            counts.Late += again ? 0 : 1;
            Mark(index, number, known);
            return;
        }

        counts.Reordered += number < flow->Highest ? 1 : 0;
        flow->Highest = Math.Max(flow->Highest, number);
        _run.Answered(_due[slot], _begun[slot]);
        _run.Log?.Add(_due[slot], _run.Now, index, 0, "ok");
        Mark(index, number, known);
        _due[slot] = 0;
        _underWay--;
    }

    private ref byte Answered(int index, long number) =>
        ref _answered[((long)index * _remembered / 8) + (number % _remembered / 8)];

    private static byte Bit(long number) => (byte)(1 << (int)(number % 8));

    private void Mark(int index, long number, bool known)
    {
        if (known)
        {
            Answered(index, number) |= Bit(number);
        }
    }

    /// <summary>
    /// Datagrams are begun in order, so the oldest of a socket that are still awaited are the first to be lost.
    /// </summary>
    private void GiveUpTheLost()
    {
        for (int i = 0; i < _sockets.Length; i++)
        {
            Flow* flow = &_flows[i];
            for (; flow->Oldest < flow->Next; flow->Oldest++)
            {
                long slot = Slot(i, flow->Oldest);
                if (flow->Next - flow->Oldest > _window || _due[slot] == 0)
                {
                    continue;
                }

                if (_run.Now - _begun[slot] <= _settings.TimeoutNs)
                {
                    break;
                }

                Lose(i, flow->Oldest);
            }
        }
    }

    /// <summary>What a signal leaves without an answer has waited, too.</summary>
    private void RecordUnderWay()
    {
        for (int i = 0; i < _sockets.Length && _underWay > 0; i++)
        {
            for (long number = Math.Max(_flows[i].Oldest, _flows[i].Next - _window); number < _flows[i].Next; number++)
            {
                long due = _due[Slot(i, number)];
                if (due != 0)
                {
                    _result.Waited(_run.Now - due);
                    _run.Log?.Add(due, _run.Now, i, 0, "in_flight");
                }
            }
        }
    }

    private void Lose(int index, long number)
    {
        long slot = Slot(index, number);
        _result.Waited(_run.Now - _due[slot]);
        _run.Log?.Add(_due[slot], _run.Now, index, 0, "lost");
        _due[slot] = 0;
        _underWay--;
        _result.Counts.Lost++;
        _result.Counts.Failed++;
    }

    /// <summary>One socket's datagrams.</summary>
    private struct Flow
    {
        /// <summary>The number of the next to send.</summary>
        public long Next;

        /// <summary>No earlier one is awaited.</summary>
        public long Oldest;

        /// <summary>The highest number that came back.</summary>
        public long Highest;
    }
}
