using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Trace;

/// <summary>Is called while a trace runs.</summary>
internal interface ITraceObserver
{
    /// <summary>A descriptor to wait for as well, or -1.</summary>
    int FileDescriptor => -1;

    /// <summary>No probes are sent for now.</summary>
    bool IsPaused => false;

    /// <summary>Something may have changed, or the descriptor is readable.</summary>
    /// <returns>False to end the trace.</returns>
    bool Turn(TraceResults results, long now) => true;

    /// <summary>A probe got no answer in time, or was not sent.</summary>
    void Lost(TraceResults results, int ttl, LossReason reason)
    {
    }

    /// <summary>An answer came after the timeout, or again.</summary>
    void Again(TraceResults results, int ttl, HostAddress from, bool isLate)
    {
    }

    /// <summary>A hop got its first answer to a probe.</summary>
    void Answered(TraceResults results, int ttl, HostAddress from, long rtt, string? error)
    {
    }
}

/// <summary>Sends probes with growing TTLs, round by round, and notes which routers answer.</summary>
internal sealed class Tracer : IDisposable
{
    private const long LongestSleep = 100 * TimeUnits.Millisecond;
    private const long RetryPause = 5 * TimeUnits.Millisecond;

    private readonly TraceSettings _settings;
    private readonly ITraceObserver _observer;
    private readonly ProbeTable _probes;
    private readonly ScheduleTimer _timer = new();
    private readonly TraceSockets _sockets;
    private readonly TraceInbox _inbox;
    private readonly TraceResults _results;
    private int _ttl;
    private int _flow;
    private long _round;
    private long _roundStart;
    private long _nextSend;
    private long _giveUp = long.MaxValue;

    /// <exception cref="OperationFailedException">There is no route, or a socket cannot be had.</exception>
    public Tracer(TraceSettings settings, RawSockets sockets, ITraceObserver observer)
    {
        _settings = settings;
        _observer = observer;
        _results = new TraceResults(settings) { IsDatagram = sockets.AreDatagram(settings.Target.Address.IsV6) };
        _ttl = settings.FirstHop;
        _probes = new ProbeTable { Lost = Lose };
        _sockets = new TraceSockets(settings, sockets);
        _inbox = new TraceInbox(_sockets, _probes, _results, observer) { OnNameless = Withdraw };
    }

    /// <summary>Traces until all rounds are done or a stop is asked for.</summary>
    public TraceResults Run(StopSignals stop)
    {
        _nextSend = _roundStart = Clock.Nanoseconds;
        long deadline = _settings.Base.Deadline == long.MaxValue ? long.MaxValue : _roundStart + _settings.Base.Deadline;
        while (!stop.Requested && Clock.Nanoseconds < deadline)
        {
            long now = Clock.Nanoseconds;
            _probes.Expire(now - _settings.Timeout);
            if (!_observer.Turn(_results, now))
            {
                _results.Interrupted = true;
                break;
            }

            if (IsLastRoundOver)
            {
                if (_probes.Waiting == 0)
                {
                    break;
                }
            }
            else if (now >= _nextSend && !_observer.IsPaused && !HasToWait)
            {
                Step(now);
                _inbox.TakeIn();
                continue;
            }

            long expiry = _probes.OldestSent is long sent && sent < long.MaxValue ? sent + _settings.Timeout : long.MaxValue;
            bool idle = IsLastRoundOver || _observer.IsPaused || HasToWait;
            long wake = Math.Min(Math.Min(expiry, deadline), idle ? long.MaxValue : _nextSend);
            _timer.Arm(_observer.FileDescriptor >= 0 ? Math.Min(wake, now + LongestSleep) : wake);
            Wait(stop);
            _inbox.TakeIn();
        }

        _results.Interrupted |= stop.Requested;
        _results.Rounds = Math.Max(1, _round);
        return _results;
    }

    /// <summary>Forgets what was found; probes under way no longer count.</summary>
    public void Reset()
    {
        foreach (ulong number in _probes.Open().ToArray())
        {
            _probes.Settle(ref _probes[(ushort)number], ProbeState.Unsent);
        }

        _results.Reset();
        _round = 0;
        BeginRound();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.Dispose();
        _timer.Dispose();
        _probes.Dispose();
    }

    private bool IsLastRoundOver => _settings.Rounds > 0 && _round >= _settings.Rounds;

    // Sends the next probe of the round, or begins the next round.
    private void Step(long now)
    {
        if (IsBeyondEnd(_ttl))
        {
            _results.Rounds = ++_round;
            BeginRound();
            _roundStart += Math.Max(_settings.Interval, now - _roundStart);
            _nextSend = IsLastRoundOver ? now : Math.Max(_roundStart, _nextSend);
            return;
        }

        if (!TrySend(_ttl, _flow, now))
        {
            _nextSend = now + RetryPause;
            return;
        }

        _nextSend = now + _settings.Gap;
        _flow = (_flow + 1) % _settings.Flows;
        _ttl += _flow == 0 ? 1 : 0;
    }

    private void BeginRound()
    {
        _ttl = _settings.FirstHop;
        _flow = 0;
    }

    // A probe of the flow that is next may still be answered, and the answer would not say which one it is for.
    private bool HasToWait => _inbox.AnswersAreNameless
        && _probes.Open().Any(number => _probes[(ushort)number].Target % _settings.Flows == _flow);

