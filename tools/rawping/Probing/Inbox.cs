using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Probing;

/// <summary>Takes in what the sockets received, judges it, times it and counts it.</summary>
internal sealed class Inbox(
    ProbeTable probes, ReplyMatcher matcher, TargetResult[] targets, IPingObserver observer, bool userLatency, HardwareTimes? hardware = null)
{
    /// <summary>So that a flood of strangers' messages cannot keep us from sending.</summary>
    private const int MostPerTurn = 256;

    /// <summary>Requests answered in time, all targets.</summary>
    public long Received { get; private set; }

    /// <summary>The first target, an index, that answered or about which an error other than time exceeded came.</summary>
    public int NearestAnswer { get; private set; } = int.MaxValue;

    /// <summary>The longest round trip so far, ns.</summary>
    public long LongestRtt { get; private set; }

    /// <summary>When the last message was taken in, CLOCK_MONOTONIC ns.</summary>
    public long LastReceived { get; private set; }

    /// <summary>What was no answer.</summary>
    public Rejections Rejected { get; } = new();

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

        if (socket.IsDatagram)
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
                Count(verdict, target ?? OnlyTarget);
                observer.Rejected(target ?? OnlyTarget, received.Source, received.Message, number == 0 ? 0 : probe.Sequence, verdict);
                break;
        }
    }

    private TargetResult? OnlyTarget => targets.Length == 1 ? targets[0] : null;

    private void TakeReply(in Received received, Verdict verdict, ref Probe probe, TargetResult target)
    {
        (long rtt, long? kernelRtt) = RoundTrip.Of(probe, received);
        rtt = userLatency ? received.Now - probe.Sent : rtt;
        long? hardwareRtt = null;
        if (verdict == Verdict.Reply)
        {
            hardwareRtt = hardware?.Received(probe.Number, received.HardwareReceived, received.Now - probe.Sent);
            probes.Settle(ref probe, ProbeState.Answered);
            Received++;
            NearestAnswer = Math.Min(NearestAnswer, probe.Target);
            LongestRtt = Math.Max(LongestRtt, rtt);
            target.Received++;
            target.Rtt.Add(rtt);
            target.MovingAverage += (rtt - target.MovingAverage) / (target.Received == 1 ? 1 : 8);
            target.Pipe = (uint)Math.Max(target.Pipe, target.Transmitted - probe.Sequence + 1);
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
        Reply reply = new(probe.Sequence, received.Source, received.Message.Length, received.Ttl, rtt, kernelRtt, hardwareRtt, answer);
        observer.Replied(target, reply, verdict, received.Options);
    }

    private void TakeError(in Received received, ref Probe probe, TargetResult target)
    {
        // A redirect or a source quench is advice: the request goes on its way.
        if (received.Source.IsV6 || received.Message[0] is not (IcmpType.Redirect or IcmpType.SourceQuench))
        {
            probes.Settle(ref probe, ProbeState.Failed);
            target.Errors++;
        }

        if (received.Source.IsV6 ? received.Message[0] != Icmpv6Type.TimeExceeded : received.Message[0] != IcmpType.TimeExceeded)
        {
            NearestAnswer = Math.Min(NearestAnswer, probe.Target);
        }

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
                Rejected.WrongSource++;
                break;
            case Verdict.WrongNonce:
                Rejected.WrongNonce++;
                break;
            case Verdict.NeverSent:
                Rejected.NeverSent++;
                break;
            default:
                if (target is not null)
                {
                    target.Corrupted++;
                }

                break;
        }
    }

    /// <summary>Takes stamps, and from a datagram socket errors: poll(2) goes on reporting POLLERR as long as there are some.</summary>
    public void TakeErrorQueue(PingSocket socket)
    {
        for (int turn = 0; turn < MostPerTurn && TakeQueueEntry(socket); turn++)
        {
            // One after the other.
        }
    }

    private void TakeStamps(PingSocket socket)
    {
        while (socket.StampsExpected > 0 && TakeQueueEntry(socket))
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
