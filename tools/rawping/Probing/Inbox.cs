using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Probing;

/// <summary>Takes in what the sockets received, judges it, times it and counts it.</summary>
/// <param name="probes">The requests.</param>
/// <param name="matcher">Tells replies from other messages.</param>
/// <param name="targets">Their counters.</param>
/// <param name="observer">Is called for each event.</param>
/// <param name="settings">Timeout, count, and whether round trips end in user space.</param>
/// <param name="hardware">The network card's stamps, or null.</param>
internal sealed class Inbox(
    ProbeTable probes, ReplyMatcher matcher, TargetResult[] targets, IPingObserver observer, PingSettings settings,
        HardwareTimes? hardware = null)
{
    private readonly long _enough = settings.Count == 0 ? long.MaxValue : settings.Count;
    private Dictionary<HostAddress, TargetResult>? _byAddress;

    /// <summary>So that a flood of strangers' messages cannot keep us from sending.</summary>
    private const int MostPerTurn = 256;

    /// <summary>Requests answered in time, all targets.</summary>
    public long Received { get; private set; }

    /// <summary>Targets that answered as many requests as were asked for.</summary>
    public int Satisfied { get; private set; }

    /// <summary>When the last ICMP error came, CLOCK_MONOTONIC ns.</summary>
    public long LastError { get; private set; }

    /// <summary>
    /// CLOCK_REALTIME ns when the loop woke, early in a run; a receive stamp from later was not made at arrival. Else
    /// <see cref="long.MaxValue"/>.
    /// </summary>
    public long Woken { get; set; } = long.MaxValue;

    /// <summary>When the last message was taken in, CLOCK_MONOTONIC ns.</summary>
    public long LastReceived { get; private set; }

    /// <summary>Messages that were not answers, from addresses that are not pinged.</summary>
    public Rejections Strangers { get; } = new();

    /// <summary>Takes what is there.</summary>
    /// <param name="socket">Where from.</param>
    /// <param name="untilSettled">Stop once no request waits, which saves a flood the call that would find nothing.</param>
    public void Take(PingSocket socket, bool untilSettled)
    {
        for (int turn = 0; turn < MostPerTurn && !(untilSettled && probes.Waiting == 0); turn++)
        {
            if (!socket.TryReceive(out Received received))
            {
                break;
            }

            // The stamp of a request was queued before its answer could arrive, so now it is there.
            TakeStamps(socket);
            Take(received);
        }

        if (socket.QueuesErrors)
        {
            TakeErrorQueue(socket);
        }
    }

    /// <summary>Judges and counts one error from the error queue.</summary>
    public void TakeQueued(in Received error)
    {
        ReadOnlySpan<byte> quoted = error.Message[IcmpHeader.Length..];
        if (matcher.JudgeQueued(quoted, error.RequestDestination, out ulong number) == Verdict.Error)
        {
            LastReceived = error.Now;
            ref Probe probe = ref probes[(ushort)number];
            TakeError(error, ref probe, targets[probe.Target]);
        }
    }

    /// <summary>Notes when a request left.</summary>
    public void Take(in TransmitStamp stamp)
    {
        ref Probe probe = ref probes[(ushort)stamp.Number];
        if (probe.Number != stamp.Number)
        {
            return; // the request's slot has a newer one
        }

        if (stamp.Kernel >= probe.SentRealtime && probe.KernelSent == 0)
        {
            probe.KernelSent = stamp.Kernel;
        }

        if (hardware?.Sent(stamp.Number, stamp.Hardware) is long rtt)
        {
            targets[probe.Target].HardwareRtt.Add(rtt);
        }
    }

    /// <summary>Judges and counts one message.</summary>
    public void Take(in Received received)
    {
        LastReceived = received.Now;
        Verdict verdict = matcher.Judge(received.Message, received.Source, received.IsTruncated, out ulong number);
        if (verdict == Verdict.NotOurs)
        {
            return;
        }

        ref Probe probe = ref probes[(ushort)number];
        TargetResult? target = number == 0 ? null : targets[probe.Target];
        switch (verdict)
        {
            case Verdict.Reply or Verdict.Duplicate or Verdict.Late:
                TakeReply(received, verdict, ref probe, target!);
                break;
            case Verdict.Error:
                TakeError(received, ref probe, target!);
                break;
            default:
                target ??= TargetOf(received.Source);
                Count(verdict, target);
                observer.Rejected(target, received.Source, received.Message, number == 0 ? 0 : probe.Sequence, verdict);
                break;
        }
    }

    // A message about no request of ours concerns the host that it claims to come from.
    private TargetResult? TargetOf(HostAddress source)
    {
        if (targets.Length == 1)
        {
            return targets[0];
        }

        if (_byAddress is null)
        {
            _byAddress = [];
            foreach (TargetResult target in targets)
            {
                _byAddress.TryAdd(target.Target.Address with { Scope = 0 }, target);
            }
        }

        return _byAddress.GetValueOrDefault(source with { Scope = 0 });
    }

    private void TakeReply(in Received received, Verdict verdict, ref Probe probe, TargetResult target)
    {
        (long rtt, long? kernelRtt) = RoundTrip.Of(probe, received);
        kernelRtt = received.KernelReceived > Woken ? null : kernelRtt;
        rtt = settings.UserLatency ? received.Now - probe.Sent : rtt;
        long? hardwareRtt = null;
        if (verdict == Verdict.Reply && rtt > settings.Timeout)
        {
            probes.Expire(ref probe);
            verdict = Verdict.Late;
        }

        if (verdict == Verdict.Reply)
        {
            hardwareRtt = hardware?.Received(probe.Number, received.HardwareReceived, received.Now - probe.Sent);
            target.Waiting -= probe.State == ProbeState.Waiting ? 1 : 0;
            probes.Settle(ref probe, ProbeState.Answered);
            Received++;
            target.LongestRtt = Math.Max(target.LongestRtt, rtt);
            target.Received++;
            Satisfied += target.Received == _enough ? 1 : 0;
            target.Rtt.Add(rtt);
            target.MovingAverage += (rtt - target.MovingAverage) / (target.Received == 1 ? 1 : 8);
            target.Pipe = Math.Max(target.Pipe, target.Transmitted - probe.Sequence + 1);
            if (kernelRtt is long kernel)
            {
                target.KernelRtt.Add(kernel);
            }

            if (hardwareRtt is long byCard)
            {
                target.HardwareRtt.Add(byCard);
            }

            target.Reordered += probe.Sequence < target.HighestAnswered ? 1 : 0;
            target.HighestAnswered = Math.Max(target.HighestAnswered, probe.Sequence);
        }
        else if (verdict == Verdict.Late)
        {
            probes.Settle(ref probe, ProbeState.AnsweredLate);
            target.Late++;
        }
        else
        {
            target.Duplicates++;
        }

        target.LastEvent = received.Now;
        RemoteAnswer? answer = received.Source.IsV6 ? null : RemoteAnswer.Read(received.Message);
        Reply reply = new(probe.Sequence, received.Source, received.Message.Length, received.Ttl, rtt, kernelRtt, hardwareRtt,
            answer);
        observer.Replied(target, reply, verdict, received.Options);
    }

    private void TakeError(in Received received, ref Probe probe, TargetResult target)
    {
        byte type = received.Message[0];
        ushort what = (ushort)(type << 8 | received.Message[1]);
        if (probe.LastError == what)
        {
            return; // the same again about the same request
        }

        if (!received.Source.IsV6 && IcmpType.IsAdvice(type))
        {
            target.Advice++;
        }
        else
        {
            target.Errors++;
            if (probe.State == ProbeState.Waiting)
            {
                target.Waiting--;
                probes.Settle(ref probe, ProbeState.Failed);
                LastError = received.Now;
            }
        }

        probe.LastError = what;
        target.LastEvent = received.Now;
        (long rtt, long? kernelRtt) = RoundTrip.Of(probe, received);
        Reply about = new(probe.Sequence, received.Source, received.Message.Length, received.Ttl, rtt, kernelRtt);
        observer.Failed(target, about, received.Message);
    }

    private void Count(Verdict verdict, TargetResult? target)
    {
        switch (verdict)
        {
            case Verdict.WrongSource:
                (target?.Rejected ?? Strangers).WrongSource++;
                break;
            case Verdict.WrongNonce:
                (target?.Rejected ?? Strangers).WrongNonce++;
                break;
            case Verdict.NeverSent:
                (target?.Rejected ?? Strangers).NeverSent++;
                break;
            default:
                if (target is null)
                {
                    Strangers.Corrupted++;
                }
                else
                {
                    target.Corrupted++;
                }

                break;
        }
    }

    /// <summary>Takes stamps, and from a datagram socket errors: poll(2) goes on reporting POLLERR as long as there are
    /// some.</summary>
    public void TakeErrorQueue(PingSocket socket)
    {
        for (int turn = 0; turn < MostPerTurn && TakeQueueEntry(socket); turn++)
        {
            // One after the other.
        }
    }

    private void TakeStamps(PingSocket socket)
    {
        while (socket.Stamps.Expected > 0 && TakeQueueEntry(socket))
        {
            // One after the other.
        }
    }

    private bool TakeQueueEntry(PingSocket socket)
    {
        if (!socket.TryReadErrorQueue(out TransmitStamp stamp, out Received error))
        {
            return false;
        }

        if (stamp.Number > 0)
        {
            Take(stamp);
        }

        if (error.Message.Length > 0)
        {
            TakeQueued(error);
        }

        return true;
    }
}