    // Nobody can tell which of the probes under way a nameless answer is for: they are forgotten, and sent again one by one
    // when no answer to them can come any more.
    private void Withdraw()
    {
        int first = _ttl * _settings.Flows + _flow;
        foreach (ulong number in _probes.Open().ToArray())
        {
            ref Probe probe = ref _probes[(ushort)number];
            (int ttl, int flow) = Math.DivRem(probe.Target, _settings.Flows);
            _probes.Settle(ref probe, ProbeState.Unsent);
            _results.Of(ttl).Sent--;
            _results.Of(ttl, flow).Sent--;
            first = Math.Min(first, probe.Target);
        }

        (_ttl, _flow) = Math.DivRem(first, _settings.Flows);
        _nextSend = Clock.Nanoseconds + Quarantine;
    }

    private long Quarantine => Math.Min(_settings.Timeout, TimeUnits.Second);

    // No hop lies beyond the host, beyond a router whose last word was a refusal, or beyond many silent hops.
    private bool IsBeyondEnd(int ttl)
    {
        if (ttl > _settings.LastHop || ttl > _results.ReachedAt)
        {
            return true;
        }

        int silent = 0;
        for (int hop = _settings.FirstHop; hop < ttl; hop++)
        {
            Hop seen = _results.Of(hop);
            if (seen.LastAnswer == TraceAnswer.Refused)
            {
                return true;
            }

            // A hop whose probes are all under way is not silent yet.
            silent = seen.Received > 0 || seen.Lost + seen.NotSent == 0 ? 0 : silent + 1;
        }

        return silent >= _settings.MaxSilent;
    }

    // False when the kernel has no room for the probe and it is to be tried again.
    private bool TrySend(int ttl, int flow, long now)
    {
        while ((ushort)(_probes.Newest + 1) is 0 or ushort.MaxValue)
        {
            _probes.Settle(ref _probes.Add(0, 0, now, long.MaxValue), ProbeState.Unsent);
        }

        ulong number = _probes.Newest + 1;
        ReadOnlySpan<byte> packet = _sockets.Wire.Build(number, flow);
        bool stamped = _sockets.Transport is null && _sockets.Icmp.Stamps.WillStamp(number);
        long realtime = stamped ? Clock.RealtimeNanoseconds : long.MaxValue;
        now = Clock.Nanoseconds;
        _ = _probes.Add(ttl * _settings.Flows + flow, _round + 1, now, realtime);
        int errno;
        if (_sockets.Transport is not null)
        {
            errno = _sockets.Transport.Send(packet, _sockets.Address, ttl);
        }
        else
        {
            _sockets.Icmp.SetTtl(ttl);
            errno = _sockets.Icmp.Send(packet, _sockets.Address, number);
        }

        if (RetryQueue.IsTransient(errno))
        {
            _giveUp = Math.Min(_giveUp, now + _settings.Interval);
            if (now < _giveUp)
            {
                _probes.TakeBack();
                return false;
            }
        }

        _giveUp = long.MaxValue;
        foreach (Hop hop in (Hop[])[_results.Of(ttl), _results.Of(ttl, flow)])
        {
            hop.Sent += errno == 0 ? 1 : 0;
            hop.NotSent += errno == 0 ? 0 : 1;
            hop.Lost += errno == 0 ? 0 : 1;
        }

        if (errno != 0)
        {
            _probes.Settle(ref _probes[(ushort)number], ProbeState.Unsent);
            _results.AddSendError(errno);
            _observer.Lost(_results, ttl, LossReason.Local);
        }

        return true;
    }

    private void Lose(in Probe probe)
    {
        (int ttl, int flow) = Math.DivRem(probe.Target, _settings.Flows);
        if (ttl == 0)
        {
            return;
        }

        foreach (Hop hop in (Hop[])[_results.Of(ttl), _results.Of(ttl, flow)])
        {
            hop.Lost++;
            hop.LastAnswer = null;
        }

        _observer.Lost(_results, ttl, LossReason.Timeout);

        if (_inbox.AnswersAreNameless)
        {
            _nextSend = Math.Max(_nextSend, Clock.Nanoseconds + Quarantine); // an answer that is late is not the next one's
        }
    }

    private unsafe void Wait(StopSignals stop)
    {
        pollfd* fds = stackalloc pollfd[5];
        int count = 0;
        foreach (int fd in (int[])[stop.FileDescriptor, _timer.FileDescriptor, _sockets.Icmp.FileDescriptor,
            _sockets.Transport?.FileDescriptor ?? -1, _observer.FileDescriptor])
        {
            fds[count++] = new pollfd { fd = fd, events = POLLIN };
        }

        if (poll(fds, (uint)count, -1) < 0 && Errno.Last is int errno && errno != EINTR)
        {
            throw new LibcException("waiting", errno);
        }

        if (fds[1].revents != 0)
        {
            _timer.Fired();
        }

        if ((fds[2].revents & POLLERR) != 0)
        {
            _inbox.TakeErrorQueue();
        }

        if ((fds[3].revents & POLLERR) != 0)
        {
            _sockets.Transport?.DropErrors();
        }
    }
}
