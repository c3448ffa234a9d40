using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Probing;

/// <summary>Is called for each event of a run as it happens; events it does not override are ignored.</summary>
internal interface IPingObserver
{
    /// <summary>A request was sent.</summary>
    void Sent(TargetResult target, long sequence)
    {
    }

    /// <summary>The next request is about to be sent, and this one has no reply yet.</summary>
    void Outstanding(TargetResult target, long sequence)
    {
    }

    /// <summary>A reply came: in time, again, or late; with the IP options it carried.</summary>
    void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
    }

    /// <summary>A message that is not a reply.</summary>
    /// <param name="target">The target it is about, or null when that is unknown.</param>
    /// <param name="from">Its source.</param>
    /// <param name="message">The ICMP message.</param>
    /// <param name="sequence">The request it is about, or 0.</param>
    /// <param name="verdict">Why it is not a reply.</param>
    void Rejected(TargetResult? target, HostAddress from, ReadOnlySpan<byte> message, long sequence, Verdict verdict)
    {
    }

    /// <summary>An ICMP error came about a request.</summary>
    /// <param name="target">Where the request went.</param>
    /// <param name="about">Who says so, about which request, and after how long.</param>
    /// <param name="message">The ICMP message.</param>
    void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
    }

    /// <summary>A request could not be sent; it is lost.</summary>
    void NotSent(TargetResult target, long sequence, int errno)
    {
    }

    /// <summary>The kernel had no room for a request, which is tried again: ENOBUFS, EAGAIN or ENOMEM.</summary>
    void Delayed(TargetResult target, long sequence, int errno)
    {
    }

    /// <summary>A request that was sent got no reply in time.</summary>
    void Lost(TargetResult target, long sequence, LossReason reason)
    {
    }

    /// <summary>The run was stopped before the time of this request was over.</summary>
    void InFlight(TargetResult target, long sequence)
    {
    }

    /// <summary>The period of <c>--every</c> has passed.</summary>
    void Periodic(IReadOnlyList<TargetResult> targets)
    {
    }
}
