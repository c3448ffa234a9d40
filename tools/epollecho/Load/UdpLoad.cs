using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.EpollEcho.Udp;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Sends numbered datagrams to a UDP echo and matches what comes back: loss, order, duplicates, latency. Closed loop: each socket
/// keeps as many on the way as its window allows. Open loop: they leave at fixed times.
/// </summary>
internal sealed unsafe class UdpLoad : IDisposable
{
    /// <summary>The number of the datagram and of its socket stand before the pattern.</summary>
    public const int MinSize = 12;

    private const int Batch = JoinedDatagrams.MaxCount;

    private readonly LoadSettings _settings;
    private readonly SignalDescriptor _signals;
    private readonly Stream _stream = Stream.Echo();
    private readonly DatagramBatch _out;
    private readonly DatagramBatch _in = new(Batch);
    private readonly Descriptor _epoll;
    private readonly Descriptor[] _sockets;
    private readonly Flow* _flows;
    private readonly long* _due;
    private readonly long* _begun;
    private readonly int _window;
    private readonly int _sendAtOnce;
    private readonly long _patience;
    private readonly SocketAddress* _target;
    private readonly LoadResult _result = new();
    private readonly LatencyHistogram _interval = new();
    private readonly LoadMember? _member;
    private readonly Progress? _progress;
    private int _second;
    private long _lostBefore;
    private long _now;
    private long _startedAt;
    private long _issued;
    private int _turn;

    /// <summary>Opens the sockets.</summary>
    public UdpLoad(LoadSettings settings, SignalDescriptor signals, LoadMember? member = null)
    {
        _member = member;
        _progress = member is null ? new Progress() : null;
        _settings = settings;
        _signals = signals;
        _patience = settings.TimeoutSeconds * 1_000_000_000L;
        _window = settings.Rate > 0 ? 4096 : settings.Pipeline; // an open loop sends on, whatever is on the way
        _out = new DatagramBatch(Batch, settings.Sizes.Most);
        _sendAtOnce = settings.Joined ? Math.Clamp(JoinedDatagrams.MaxBytes / settings.Sizes.Most, 1, Batch) : Batch;
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        _flows = (Flow*)NativeMemory.AllocZeroed((nuint)settings.Connections, (nuint)sizeof(Flow));
        _due = (long*)NativeMemory.AllocZeroed((nuint)settings.Connections * (nuint)_window, sizeof(long));
        _begun = (long*)NativeMemory.AllocZeroed((nuint)settings.Connections * (nuint)_window, sizeof(long));
        _target = (SocketAddress*)NativeMemory.AllocZeroed((nuint)sizeof(SocketAddress));
        *_target = settings.Target;
        DescriptorLimit.Raise();
        _sockets = new Descriptor[settings.Connections];
        for (int i = 0; i < _sockets.Length; i++)
        {
            _sockets[i] = Open();
            Watch(_sockets[i].Value, i);
        }

        Watch(signals.FileDescriptor, -1);
    }

    private bool ToGroup => Multicast.IsGroup(_settings.Target.Address);

    /// <summary>Runs to the end, or to a signal.</summary>
    public LoadResult Run()
    {
        _now = _member?.WaitForOthers(default, _signals) ?? Clock.Nanoseconds;
        _startedAt = _now;
        _second = LoadGenerator.Second(_now);
        long until = _settings.Requests > 0 ? long.MaxValue : _now + _settings.DurationNs;
        long nextCheck = _now;
        bool interrupted = false;
        epoll_event* events = stackalloc epoll_event[Batch];
        while (true)
        {
            _now = Clock.Nanoseconds;
            bool more = !interrupted && _now < until && (_settings.Requests == 0 || _issued < _settings.Requests);
            long wait = 20_000_000;
            if (more)
            {
                wait = Send();
            }
            else if (interrupted || OnTheWay() == 0)
            {
                break;
            }

            timespec limit = new() { tv_nsec = (int)wait };
            int count = Epoll.Wait(_epoll.Value, events, Batch, &limit);
            for (int i = 0; i < count; i++)
            {
                int index = (int)events[i].data.u32;
                if (index < 0)
                {
                    interrupted |= _signals.Next() != 0;
                }
                else
                {
                    Receive(index);
                }
            }

            if (_now >= nextCheck)
            {
                GiveUpTheLost();
                nextCheck = _now + 10_000_000;
            }

            if (LoadGenerator.Second(_now) != _second)
            {
                _second = LoadGenerator.Second(_now);
                EndInterval(_second - 1);
            }
        }

        EndInterval(_second);
        _progress?.Dispose();

        _result.DurationNs = Clock.Nanoseconds - _startedAt;
        _result.Connections = _sockets.Length;
        _result.PeakConnections = _sockets.Length;
        _result.Failed = _result.Lost;
        return _result;
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
        NativeMemory.Free(_target);
    }

    private void EndInterval(int second)
    {
        LoadSlice slice = new(second, (_now - _startedAt) / 1e9, _result.Lost - _lostBefore, _interval);
        if (_member is null && (_interval.Count > 0 || slice.Failed > 0))
        {
            _result.AddInterval(slice);
        }

        _member?.Tell(slice);
        _member?.Tell(new LoadStatus(second + 1, _sockets.Length, _result.Requests, _result.Lost));
        _lostBefore = _result.Lost;
        _interval.Reset();
        if (_progress is { IsVisible: true })
        {
            _progress.Show($"{_result.Requests} datagrams came back, {_result.Lost} were lost");
        }
    }

