using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Probing;
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

    /// <summary>A hop got its first answer to a probe.</summary>
    void Answered(TraceResults results, int ttl, HostAddress from, long rtt, string? error)
    {
    }
}

/// <summary>Sends probes with growing TTLs, round by round, and notes which routers answer.</summary>
internal sealed class Tracer : IDisposable
{
    private const long LongestSleep = 100 * TimeUnits.Millisecond;

    private readonly TraceSettings _settings;
    private readonly ITraceObserver _observer;
    private readonly ProbeTable _probes;
    private readonly ScheduleTimer _timer = new();
    private readonly PingSocket _icmp;
    private readonly TransportSocket? _transport;
    private readonly PortHolder? _ports;
    private readonly TraceWire _wire;
    private readonly HostAddress _address;
    private readonly TraceResults _results;
    private int _ttl;
    private int _flow;
    private long _round;
    private long _roundStart;
    private long _nextSend;

    /// <exception cref="OperationFailedException">There is no route, or a socket cannot be had.</exception>
    public Tracer(TraceSettings settings, RawSockets sockets, ITraceObserver observer)
    {
        _settings = settings;
        _observer = observer;
        _address = settings.Target.Address;
        _results = new TraceResults(settings);
        _ttl = settings.FirstHop;
        _probes = new ProbeTable { Lost = Lose };
        bool v6 = _address.IsV6;
        HostAddress source = settings.Base.Source ?? Route.To(_address, settings.Base.Device).Source;
        for (int attempt = 0; ; attempt++)
        {
            ushort id = (ushort)(32768 + Randomness.UInt64() % 32000);
            if (settings.Protocol != TraceProtocol.Icmp)
            {
                _ports = PortHolder.TryHold(v6, settings.Protocol == TraceProtocol.Udp, id, settings.Flows);
                if (_ports is null && attempt < 100)
                {
                    continue;
                }
            }

            try
            {
                _icmp = SocketSetup.Open(settings.Base, sockets, RequestKind.Echo(v6), id);
            }
            catch (LibcException e) when (e.Errno == EADDRINUSE && attempt < 100)
            {
                continue;
            }

            _wire = new TraceWire(settings, source, id);
            break;
        }

        _results.IsDatagram = sockets.AreDatagram(v6);
        if (settings.Protocol == TraceProtocol.Icmp)
        {
            return;
        }

        _transport = sockets.Transport(v6);
        _transport.Bind(settings.Base.Device, settings.Base.Source, settings.Base.Tos);
        _icmp.Attach(v6 ? EchoFilter.QuotedPortsV6() : EchoFilter.QuotedPortsV4(_wire.PortOf(0), settings.Flows));
        if (settings.Protocol == TraceProtocol.Tcp)
        {
            _transport.Attach(EchoFilter.Ports(v6, (ushort)settings.Port, _wire.PortOf(0), settings.Flows));
        }
    }

    /// <summary>Traces until all rounds are done or a stop is asked for.</summary>
    public TraceResults Run(StopSignals stop)
    {
        _nextSend = _roundStart = Clock.Nanoseconds;
        while (!stop.Requested)
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
            else if (now >= _nextSend && !_observer.IsPaused)
            {
                Step(now);
                TakeIn();
                continue;
            }

            long expiry = _probes.OldestSent is long sent && sent < long.MaxValue ? sent + _settings.Timeout : long.MaxValue;
            long wake = Math.Min(expiry, IsLastRoundOver || _observer.IsPaused ? long.MaxValue : _nextSend);
            _timer.Arm(_observer.FileDescriptor >= 0 ? Math.Min(wake, now + LongestSleep) : wake);
            Wait(stop);
            TakeIn();
        }

