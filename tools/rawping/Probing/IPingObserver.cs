using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Probing;

/// <summary>Told of everything as it happens; does what it wants to, and with the rest nothing.</summary>
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

    /// <summary>Something came that is no reply.</summary>
    /// <param name="target">The target it is about, or null when that is unknown.</param>
    /// <param name="from">Its source.</param>
    /// <param name="message">The ICMP message.</param>
    /// <param name="sequence">The request it is about, or 0.</param>
    /// <param name="verdict">Why it is no reply.</param>
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

    /// <summary>A request could not be sent.</summary>
    void NotSent(TargetResult target, long sequence, int errno)
    {
    }
}
