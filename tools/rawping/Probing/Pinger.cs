using NetTools.Libc;
using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Report;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Probing;

/// <summary>What came of a run.</summary>
/// <param name="Targets">In the order they were given.</param>
/// <param name="Rejected">What came and was no answer.</param>
internal sealed record PingResults(IReadOnlyList<TargetResult> Targets, Rejections Rejected);

/// <summary>Sends requests when they are due and takes in what comes: the loop of the tool.</summary>
internal sealed class Pinger : IDisposable
{
    // The kernel begins to stamp arriving packets a moment after it is asked to; the first reply should have its stamp, too.
    private const long BeforeFirst = 5 * Time.Millisecond;

    private const int MostIdentifiers = 100;

    // As ping, -l sends all before anything is read; but no more than the socket's usual buffer has room for.
    private const int UnreadBytes = 200_000;
    private const int BytesPerPacket = 768;

    private readonly PingSettings _settings;
    private readonly IPingObserver _observer;
    private readonly ProbeTable _probes = new();
    private readonly Inbox _inbox;
    private readonly ScheduleTimer _timer = new();
    private readonly PingSocket?[] _sockets = new PingSocket?[2];
    private readonly RequestBuilder?[] _builders = new RequestBuilder?[2];
    private readonly TargetResult[] _targets;
    private readonly HostAddress[] _sources;
    private readonly long _total;
    private readonly long _enoughReplies;
    private readonly long _unreadBurst;
    private long _next;
    private long _lastSent;
    private bool _lastFailed;
    private volatile bool _statusAsked;

    /// <param name="settings">What to do.</param>
    /// <param name="sockets">Gives the sockets that are needed.</param>
    /// <param name="observer">Told of everything.</param>
    /// <exception cref="OperationFailedException">A socket cannot be had or set up, or there is no way to the target.</exception>
    public Pinger(PingSettings settings, RawSockets sockets, IPingObserver observer)
    {
        _settings = settings;
        _observer = observer;
        _targets = [.. settings.Targets.Select(target => new TargetResult(target))];
        _total = settings.Total ?? long.MaxValue;
        _enoughReplies = settings.EnoughReplies;
        _unreadBurst = _targets.Length == 1 ? Math.Min(settings.Preload, UnreadBytes / (settings.Size + BytesPerPacket)) : 0;
        _sources = FindSources();
        bool[] families = [.. settings.Targets.Select(target => target.Address.IsV6).Distinct()];
        RequestBody body = settings.Kind(families[0]).Body(settings);
        ushort id = OpenSockets(families, sockets);
        foreach (bool v6 in families)
        {
            _builders[v6 ? 1 : 0] = new RequestBuilder(body, id, settings.Kind(v6), settings);
        }

        ReplyMatcher matcher = new(_probes, body, settings.Targets, id,
            families.Contains(false) ? settings.Kind(v6: false) : null, families.Contains(true) ? settings.Kind(v6: true) : null);
        _inbox = new Inbox(_probes, matcher, _targets, observer, settings.UserLatency,
            settings.HardwareStamps.AreOn ? new HardwareTimes() : null);
    }

    /// <summary>Has the loop print how it stands; from any thread. Whoever asks wakes the loop.</summary>
    public void AskStatus() => _statusAsked = true;

    /// <summary>Pings until all is done or a stop is asked for.</summary>
    public PingResults Run(StopSignals stop)
    {
        long start = Time.Monotonic + (_settings.Flood ? 0 : BeforeFirst);
        Schedule schedule = new(start, _settings.Interval, _targets.Length, _settings.Gap, _settings.Preload);
        long deadline = _settings.Deadline == long.MaxValue ? long.MaxValue : start + _settings.Deadline;
        long now = Time.Monotonic;
        for (; !stop.Requested; now = NowAfter(now))
        {
            if (_statusAsked)
            {
                stop.Drain(); // before the flag, so that a signal that comes meanwhile wakes us again
                _statusAsked = false;
                StatusLine.Write(_targets);
            }

            _probes.Expire(now - _settings.Timeout);
            if (now >= deadline || IsComplete(now))
            {
                break;
            }

            long due = NextDue(schedule, now);
            if (due <= now)
            {
                if (!_settings.PacedByReplies)
                {
                    schedule.Catch(_next, now);
                }

                SendNext(due);
                if (_next >= _unreadBurst)
                {
                    TakeIn();
                }

                continue;
            }

            long wake = Math.Min(Math.Min(due, deadline), Math.Min(LingerEnd, ExpiryOfOldest));
            _timer.Arm(wake);
            Wait(stop);
            TakeIn();
        }

        return new PingResults(_targets, _inbox.Rejected);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PingSocket? socket in _sockets)
        {
            socket?.Dispose();
        }

