using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Report;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Probing;

/// <summary>Outcome of a run.</summary>
/// <param name="Targets">In the order they were given.</param>
/// <param name="Strangers">Messages that were not answers, from addresses that are not pinged.</param>
/// <param name="Interrupted">A signal ended it.</param>
internal sealed record PingResults(IReadOnlyList<TargetResult> Targets, Rejections Strangers, bool Interrupted);

/// <summary>Sends requests when they are due and takes in what comes: the loop of the tool.</summary>
internal sealed class Pinger : IDisposable
{
    // After an ICMP error the genuine reply may still come; the last request is given this long.
    private const long AfterError = TimeUnits.Second;

    private const long StampsSettle = 20 * TimeUnits.Millisecond;

    // As ping, -l sends all before anything is read; but no more than the socket's usual buffer has room for.
    private const int UnreadBytes = 200_000;
    private const int BytesPerPacket = 768;

    private readonly PingSettings _settings;
    private readonly IPingObserver _observer;
    private readonly ProbeTable _probes;
    private readonly Inbox _inbox;
    private readonly ScheduleTimer _timer = new();
    private readonly ProbeSockets _sockets;
    private readonly TargetResult[] _targets;
    private readonly RetryQueue _retries = new();
    private readonly long _total;
    private readonly bool _hasEnough;
    private readonly long _unreadBurst;
    private readonly long _opened = Clock.Nanoseconds;
    private bool _stampsSettled;
    private long _next;
    private long _lastSent = long.MinValue / 2;
    private bool _lastFailed;
    private volatile bool _statusAsked;

    /// <param name="settings">What to do.</param>
    /// <param name="sockets">Gives the sockets that are needed.</param>
    /// <param name="observer">Is called for each event.</param>
    /// <param name="counters">Those of the same targets in an earlier run, which go on; null for new ones.</param>
    /// <exception cref="OperationFailedException">A socket cannot be had or set up, or the one target cannot be
    /// reached.</exception>
    public Pinger(PingSettings settings, RawSockets sockets, IPingObserver observer, TargetResult[]? counters = null)
    {
        _settings = settings;
        _observer = observer;
        _targets = counters is { Length: > 0 } ? counters : [.. settings.Targets.Select(target => new TargetResult(target))];
        _probes = new ProbeTable { Lost = Lose };
        _total = settings.Total ?? long.MaxValue;
        _hasEnough = settings.Count > 0;
        _unreadBurst = _targets.Length == 1 ? Math.Min(settings.Preload, UnreadBytes / (settings.Size + BytesPerPacket)) : 0;
        _sockets = new ProbeSockets(settings, sockets);
        foreach (TargetResult target in _targets)
        {
            target.IsDatagram = sockets.AreDatagram(target.Target.Address.IsV6);
        }

        _inbox = new Inbox(_probes, _sockets.Matcher(_probes), _targets, observer, settings,
            settings.HardwareStamps.AreOn ? new HardwareTimes() : null);
    }

    /// <summary>Called each <see cref="PingSettings.SaveEvery"/>.</summary>
    public Action<IReadOnlyList<TargetResult>>? OnSave { get; set; }

    /// <summary>The counters, in the order of the targets.</summary>
    public IReadOnlyList<TargetResult> Targets => _targets;

    /// <summary>Has the loop print the state so far; from any thread. The caller wakes the loop.</summary>
    public void AskStatus() => _statusAsked = true;

    /// <summary>Pings until all is done or a stop is asked for.</summary>
    public PingResults Run(StopSignals stop)
    {
        long start = Clock.Nanoseconds;
        Schedule schedule = new(start, _settings.Interval, _targets.Length, _settings.Gap, _settings.Preload);
        long deadline = _settings.Deadline == long.MaxValue ? long.MaxValue : start + _settings.Deadline;
        long report = _settings.Every > 0 ? start + _settings.Every : long.MaxValue;
        long save = OnSave is not null ? start + _settings.SaveEvery : long.MaxValue;
        long now = start;
        bool ended = false;
        for (; !stop.Requested; now = NowAfter(now))
        {
            if (_statusAsked)
            {
                stop.Drain(); // before the flag, so that a signal that comes meanwhile wakes us again
                _statusAsked = false;
                StatusLine.Write(_targets);
            }

            if (now >= report)
            {
                _observer.Periodic(_targets);
                report += (1 + (now - report) / _settings.Every) * _settings.Every;
            }

            if (now >= save)
            {
                OnSave?.Invoke(_targets);
                save += (1 + (now - save) / _settings.SaveEvery) * _settings.SaveEvery;
            }

            _probes.Expire(now - _settings.Timeout);
            ended = IsComplete(now);
            if (now >= deadline || ended)
            {
                break;
            }

            if (_retries.Any && Retry(now))
            {
                continue;
            }

            long due = NextDue(schedule, now);
            if (due <= now)
            {
                if (!_settings.PacedByReplies)
                {
                    schedule.Catch(_next, now);
                }

                SendNext(schedule, due);
                if (_next >= _unreadBurst)
                {
                    TakeIn();
                }

                continue;
            }

            long wake = Math.Min(Math.Min(Math.Min(due, deadline), Math.Min(EndOfWait, ExpiryOfOldest)), Math.Min(RetryWake,
                Math.Min(report, save)));
            _timer.Arm(wake);
            _sockets.Wait(stop, _timer, _inbox);
            TakeIn();
        }

        Finish(Clock.Nanoseconds, ended);
        return new PingResults(_targets, _inbox.Strangers, stop.Requested);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.Dispose();
        _timer.Dispose();
        _probes.Dispose();
    }

