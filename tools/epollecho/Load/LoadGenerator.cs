using System.Runtime.InteropServices;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>Opens many connections from one epoll(7) loop, sends requests over them and checks what comes back.</summary>
/// <remarks>
/// Three parts: all connections are opened, then requests are sent, then the connections are held. With a connection for each
/// request the first part falls away. Closed loop: the next request follows the answer to the last. Open loop: requests are due
/// at fixed times, and their latency counts from then, whether or not a connection was free (coordinated omission).
/// </remarks>
internal sealed unsafe partial class LoadGenerator : IDisposable
{
    private const int Batch = 512;
    private const int ReadSize = Stream.Piece;
    private const int ConnectsAtOnce = 256;
    private const int HopelessConnects = 1000;
    private const int SourcesTried = 8; // by one connection
    private const int Signal = -1;

    private readonly LoadSettings _settings;
    private readonly SignalDescriptor _signals;
    private readonly Requests _requests;
    private readonly HttpRequests? _http;
    private readonly SourceAddresses _sources;
    private readonly Descriptor _epoll;
    private readonly LoadConnection* _connections;
    private readonly long* _times;
    private readonly ReadyList _free;
    private readonly byte* _buffer;
    private readonly LoadResult _result = new();
    private readonly LatencyHistogram _interval = new();
    private readonly LoadMember? _member;
    private readonly Progress? _progress;

    private Phase _phase;
    private int _toOpen;
    private int _connecting;
    private int _open;
    private int _givenUp;
    private int _failedInARow;
    private long _budget;
    private long _issued;
    private long _outstanding;
    private long _startedAt;
    private long _until;
    private long _lastAnswerAt;
    private long _now;
    private int _second;
    private bool _interrupted;
    private long _failedBefore;

    /// <summary>Makes a generator; nothing is opened yet.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="signals">SIGINT and the like end the run early, with the result so far.</param>
    /// <param name="member">The way to the parent, when this is one process of several.</param>
    public LoadGenerator(LoadSettings settings, SignalDescriptor signals, LoadMember? member = null)
    {
        _member = member;
        _progress = member is null ? new Progress() : null;
        _settings = settings;
        _signals = signals;
        _http = settings.Protocol == Protocol.Http ? new HttpRequests(settings) : null;
        _requests = _http ?? (Requests)new EchoRequests(settings.Sizes);
        _sources = new SourceAddresses(settings.Target, settings.FirstSource, settings.Processes);
        _ = CallingThread.UnshareDescriptors(); // before the first socket; without, each call only costs more
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        DescriptorLimit.Raise();
        int count = settings.Connections;
        _connections = (LoadConnection*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(LoadConnection));
        _times = (long*)NativeMemory.AllocZeroed((nuint)count * (nuint)settings.Pipeline * 2, sizeof(long));
        for (int i = 0; i < count; i++)
        {
            _connections[i].Socket = -1;
            _connections[i].Due = _times + ((long)i * settings.Pipeline * 2);
            _connections[i].Begun = _connections[i].Due + settings.Pipeline;
        }

        _free = new ReadyList(checked(count * settings.Pipeline));
        _buffer = (byte*)NativeMemory.Alloc(ReadSize);
        Watch(signals.FileDescriptor, EPOLLIN, Signal, 0);
    }

    private enum Phase
    {
        Opening,
        Requesting,
        Holding,
        Ended,
    }

    /// <summary>Runs to the end, or to a signal.</summary>
    public LoadResult Run()
    {
        _now = Clock.Nanoseconds;
        _second = Second(_now);
        _startedAt = _now;
        _toOpen = _settings.Connections;
        _budget = _settings.Requests > 0 ? _settings.Requests : long.MaxValue;
        if (_settings.Reconnect)
        {
            WaitForOthers();
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

            _now = Clock.Nanoseconds;
            for (int i = 0; i < count; i++)
            {
                ulong key = events[i].data.u64;
                int index = (int)(uint)key;
                if (index == Signal)
                {
                    _interrupted |= _signals.Next() != 0;
                }
                else if (_connections[index].Generation == (uint)(key >> 32) && _connections[index].Socket >= 0)
                {
                    Handle(index, events[i].events);
                }
            }

            Advance();
            if (Second(_now) != _second)
            {
                _second = Second(_now);
                GiveUpTheSilent();
                EndInterval(_second - 1);
                ShowProgress();
            }
        }

        _progress?.Dispose();
        return _result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _settings.Connections; i++)
        {
            CloseSocket(i);
        }