    private Descriptor Open()
    {
        Descriptor socket = Descriptor.Open(LibC.socket(_target->Family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "opening a UDP socket");
        SocketOption.ReceiveBuffer.TrySet(socket.Value, 1 << 20);
        if (_settings.Joined)
        {
            SocketOption.UdpJoinedReceive.Set(socket.Value, 1);
            SocketOption.UdpSegment.Set(socket.Value, _settings.Sizes.Most);
        }

        if (ToGroup)
        {
            Multicast.Configure(socket.Value, _target->Family, _settings.InterfaceIndex, _settings.Hops, loop: true);
        }
        else
        {
            Errno.Check(connect(socket.Value, SocketAddress.Pointer(ref *_target), _target->Length), $"connecting to {_settings.Target}");
        }

        return socket;
    }

    private void Watch(int descriptor, int index)
    {
        epoll_event watched = new() { events = EPOLLIN };
        watched.data.u64 = (uint)index;
        Errno.Check(Linux.epoll_ctl(_epoll.Value, EPOLL_CTL_ADD, descriptor, &watched), "watching a descriptor");
    }

    private long OnTheWay()
    {
        long sum = 0;
        for (int i = 0; i < _sockets.Length; i++)
        {
            sum += _flows[i].OnTheWay;
        }

        return sum;
    }

    /// <summary>Sends what may leave now, socket by socket.</summary>
    /// <returns>Nanoseconds until the next may leave, as far as is known.</returns>
    private long Send()
    {
        for (int tried = 0; tried < _sockets.Length; tried++)
        {
            int index = _turn;
            _turn = (_turn + 1) % _sockets.Length;
            int count = 0;
            while (count < _sendAtOnce && MayBegin(index, out long due))
            {
                Prepare(index, count++, due);
            }

            if (count > 0)
            {
                SendBatch(index, count);
                tried = _settings.Rate > 0 ? -1 : tried;
            }
        }

        return _settings.Rate > 0 ? Math.Clamp(DueAt(_issued) - Clock.Nanoseconds, 0, 20_000_000) : 20_000_000;
    }

    private long DueAt(long request) => _startedAt + (long)((request + _settings.Stagger) * 1e9 / _settings.Rate);

    private bool MayBegin(int index, out long due)
    {
        due = _now;
        Flow* flow = &_flows[index];
        if ((_settings.Requests > 0 && _issued >= _settings.Requests) || _due[Slot(index, flow->Next)] != 0)
        {
            return false; // the answer to the one that had this place is still awaited
        }

        if (_settings.Rate > 0)
        {
            due = DueAt(_issued);
            return due <= _now && _issued % _sockets.Length == index;
        }

        return true;
    }

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
        _begun[Slot(index, number)] = _now;
        flow->OnTheWay++;
        _issued++;
    }

    private void SendBatch(int index, int count)
    {
        int socket = _sockets[index].Value;
        int sent = Math.Max(_settings.Joined ? _out.SendJoined(socket, count) : _out.Send(socket, count), 0);
        if (sent < count)
        {
            // Refused by the kernel: full buffers, no route, or the peer's ICMP error for an earlier one.
            int errno = Errno.Last;
            _result.Error(errno == ECONNREFUSED ? "refused" : Errno.Name(errno).ToLowerInvariant());
            for (long number = _flows[index].Next - (count - sent); number < _flows[index].Next; number++)
            {
                Lose(index, Slot(index, number));
            }
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

            _now = Clock.Nanoseconds;
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
        _result.BytesReceived += datagram.Length;
        long number = datagram.Length >= MinSize ? BinaryPrimitives.ReadInt64BigEndian(datagram) : -1;
        if (number < 0 || number >= flow->Next || datagram.Length != _settings.Sizes.Of(index, number) || BinaryPrimitives.ReadInt32BigEndian(datagram[8..]) != index
            || !datagram[MinSize..].SequenceEqual(new ReadOnlySpan<byte>(_stream.At(index, number), datagram.Length - MinSize)))
        {
            _result.Mismatches++;
            return;
        }

        _result.BytesVerified += datagram.Length;
        long slot = Slot(index, number);
        if (flow->Next - number > _window || _due[slot] == 0)
        {
            _result.Duplicates++; // or one that was given up: late by more than the time-out
            return;
        }

        _result.Reordered += number < flow->Highest ? 1 : 0;
        flow->Highest = Math.Max(flow->Highest, number);
        _result.Latency.Record(_now - _due[slot]);
        _interval.Record(_now - _due[slot]);
        if (_settings.Rate > 0)
        {
            _result.Uncorrected.Record(_now - _begun[slot]);
        }

        _due[slot] = 0;
        flow->OnTheWay--;
        _result.Requests++;
    }

    private void GiveUpTheLost()
    {
        for (int i = 0; i < _sockets.Length; i++)
        {
            if (_flows[i].OnTheWay == 0)
            {
                continue;
            }

            for (long slot = (long)i * _window; slot < (long)(i + 1) * _window; slot++)
            {
                if (_due[slot] != 0 && _now - _begun[slot] > _patience)
                {
                    Lose(i, slot);
                }
            }
        }
    }

    private void Lose(int index, long slot)
    {
        _due[slot] = 0;
        _flows[index].OnTheWay--;
        _result.Lost++;
    }

    /// <summary>One socket's datagrams.</summary>
    private struct Flow
    {
        /// <summary>The number of the next to send.</summary>
        public long Next;

        /// <summary>The highest number that came back.</summary>
        public long Highest;

        /// <summary>Sent, and neither answered nor given up.</summary>
        public int OnTheWay;
    }
}