    private bool AllSent => _next >= _total && !_retries.Any;

    private bool IsComplete(long now) => (_hasEnough && _inbox.Satisfied == _targets.Length) || (AllSent && now >= EndOfWait);

    private long ExpiryOfOldest =>
        _probes.OldestSent is long sent && sent < long.MaxValue ? sent + _settings.Timeout : long.MaxValue;

    // When nothing more is to be waited for, once all is sent. As ping: after an answer two of the longest round trips are
    // enough,
    // unless the user gave a timeout; each host by its own.
    private long EndOfWait
    {
        get
        {
            if (!AllSent)
            {
                return long.MaxValue;
            }

            if (_probes.Waiting == 0)
            {
                return _probes.Failed == 0 ? long.MinValue
                    : _inbox.LastError + (_settings.ErrorsAreFinal ? 0 : Math.Min(AfterError, _settings.Timeout));
            }

            if (_settings.TimeoutIsChosen)
            {
                return long.MaxValue;
            }

            long end = long.MinValue;
            foreach (TargetResult target in _targets)
            {
                end = target.Waiting == 0 ? end : Math.Max(end, target.LastSent + Patience(target));
            }

            return end;
        }
    }

    private long Patience(TargetResult target) => _settings.TimeoutIsChosen || target.Received == 0 ? _settings.Timeout
        : Math.Min(_settings.Timeout, Math.Max(2 * target.LongestRtt, _settings.Interval));

    // What is open at the end of a run that waited for it is lost; in one that was stopped it may be in flight.
    private void Finish(long now, bool complete)
    {
        while (_retries.Any)
        {
            GiveUp(_retries.Take());
        }

        foreach (ulong number in _probes.Open().ToArray())
        {
            ref Probe probe = ref _probes[(ushort)number];
            TargetResult target = _targets[probe.Target];
            if (complete || now - probe.Sent >= Patience(target))
            {
                _probes.Expire(ref probe);
                continue;
            }

            _probes.Settle(ref probe, ProbeState.Expired);
            target.InFlight++;
            _observer.InFlight(target, probe.Sequence);
        }
    }

    private void Lose(in Probe probe)
    {
        TargetResult target = _targets[probe.Target];
        target.Waiting -= probe.State == ProbeState.Waiting ? 1 : 0;
        target.AddLost(probe.Sequence, _settings.Interval);
        _observer.Lost(target, probe.Sequence, probe.State == ProbeState.Failed ? LossReason.Error : LossReason.Timeout);
    }

    private long NextDue(Schedule schedule, long now)
    {
        // A sweep that meets a full neighbour table goes on when there is room again.
        if (_next >= _total || (_retries.Any && (_settings.IsSweep || _settings.PacedByReplies)))
        {
            return long.MaxValue;
        }

        if (!_settings.PacedByReplies)
        {
            return Math.Max(schedule.Due(_next), _lastSent + _settings.SmallestGap);
        }

        bool room = _probes.Waiting < _settings.Preload && !_lastFailed;
        return room ? Math.Max(now, _lastSent + _settings.SmallestGap) : _lastSent + Math.Max(_settings.Interval,
            _settings.SmallestGap);
    }

