namespace NetTools.RawPing;

/// <summary>Takes in what the sockets received, judges it, times it and counts it.</summary>
internal sealed class Inbox(ProbeTable probes, ReplyMatcher matcher, TargetResult[] targets, IPingObserver observer)
{
    /// <summary>So that a flood of strangers' messages cannot keep us from sending.</summary>
    private const int MostPerTurn = 256;

    /// <summary>Requests answered in time, all targets.</summary>
    public long Received { get; private set; }

    /// <summary>The longest round trip so far, ns.</summary>
    public long LongestRtt { get; private set; }

    /// <summary>What was no answer.</summary>
    public Rejections Rejected { get; } = new();

    /// <summary>Takes what is there.</summary>
    public void Take(PingSocket socket)
    {
        for (int turn = 0; turn < MostPerTurn; turn++)
        {
            TakeStamps(socket);
            if (!socket.TryReceive(out Received received))
            {
                return;
            }

            Take(received);
        }
    }

    /// <summary>Judges and counts one message.</summary>
    public void Take(in Received received)
    {
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
                probes.Settle(ref probe, ProbeState.Failed);
                target!.Errors++;
                target.LastEvent = received.Now;
                observer.Failed(target, received.Source, received.Message, probe.Sequence);
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
        if (verdict == Verdict.Reply)
        {
            probes.Settle(ref probe, ProbeState.Answered);
            Received++;
            LongestRtt = Math.Max(LongestRtt, rtt);
            target.Received++;
            target.Rtt.Add(rtt);
            if (kernelRtt is long kernel)
            {
                target.KernelRtt.Add(kernel);
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
        Reply reply = new(probe.Sequence, received.Source, received.Message.Length, received.Ttl, rtt, kernelRtt);
        observer.Replied(target, reply, verdict);
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

    // A stamp is queued before the answer it belongs to can arrive, so taking stamps first finds it.
    private void TakeStamps(PingSocket socket)
    {
        while (socket.StampsExpected > 0 && socket.TryReadStamp(out ulong number, out long software, out long hardware))
        {
            ref Probe probe = ref probes[(ushort)number];
            if (probe.Number == number && software >= probe.SentRealtime && probe.KernelSent == 0)
            {
                probe.KernelSent = software;
                probe.HardwareSent = hardware;
            }
        }
    }
}