        _epoll.Dispose();
        _requests.Dispose();
        _free.Dispose();
        NativeMemory.Free(_connections);
        NativeMemory.Free(_times);
        NativeMemory.Free(_buffer);
    }

    /// <summary>The second of the monotonic clock.</summary>
    public static int Second(long nanoseconds) => (int)(nanoseconds / 1_000_000_000);

    private void Watch(int descriptor, int events, int index, uint generation)
    {
        epoll_event watched = new() { events = events };
        watched.data.u64 = ((ulong)generation << 32) | (uint)index;
        Errno.Check(Linux.epoll_ctl(_epoll.Value, EPOLL_CTL_ADD, descriptor, &watched), "watching a descriptor");
    }

    private long DueAt(long request) => _startedAt + (long)((request + _settings.Stagger) * 1e9 / _settings.Rate);

    /// <summary>Whether a request may be begun now, and when it was due.</summary>
    private bool MayBegin(out long due)
    {
        due = _now;
        if (_phase != Phase.Requesting || _interrupted || _budget == 0 || (_until != 0 && _now >= _until))
        {
            return false;
        }

        if (_settings.Rate > 0)
        {
            due = DueAt(_issued);
            if (due > _now)
            {
                return false;
            }
        }

        _budget--;
        _issued++;
        return true;
    }

    private bool MoreToCome => !_interrupted && _budget > 0 && (_until == 0 || _now < _until);

    /// <summary>Does what no event asks for: opens connections, begins what is due, goes from one phase to the next.</summary>
    private void Advance()
    {
        if (_phase == Phase.Opening)
        {
            while (_toOpen > 0 && _connecting < ConnectsAtOnce && !_interrupted && NextConnectAt <= _now)
            {
                int index = _settings.Connections - _toOpen--;
                Renew(index);
                Open(index);
            }

            if (_connecting == 0 && (_toOpen == 0 || _interrupted))
            {
                _now = Clock.Nanoseconds;
                _result.ConnectNs = _now - _startedAt;
                WaitForOthers();
                BeginRequests();
            }
        }

        while (_phase == Phase.Requesting && DropGivenUp())
        {
            _now = Clock.Nanoseconds;
            if (!MayBegin(out long due))
            {
                break;
            }

            Begin(_free.Take(), due);
        }

        if (_phase == Phase.Requesting && (_outstanding == 0 || _interrupted)
            && (!MoreToCome || _givenUp == _settings.Connections || _failedInARow >= HopelessConnects))
        {
            EndInterval(_second);
            _result.DurationNs = Math.Max(_lastAnswerAt - _startedAt, 0);
            _result.ConnectNs = _settings.Reconnect ? _result.DurationNs : _result.ConnectNs;
            if (_settings.HoldNs > 0)
            {
                WaitForOthers();
            }

            _phase = Phase.Holding;
            _until = _now + (_interrupted ? 0 : _settings.HoldNs);
        }

        if (_phase == Phase.Holding && (_interrupted || _now >= _until || _open == 0))
        {
            _phase = Phase.Ended;
        }
    }

    /// <summary>Takes connections that failed off the front of the free ones.</summary>
    /// <returns>True when there is a free one that works.</returns>
    private bool DropGivenUp()
    {
        while (_free.Count > 0 && _connections[_free.First].Given)
        {
            _free.Take();
        }

        return _free.Count > 0;
    }

    private long NextConnectAt => _settings.Ramp > 0
        ? _startedAt + (long)((_settings.Connections - _toOpen + _settings.Stagger) * 1e9 / _settings.Ramp) : 0;

    private LoadStatus Status => new(_second, _open, _result.Requests, _result.Failed);

    /// <summary>One process of several waits until all are so far, and the clock is set to when they went on.</summary>
    private void WaitForOthers()
    {
        if (_member is not null && !_interrupted)
        {
            _now = _member.WaitForOthers(Status, _signals);
        }
    }

    private void BeginRequests()
    {
        _phase = Phase.Requesting;
        _startedAt = _now;
        _lastAnswerAt = _now;
        _until = _settings.Requests > 0 ? 0 : _now + _settings.DurationNs;
        for (int depth = 0; depth < _settings.Pipeline; depth++)
        {
            for (int i = 0; i < _settings.Connections; i++)
            {
                if (!_connections[i].Given)
                {
                    _free.Add(i);
                }
            }
        }
    }

    private timespec* Timeout(timespec* wait)
    {
        long until = _now + 250_000_000; // silent connections and signals' results are looked at a few times a second
        if (_phase == Phase.Requesting && _settings.Rate > 0 && _free.Count > 0 && MoreToCome)
        {
            until = Math.Min(until, DueAt(_issued));
        }

        if (_phase == Phase.Opening && _toOpen > 0)
        {
            until = Math.Min(until, Math.Max(NextConnectAt, _connecting < ConnectsAtOnce ? 0 : until));
        }

        if (_until != 0)
        {
            until = Math.Min(until, _until);
        }

        long ns = Math.Max(until - Clock.Nanoseconds, 0);
        *wait = new timespec { tv_sec = ns / 1_000_000_000, tv_nsec = (int)(ns % 1_000_000_000) };
        return wait;
    }

    private void GiveUpTheSilent()
    {
        // Once the time is over, an answer that never ends, though it goes on, is not waited for.
        bool late = _phase == Phase.Requesting && _until != 0 && _now - _until > _settings.TimeoutSeconds * 1_000_000_000L;
        for (int i = 0; i < _settings.Connections; i++)
        {
            LoadConnection* connection = &_connections[i];
            if (connection->Socket >= 0 && (connection->Outstanding > 0 || connection->State == LoadState.Connecting)
                && (late || _second - connection->LastActive > _settings.TimeoutSeconds))
            {
                Fail(i, "timed_out");
            }
        }
    }

    /// <summary>Notes what the second that is over brought.</summary>
    private void EndInterval(int second)
    {
        if (_phase != Phase.Requesting || (_interval.Count == 0 && _result.Failed == _failedBefore))
        {
            return;
        }

        LoadSlice slice = new(second, (_now - _startedAt) / 1e9, _result.Failed - _failedBefore, _interval);
        if (_member is not null)
        {
            _member.Tell(slice);
        }
        else
        {
            _result.AddInterval(slice);
        }

        _failedBefore = _result.Failed;
        _interval.Reset();
    }

    private void ShowProgress()
    {
        _member?.Tell(Status);
        if (_progress is { IsVisible: true })
        {
            _progress.Show($"{_phase.ToString().ToLowerInvariant()}: {_open} connections, {_result.Requests} requests, {_result.Failed} failed");
        }
    }
}