        _results.Interrupted |= stop.Requested;
        return _results;
    }

    /// <summary>Forgets what was found; probes under way no longer count.</summary>
    public void Reset()
    {
        foreach (ulong number in _probes.Open().ToArray())
        {
            _probes.Settle(ref _probes[(ushort)number], ProbeState.Expired);
        }

        _results.Reset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _icmp.Dispose();
        _ports?.Dispose();
        _timer.Dispose();
        _probes.Dispose();
    }

    private bool IsLastRoundOver => _settings.Rounds > 0 && _round >= _settings.Rounds;

    // Sends the next probe of the round, or begins the next round.
    private void Step(long now)
    {
        if (IsBeyondEnd(_ttl))
        {
            _round++;
            _ttl = _settings.FirstHop;
            _flow = 0;
            _roundStart += Math.Max(_settings.Interval, now - _roundStart);
            _nextSend = IsLastRoundOver ? now : Math.Max(_roundStart, _nextSend);
            return;
        }

        Send(_ttl, _flow, now);
        _nextSend = now + _settings.Gap;
        _flow = (_flow + 1) % _settings.Flows;
        _ttl += _flow == 0 ? 1 : 0;
    }

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

    private void Send(int ttl, int flow, long now)
    {
        while ((ushort)(_probes.Newest + 1) is 0 or ushort.MaxValue)
        {
            _probes.Settle(ref _probes.Add(0, 0, now, long.MaxValue), ProbeState.Unsent);
        }

        ulong number = _probes.Newest + 1;
        ReadOnlySpan<byte> packet = _wire.Build(number, flow);
        long realtime = _transport is null && _icmp.WillStamp(number) ? Clock.RealtimeNanoseconds : long.MaxValue;
        now = Clock.Nanoseconds;
        _ = _probes.Add(ttl * _settings.Flows + flow, _round + 1, now, realtime);
        int errno;
        if (_transport is not null)
        {
            errno = _transport.Send(packet, _address, ttl);
        }
        else
        {
            _icmp.SetTtl(ttl);
            errno = _icmp.Send(packet, _address, number);
        }

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
        }
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
    }

    private void TakeIn()
    {
        for (int turn = 0; turn < 256 && _icmp.TryReceive(out Received received); turn++)
        {
            while (_icmp.StampsExpected > 0 && TakeQueue())
            {
                // One after the other.
            }

            Take(received);
        }

        if (_icmp.QueuesErrors)
        {
            while (TakeQueue())
            {
                // One after the other.
            }
        }

        for (int turn = 0; turn < 256 && _transport is not null
            && _transport.TryReceive(out ReadOnlySpan<byte> segment, out HostAddress from); turn++)
        {
            ushort number = from.Is(_address) ? _wire.NumberInAnswer(segment) : (ushort)0;
            if (number != 0)
            {
                long now = Clock.Nanoseconds;
                Count(number, from, TraceAnswer.Reached, error: null, [], now - _probes[number].Sent, kernelRtt: null);
            }
        }
    }

    private bool TakeQueue()
    {
        if (!_icmp.TryReadErrorQueue(out TransmitStamp stamp, out Received error))
        {
            return false;
        }

        ref Probe probe = ref _probes[(ushort)stamp.Number];
        if (stamp.Number > 0 && probe.Number == stamp.Number && stamp.Kernel >= probe.SentRealtime)
        {
            probe.KernelSent = stamp.Kernel;
        }

        if (error.Message.Length >= IcmpHeader.Length && error.RequestDestination.Is(_address))
        {
            TakeError(error, error.Message[IcmpHeader.Length..]);
        }

        return true;
    }

    private void Take(in Received received)
    {
        if (!IcmpHeader.TryRead(received.Message, out IcmpHeader icmp)
            || (!received.Source.IsV6 && !received.IsTruncated && !icmp.ChecksumIsValid))
        {
            return;
        }

        bool v6 = received.Source.IsV6;
        if (icmp.Type == (v6 ? Icmpv6Type.EchoReply : IcmpType.EchoReply))
        {
            ref Probe probe = ref _probes[icmp.Sequence];
            if (_transport is null && received.Source.Is(_address) && icmp.Sequence != 0
                && _wire.HasNonce(icmp.Payload, probe.Number))
            {
                (long rtt, long? kernel) = RoundTrip.Of(probe, received);
                Count(icmp.Sequence, received.Source, TraceAnswer.Reached, error: null, [], rtt, kernel);
            }
        }
        else if ((v6 ? Icmpv6Type.IsError(icmp.Type) : IcmpType.IsError(icmp.Type))
            && IcmpQuote.TryRead(icmp.Payload, out IcmpQuote quote) && quote.Protocol == _wire.Protocol
            && HostAddress.FromBytes(quote.Destination).Is(_address))
        {
            TakeError(received, quote.Payload);
        }
    }

    private void TakeError(in Received received, ReadOnlySpan<byte> quoted)
    {
        ushort number = _wire.NumberInQuote(quoted, out _);
        _ = IcmpHeader.TryRead(received.Message, out IcmpHeader icmp);
        bool v6 = received.Source.IsV6;
        if (number == 0 || (!v6 && icmp.Type is IcmpType.Redirect or IcmpType.SourceQuench))
        {
            return;
        }

        ref Probe probe = ref _probes[number];
        if (_transport is null && quoted.Length > IcmpHeader.Length && !_wire.HasNonce(quoted[IcmpHeader.Length..], probe.Number))
        {
            return;
        }

        bool onTheWay = icmp.Type == (v6 ? Icmpv6Type.TimeExceeded : IcmpType.TimeExceeded) && icmp.Code == 0;
        string? sign = onTheWay ? null : PathSign.Of(icmp, v6);
        bool reached = received.Source.Is(_address) && PathSign.IsPortUnreachable(icmp, v6);
        (long rtt, long? kernel) = RoundTrip.Of(probe, received);
        Count(number, received.Source, reached ? TraceAnswer.Reached : onTheWay ? TraceAnswer.OnTheWay : TraceAnswer.Refused,
            reached ? null : sign, IcmpExtensions.Labels(received.Message, v6), rtt, kernel);
    }

    private void Count(
        ushort number, HostAddress from, TraceAnswer answer, string? error, IReadOnlyList<MplsLabel> labels, long rtt,
        long? kernelRtt)
    {
        ref Probe probe = ref _probes[number];
        (int ttl, int flow) = Math.DivRem(probe.Target, _settings.Flows);
        if (ttl == 0 || probe.State is ProbeState.Unused or ProbeState.Unsent)
        {
            return;
        }

        if (probe.State != ProbeState.Waiting)
        {
            _results.Of(ttl).Duplicates += probe.State == ProbeState.Answered ? 1 : 0;
            return; // a second answer, or one that is too late
        }

        _probes.Settle(ref probe, ProbeState.Answered);
        foreach (Hop hop in (Hop[])[_results.Of(ttl), _results.Of(ttl, flow)])
        {
            hop.Add(from, rtt, kernelRtt, labels);
            hop.LastAnswer = answer;
            hop.IsReached |= answer == TraceAnswer.Reached;
            if (error is not null)
            {
                hop.Errors[error] = hop.Errors.GetValueOrDefault(error) + 1;
            }
        }

        if (answer == TraceAnswer.Reached)
        {
            _results.Reached(ttl);
        }

        _observer.Answered(_results, ttl, from, rtt, error);
    }

    private unsafe void Wait(StopSignals stop)
    {
        pollfd* fds = stackalloc pollfd[5];
        int count = 0;
        foreach (int fd in (int[])[stop.FileDescriptor, _timer.FileDescriptor, _icmp.FileDescriptor,
            _transport?.FileDescriptor ?? -1, _observer.FileDescriptor])
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
            while (TakeQueue())
            {
                // One after the other.
            }
        }
    }
}
