using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Results;

/// <summary>A reply as it is reported. Times are ns.</summary>
/// <param name="Sequence">From 1, per target, never wrapping.</param>
/// <param name="From">Who answered.</param>
/// <param name="Bytes">The ICMP message, header included.</param>
/// <param name="Ttl">The TTL it arrived with; -1 when unknown.</param>
/// <param name="Rtt">From before the send in user space to the kernel's receipt.</param>
/// <param name="KernelRtt">From the kernel's transmit to its receipt; null without both stamps.</param>
/// <param name="HardwareRtt">The same by the network card's stamps; null without both, or when one of them came after the reply.</param>
/// <param name="Answer">What a timestamp or mask reply says; null for an echo.</param>
internal readonly record struct Reply(
    long Sequence, HostAddress From, int Bytes, int Ttl, long Rtt, long? KernelRtt, long? HardwareRtt = null, RemoteAnswer? Answer = null);

/// <summary>What came of pinging one target.</summary>
/// <param name="target">Which.</param>
internal sealed class TargetResult(Target target)
{
    public Target Target { get; } = target;

    /// <summary>Pinged by an ICMP datagram socket, or by a raw one.</summary>
    public bool IsDatagram { get; set; }

    /// <summary>The same as a word.</summary>
    public string SocketName => NameOf(IsDatagram);

    /// <summary>The word for a kind of socket.</summary>
    public static string NameOf(bool isDatagram) => isDatagram ? "datagram" : "raw";

    /// <summary>Requests that the kernel took.</summary>
    public long Transmitted { get; set; }

    /// <summary>Requests answered in time.</summary>
    public long Received { get; set; }

    /// <summary>Further answers to answered requests.</summary>
    public long Duplicates { get; set; }

    /// <summary>Answers after their time.</summary>
    public long Late { get; set; }

    /// <summary>Answers that were overtaken by the answer to a later request; they are received, too.</summary>
    public long Reordered { get; set; }

    /// <summary>Answers with a wrong checksum, length or data.</summary>
    public long Corrupted { get; set; }

    /// <summary>Requests about which an ICMP error came, or that could not be sent.</summary>
    public long Errors { get; set; }

    /// <summary>The highest sequence number answered.</summary>
    public uint HighestAnswered { get; set; }

    /// <summary>When the first request was sent and the last thing happened, CLOCK_MONOTONIC ns.</summary>
    public long FirstSent { get; set; }

    /// <inheritdoc cref="FirstSent"/>
    public long LastEvent { get; set; }

    /// <summary>The most requests there were between a request and its reply, both counted.</summary>
    public uint Pipe { get; set; }

    /// <summary>The round trip as a moving average, each new one weighing an eighth, ns.</summary>
    public double MovingAverage { get; set; }

    /// <summary>How late requests were sent.</summary>
    public SendLateness Lateness;

    // Made when there is something to sum up: of the hosts of a sweep most are often silent.
    public RttSummary Rtt => field ??= new RttSummary();

    public RttSummary KernelRtt => field ??= new RttSummary();

    public RttSummary HardwareRtt => field ??= new RttSummary();

    /// <summary>The share of requests without a reply in time.</summary>
    public double LostPercent => Transmitted == 0 ? 0 : 100.0 * (Transmitted - Received) / Transmitted;
}

/// <summary>Messages that were no answers, counted by why; they belong to no target.</summary>
internal sealed class Rejections
{
    public long WrongSource { get; set; }

    public long WrongNonce { get; set; }

    public long NeverSent { get; set; }

    public long Total => WrongSource + WrongNonce + NeverSent;
}
