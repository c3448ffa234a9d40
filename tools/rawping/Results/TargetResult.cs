using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Results;

/// <summary>A reply as it is reported. Times are ns.</summary>
/// <param name="Sequence">From 1, per target, never wrapping.</param>
/// <param name="From">Source address of the reply.</param>
/// <param name="Bytes">The ICMP message, header included.</param>
/// <param name="Ttl">The TTL it arrived with; -1 when unknown.</param>
/// <param name="Rtt">From before the send in user space to the kernel's receipt.</param>
/// <param name="KernelRtt">From the kernel's transmit to its receipt; null without both stamps.</param>
/// <param name="HardwareRtt">The same by the network card's stamps; null without both, or when one of them came after the
/// reply.</param>
/// <param name="Answer">Content of a timestamp or mask reply; null for an echo.</param>
internal readonly record struct Reply(
    long Sequence, HostAddress From, int Bytes, int Ttl, long Rtt, long? KernelRtt, long? HardwareRtt = null,
        RemoteAnswer? Answer = null);

/// <summary>Counters and times of one target. Every request that was due is received, lost, in flight, or still
/// waiting.</summary>
/// <param name="target">Which.</param>
internal sealed class TargetResult(Target target)
{
    private SequenceRanges? _lost;

    public Target Target { get; } = target;

    /// <summary>Pinged by an ICMP datagram socket, or by a raw one.</summary>
    public bool IsDatagram { get; set; }

    /// <summary>The same as a word.</summary>
    public string SocketName => NameOf(IsDatagram);

    /// <summary>The word for a kind of socket.</summary>
    public static string NameOf(bool isDatagram) => isDatagram ? "datagram" : "raw";

    /// <summary>Requests whose time to be sent has come.</summary>
    public long Due { get; set; }

    /// <summary>Requests that the kernel took.</summary>
    public long Transmitted { get; set; }

    /// <summary>Requests answered in time.</summary>
    public long Received { get; set; }

    /// <summary>Requests that got no reply in time, the unsent ones among them.</summary>
    public long Lost { get; private set; }

    /// <summary>Requests whose time was not over when the run was stopped.</summary>
    public long InFlight { get; set; }

    /// <summary>Requests that wait for a reply, ICMP errors aside.</summary>
    public long Waiting { get; set; }

    /// <summary>Further answers to answered requests.</summary>
    public long Duplicates { get; set; }

    /// <summary>Answers after their time.</summary>
    public long Late { get; set; }

    /// <summary>Answers that were overtaken by the answer to a later request; they are received, too.</summary>
    public long Reordered { get; set; }

    /// <summary>Answers with a wrong checksum, length or data.</summary>
    public long Corrupted { get; set; }

    /// <summary>ICMP errors, the same about one request in a row counted once, and requests that could not be sent.</summary>
    public long Errors { get; set; }

    /// <summary>Redirects and source quenches, counted as errors are: the request goes on its way.</summary>
    public long Advice { get; set; }

    /// <summary>
    /// Requests that had to wait because the kernel had no room (ENOBUFS, EAGAIN, ENOMEM): sent late, or not at all.
    /// </summary>
    public long Delayed { get; set; }

    /// <summary>Unsent requests by errno; null when there are none.</summary>
    public SortedDictionary<int, long>? SendErrors { get; private set; }

    /// <summary>Requests that could not be sent.</summary>
    public long Unsent => SendErrors?.Values.Sum() ?? 0;

    /// <summary>Messages that claim to be answers to this target and are not.</summary>
    public Rejections Rejected => field ??= new Rejections();

    /// <summary>The lost requests; empty when there are none.</summary>
    public SequenceRanges LostSequences => _lost ?? new SequenceRanges();

    /// <summary>The highest sequence number answered.</summary>
    public long HighestAnswered { get; set; }

    /// <summary>When the first request was sent and the last thing happened, CLOCK_MONOTONIC ns.</summary>
    public long FirstSent { get; set; }

    /// <inheritdoc cref="FirstSent"/>
    public long LastEvent { get; set; }

    /// <summary>When the last request was sent, CLOCK_MONOTONIC ns.</summary>
    public long LastSent { get; set; }

    /// <summary>Lost requests times their interval, ns.</summary>
    public long Outage { get; private set; }

    /// <summary>The longest round trip, ns.</summary>
    public long LongestRtt { get; set; }

    /// <summary>The most requests there were between a request and its reply, both counted.</summary>
    public long Pipe { get; set; }

    /// <summary>The round trip as a moving average, each new one weighing an eighth, ns.</summary>
    public double MovingAverage { get; set; }

    /// <summary>How late requests were sent.</summary>
    public SendLateness Lateness;

    // Made when there is something to sum up: of the hosts of a sweep most are often silent.
    public RttSummary Rtt => field ??= new RttSummary();

    public RttSummary KernelRtt => field ??= new RttSummary();

    public RttSummary HardwareRtt => field ??= new RttSummary();

    /// <summary>Requests whose fate is known: received or lost.</summary>
    public long Settled => Received + Lost;

    /// <summary>Percent of the settled requests that got no reply in time; null when none is settled.</summary>
    public double? LostPercent => Settled == 0 ? null : 100.0 * Lost / Settled;

    /// <summary>Counts a lost request.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="interval">The time it stands for, ns.</param>
    public void AddLost(long sequence, long interval)
    {
        Lost++;
        Outage += interval;
        _lost ??= new SequenceRanges();
        _lost.Add(sequence);
    }

    /// <summary>Counts a request that the kernel did not send.</summary>
    public void AddUnsent(long sequence, int errno, long interval)
    {
        Errors++;
        SendErrors ??= [];
        SendErrors[errno] = SendErrors.GetValueOrDefault(errno) + 1;
        AddLost(sequence, interval);
    }
}

/// <summary>Messages that were not answers, counted by reason.</summary>
internal sealed class Rejections
{
    public long WrongSource { get; set; }

    public long WrongNonce { get; set; }

    public long NeverSent { get; set; }

    /// <summary>Damaged answers; of a host that is pinged <see cref="TargetResult.Corrupted"/> counts them.</summary>
    public long Corrupted { get; set; }

    public long Total => WrongSource + WrongNonce + NeverSent;
}