        _timer.Dispose();
        _probes.Dispose();
    }

    // The sockets of both families have one identifier, a random one. That of a datagram socket may be another's already.
    private ushort OpenSockets(bool[] families, RawSockets sockets)
    {
        for (int attempt = 1; ; attempt++)
        {
            ushort id = (ushort)(1 + Randomness.UInt64() % ushort.MaxValue); // 0 has the kernel choose
            try
            {
                foreach (bool v6 in families)
                {
                    _sockets[v6 ? 1 : 0]?.Dispose();
                    _sockets[v6 ? 1 : 0] = SocketSetup.Open(_settings, sockets, _settings.Kind(v6), id);
                }

                Array.ForEach(_targets, target => target.IsDatagram = sockets.AreDatagram(target.Target.Address.IsV6));
                return id;
            }
            catch (LibcException e) when (e.Errno == EADDRINUSE && attempt < MostIdentifiers)
            {
                // Another one, then.
            }
        }
    }

    private bool AllSent => _next >= _total;

    private bool IsComplete(long now) =>
        _inbox.Received >= _enoughReplies || (AllSent && (_probes.Waiting == 0 || now >= LingerEnd));

    private long ExpiryOfOldest =>
        _probes.OldestSent is long sent && sent < long.MaxValue ? sent + _settings.Timeout : long.MaxValue;

    // As ping: once something answered, two of the longest round trips are enough to wait, unless the user said how long.
    private long LingerEnd => !AllSent || _settings.TimeoutIsChosen || _inbox.Received == 0 ? long.MaxValue
        : _lastSent + Math.Max(2 * _inbox.LongestRtt, _settings.Interval);

    private long NextDue(Schedule schedule, long now)
    {
        if (AllSent)
        {
            return long.MaxValue;
        }

        if (!_settings.PacedByReplies)
        {
            return schedule.Due(_next);
        }

        bool room = _probes.Waiting < _settings.Preload && !_lastFailed;
        return room ? Math.Max(now, _lastSent + _settings.SmallestGap) : _lastSent + _settings.Interval;
    }

    private void SendNext(long due)
    {
        (long round, long turn) = Math.DivRem(_next, _targets.Length);
        int index = (int)turn;
        TargetResult target = _targets[index];
        HostAddress address = target.Target.Address;
        int family = address.IsV6 ? 1 : 0;
        ulong number = _probes.Newest + 1;
        uint sequence = (uint)round + 1;
        if (_settings.IsTrace)
        {
            if (index > _inbox.NearestAnswer)
            {
                _next++; // beyond the host itself there is no hop
                return;
            }

            _sockets[family]!.SetTtl(index + 1);
        }

        TellOutstanding(target, sequence);
        ReadOnlySpan<byte> packet = _builders[family]!.Build(number, _sources.Length == 0 ? default : _sources[index], address);
        PingSocket socket = _sockets[family]!;
        long realtime = socket.WillStamp(number) ? Time.Realtime : long.MaxValue;
        long now = Time.Monotonic;
        _probes.Add(index, sequence, now, realtime);
        int errno = socket.Send(packet, address, number);
        _lastSent = now;
        _lastFailed = errno != 0; // what cannot be sent now is tried again after the interval, not at once
        _next++;
        target.FirstSent = target.FirstSent == 0 ? now : target.FirstSent;
        target.LastEvent = now;
        if (!_settings.PacedByReplies)
        {
            target.Lateness.Add(now - due);
        }

        if (errno == 0)
        {
            target.Transmitted++;
            _observer.Sent(target, sequence);
        }
        else
        {
            _probes.TakeBack();
            target.Errors++;
            _observer.NotSent(target, sequence, errno);
        }
    }

    private void TellOutstanding(TargetResult target, uint sequence)
    {
        if (sequence > 1 && _probes.Newest >= (ulong)_targets.Length)
        {
            ulong previous = _probes.Newest + 1 - (ulong)_targets.Length;
            ref Probe probe = ref _probes[(ushort)previous];
            if (probe.Number == previous && probe.State == ProbeState.Waiting)
            {
                _observer.Outstanding(target, sequence - 1);
            }
        }
    }

    // A flood does without reading the clock again right after a message was timed.
    private long NowAfter(long before) =>
        _settings.PacedByReplies && _inbox.LastReceived > before ? _inbox.LastReceived : Time.Monotonic;

    private void TakeIn()
    {
        foreach (PingSocket? socket in _sockets)
        {
            if (socket is not null)
            {
                _inbox.Take(socket, untilSettled: _settings.PacedByReplies || _settings.IsFast);
            }
        }
    }

    private unsafe void Wait(StopSignals stop)
    {
        pollfd* fds = stackalloc pollfd[4];
        int count = 0;
        fds[count++] = new pollfd { fd = stop.FileDescriptor, events = POLLIN };
        fds[count++] = new pollfd { fd = _timer.FileDescriptor, events = POLLIN };
        foreach (PingSocket? socket in _sockets)
        {
            if (socket is not null)
            {
                fds[count++] = new pollfd { fd = socket.FileDescriptor, events = POLLIN };
            }
        }

        if (poll(fds, (uint)count, -1) < 0 && Errno.Last is int errno && errno != EINTR)
        {
            throw new LibcException("waiting", errno);
        }

        if (fds[1].revents != 0)
        {
            _timer.Fired();
        }

        int next = 2;
        foreach (PingSocket? socket in _sockets)
        {
            if (socket is not null && (fds[next++].revents & POLLERR) != 0)
            {
                _inbox.TakeErrorQueue(socket);
            }
        }
    }

    // Empty when nobody needs them; a host of many without a route is counted as an error when its turn comes.
    private HostAddress[] FindSources()
    {
        if (_targets.Length > 1 && !_settings.HeaderIncluded)
        {
            return [];
        }

        return [.. _targets.Select(target => SourceFor(target.Target.Address))];
    }

    private HostAddress SourceFor(HostAddress destination)
    {
        HostAddress route = Route.To(destination, _settings.Device, _settings.Broadcast).Source;
        return _settings.Source ?? route;
    }
}