    private void SendNext(Schedule schedule, long due)
    {
        (long round, long turn) = Math.DivRem(_next, _targets.Length);
        int index = (int)turn;
        TargetResult target = _targets[index];
        long sequence = target.Due + 1; // goes on in a second run
        _next++;
        target.Due++;
        TellOutstanding(target, sequence);
        int errno = Send(index, sequence);
        if (!_settings.PacedByReplies)
        {
            target.Lateness.Add(_lastSent - due);
        }

        if (errno == 0)
        {
            return;
        }

        if (RetryQueue.IsTransient(errno))
        {
            target.Delayed++;
            _observer.Delayed(target, sequence, errno);
            // Until the next one to this host is due.
            long end = _settings.IsSweep ? _lastSent + RetryQueue.LongestOfSweep
                : _settings.PacedByReplies ? _lastSent + _settings.Interval : schedule.Due(_next + _targets.Length - 1);
            _retries.Add(new Unsent(index, sequence, errno, Math.Max(end, _lastSent + TimeUnits.Millisecond)), _lastSent);
        }
        else
        {
            _probes.Add(index, sequence, _lastSent, long.MaxValue);
            Refuse(target, sequence, errno);
        }
    }

    // Takes the number of the probe only when the kernel takes the packet.
    private int Send(int index, long sequence)
    {
        TargetResult target = _targets[index];
        HostAddress address = target.Target.Address;
        ulong number = _probes.Newest + 1;
        ReadOnlySpan<byte> packet = _sockets.Build(index, number, address);
        PingSocket socket = _sockets.Of(address.IsV6);
        long realtime = socket.Stamps.WillStamp(number) ? Clock.RealtimeNanoseconds : long.MaxValue;
        long now = Clock.Nanoseconds;
        _probes.Add(index, sequence, now, realtime);
        int errno = socket.Send(packet, address, number);
        _lastSent = now;
        _lastFailed = errno != 0; // what cannot be sent now is tried again after the interval, not at once
        target.FirstSent = target.FirstSent == 0 ? now : target.FirstSent;
        target.LastEvent = now;
        if (errno != 0)
        {
            _probes.TakeBack();
            return errno;
        }

        target.LastSent = now;
        target.Waiting++;
        target.Transmitted++;
        _observer.Sent(target, sequence);
        return 0;
    }

    // True when something was done.
    private bool Retry(long now)
    {
        if (_retries.First.End <= now)
        {
            GiveUp(_retries.Take());
            return true;
        }

        if (Math.Max(_retries.At, _lastSent + _settings.SmallestGap) > now)
        {
            return false;
        }

        Unsent unsent = _retries.First;
        int errno = Send(unsent.Target, unsent.Sequence);
        if (errno == 0)
        {
            _retries.Succeeded(now);
        }
        else if (RetryQueue.IsTransient(errno))
        {
            _retries.Failed(now, errno);
        }
        else
        {
            GiveUp(_retries.Take() with { Errno = errno });
        }

        TakeIn();
        return true;
    }

    private long RetryWake => !_retries.Any ? long.MaxValue
        : Math.Min(_retries.First.End, Math.Max(_retries.At, _lastSent + _settings.SmallestGap));

    private void GiveUp(Unsent unsent)
    {
        _probes.Add(unsent.Target, unsent.Sequence, _lastSent, long.MaxValue);
        Refuse(_targets[unsent.Target], unsent.Sequence, unsent.Errno);
    }

    // The newest probe will not be sent: it keeps its number, which stays in step with the sequence.
    private void Refuse(TargetResult target, long sequence, int errno)
    {
        _probes.Settle(ref _probes[(ushort)_probes.Newest], ProbeState.Unsent);
        target.AddUnsent(sequence, errno, _settings.Interval);
        _observer.NotSent(target, sequence, errno);
    }

    private void TellOutstanding(TargetResult target, long sequence)
    {
        if (sequence > 1 && _probes.Newest >= (ulong)_targets.Length)
        {
            ulong previous = _probes.Newest + 1 - (ulong)_targets.Length;
            ref Probe probe = ref _probes[(ushort)previous];
            if (probe.Number == previous && probe.State == ProbeState.Waiting && _targets[probe.Target] == target)
            {
                _observer.Outstanding(target, sequence - 1);
            }
        }
    }

    // A flood does without reading the clock again right after a message was timed.
    private long NowAfter(long before) =>
        _settings.PacedByReplies && _inbox.LastReceived > before ? _inbox.LastReceived : Clock.Nanoseconds;

    private void TakeIn()
    {
        if (!_stampsSettled)
        {
            // Until the kernel has begun to stamp arrivals, recvmsg(2) makes up a stamp of its own time.
            _stampsSettled = Clock.Nanoseconds - _opened >= StampsSettle;
            _inbox.Woken = _stampsSettled ? long.MaxValue : Clock.RealtimeNanoseconds;
        }

        _sockets.TakeIn(_inbox, untilSettled: _settings.PacedByReplies || _settings.IsFast);
    }
}
