using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Trace;

/// <summary>Takes in the answers of routers and of the host, finds the probe of each and counts it.</summary>
/// <param name="sockets">Where from.</param>
/// <param name="probes">The probes.</param>
/// <param name="results">Counters.</param>
/// <param name="observer">Is called for each first answer.</param>
internal sealed class TraceInbox(TraceSockets sockets, ProbeTable probes, TraceResults results, ITraceObserver observer)
{
    private const int MostPerTurn = 256; // so that a flood of messages cannot keep the loop from sending

    private readonly PingSocket _icmp = sockets.Icmp;
    private readonly TraceWire _wire = sockets.Wire;
    private readonly int _flows = results.Settings.Flows;

    /// <summary>
    /// The host's UDP port is open and its datagrams do not name the probe they answer: a probe of a flow has to wait until the
    /// one before is answered or lost, so that it is clear which one an answer belongs to.
    /// </summary>
    public bool AnswersAreNameless { get; private set; }

    /// <summary>Called when nameless answers show that probes under way cannot be told apart.</summary>
    public Action? OnNameless { get; set; }

    /// <summary>Takes what is there.</summary>
    public void TakeIn()
    {
        for (int turn = 0; turn < MostPerTurn && _icmp.TryReceive(out Received received); turn++)
        {
            while (_icmp.Stamps.Expected > 0 && TakeQueueEntry())
            {
                // One after the other.
            }

            Take(received);
        }

        if (_icmp.QueuesErrors)
        {
            TakeErrorQueue();
        }

        for (int turn = 0; turn < MostPerTurn && sockets.Transport is not null
            && sockets.Transport.TryReceive(out ReadOnlySpan<byte> segment, out HostAddress from); turn++)
        {
            if (from.Is(sockets.Address))
            {
                TakeFromHost(segment, from);
            }
        }
    }

    /// <summary>Takes stamps and queued errors.</summary>
    public void TakeErrorQueue()
    {
        while (TakeQueueEntry())
        {
            // One after the other.
        }
    }

    private bool TakeQueueEntry()
    {
        if (!_icmp.TryReadErrorQueue(out TransmitStamp stamp, out Received error))
        {
            return false;
        }

        ref Probe probe = ref probes[(ushort)stamp.Number];
        if (stamp.Number > 0 && probe.Number == stamp.Number && stamp.Kernel >= probe.SentRealtime)
        {
            probe.KernelSent = stamp.Kernel;
        }

        if (error.Message.Length >= IcmpHeader.Length && error.RequestDestination.Is(sockets.Address))
        {
            TakeError(error, error.Message[IcmpHeader.Length..]);
        }

        return true;
    }

    // A TCP segment or a UDP datagram from the port that is probed.
    private void TakeFromHost(ReadOnlySpan<byte> segment, HostAddress from)
    {
        long now = Clock.Nanoseconds;
        ushort number = results.Settings.Protocol == TraceProtocol.Tcp ? _wire.NumberInAnswer(segment)
            : NumberInDatagram(segment);
        if (number != 0)
        {
            Count(number, from, TraceAnswer.Reached, error: null, [], now - probes[number].Sent, kernelRtt: null);
        }
    }

    // The probe whose nonce a service sends back, as echo does; else the only one of the flow that waits.
    private ushort NumberInDatagram(ReadOnlySpan<byte> datagram)
    {
        int flow = _wire.FlowOfAnswer(datagram);
        if (flow < 0)
        {
            return 0;
        }

        ushort only = 0;
        int waiting = 0;
        foreach (ulong number in probes.Open())
        {
            if (probes[(ushort)number].Target % _flows != flow)
            {
                continue;
            }

            if (_wire.IsEchoOf(datagram, number))
            {
                return (ushort)number;
            }

            waiting++;
            only = (ushort)number;
        }

        if (waiting > 1)
        {
            AnswersAreNameless = true;
            OnNameless?.Invoke();
        }

        return waiting == 1 ? only : (ushort)0;
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
            ref Probe probe = ref probes[icmp.Sequence];
            if (sockets.Transport is null && received.Source.Is(sockets.Address) && icmp.Sequence != 0
                && _wire.HasNonce(icmp.Payload, probe.Number))
            {
                (long rtt, long? kernel) = RoundTrip.Of(probe, received);
                Count(icmp.Sequence, received.Source, TraceAnswer.Reached, error: null, [], rtt, kernel);
            }
        }
        else if ((v6 ? Icmpv6Type.IsError(icmp.Type) : IcmpType.IsError(icmp.Type))
            && IcmpQuote.TryRead(icmp.Payload, out IcmpQuote quote) && quote.Protocol == _wire.Protocol
            && HostAddress.FromBytes(quote.Destination).Is(sockets.Address))
        {
            TakeError(received, quote.Payload);
        }
    }

    private void TakeError(in Received received, ReadOnlySpan<byte> quoted)
    {
        ushort number = _wire.NumberInQuote(quoted, out _);
        _ = IcmpHeader.TryRead(received.Message, out IcmpHeader icmp);
        bool v6 = received.Source.IsV6;
        if (number == 0 || (!v6 && IcmpType.IsAdvice(icmp.Type)))
        {
            return;
        }

        ref Probe probe = ref probes[number];
        if (sockets.Transport is null && quoted.Length > IcmpHeader.Length
            && !_wire.HasNonce(quoted[IcmpHeader.Length..], probe.Number))
        {
            return;
        }

        bool onTheWay = icmp.Type == (v6 ? Icmpv6Type.TimeExceeded : IcmpType.TimeExceeded) && icmp.Code == 0;
        string? sign = onTheWay ? null : PathSign.Of(icmp, v6);
        bool reached = received.Source.Is(sockets.Address) && PathSign.IsPortUnreachable(icmp, v6);
        (long rtt, long? kernel) = RoundTrip.Of(probe, received);
        Count(number, received.Source, reached ? TraceAnswer.Reached : onTheWay ? TraceAnswer.OnTheWay : TraceAnswer.Refused,
            reached ? null : sign, IcmpExtensions.Labels(received.Message, v6), rtt, kernel);
    }

    private void Count(
        ushort number, HostAddress from, TraceAnswer answer, string? error, IReadOnlyList<MplsLabel> labels, long rtt,
        long? kernelRtt)
    {
        ref Probe probe = ref probes[number];
        (int ttl, int flow) = Math.DivRem(probe.Target, _flows);
        if (ttl == 0 || probe.State is ProbeState.Unused or ProbeState.Unsent)
        {
            return;
        }

        if (probe.State != ProbeState.Waiting)
        {
            bool isLate = probe.State == ProbeState.Expired;
            foreach (Hop hop in (Hop[])[results.Of(ttl), results.Of(ttl, flow)])
            {
                hop.Duplicates += isLate ? 0 : 1;
                hop.Late += isLate ? 1 : 0;
            }

            probes.Settle(ref probe, isLate ? ProbeState.AnsweredLate : probe.State);
            observer.Again(results, ttl, from, isLate);
            return;
        }

        probes.Settle(ref probe, ProbeState.Answered);
        foreach (Hop hop in (Hop[])[results.Of(ttl), results.Of(ttl, flow)])
        {
            hop.Add(from, rtt, kernelRtt, labels);
            hop.LastAnswer = answer;
            hop.IsReached |= answer == TraceAnswer.Reached;
            if (error is not null)
            {
                hop.Fail(error);
            }
        }

        if (answer == TraceAnswer.Reached)
        {
            results.Reached(ttl);
        }

        observer.Answered(results, ttl, from, rtt, error);
    }
}
