using NetTools.Packets;
using NetTools.RawPing.Probing;

namespace NetTools.RawPing.Wire;

/// <summary>
/// Decides what a received message is. It counts as a reply only with the right source, identifier, sequence number, nonce,
/// length, data and checksum; so no byte a stranger sends can make a false time.
/// </summary>
internal sealed class ReplyMatcher(
    ProbeTable probes, RequestBody payload, IReadOnlyList<Target> targets, ushort id, RequestKind? kind4 = null,
    RequestKind? kind6 = null)
{
    private readonly RequestKind _kind4 = kind4 ?? RequestKind.Echo(v6: false);
    private readonly RequestKind _kind6 = kind6 ?? RequestKind.Echo(v6: true);
    private readonly byte? _reply4 = (kind4 ?? RequestKind.Echo(v6: false)).ReplyType;
    private readonly byte? _reply6 = (kind6 ?? RequestKind.Echo(v6: true)).ReplyType;

    /// <summary>Judges an ICMP or ICMPv6 message; changes nothing.</summary>
    /// <param name="message">The message from its type on, as received.</param>
    /// <param name="source">Where it says it came from.</param>
    /// <param name="truncated">The IP header promised more than came.</param>
    /// <param name="number">The probe it is about, when that is known; 0 otherwise.</param>
    public Verdict Judge(ReadOnlySpan<byte> message, HostAddress source, bool truncated, out ulong number)
    {
        number = 0;
        if (!IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            return Verdict.NotOurs;
        }

        byte? reply = source.IsV6 ? _reply6 : _reply4;
        if (icmp.Type != reply)
        {
            bool error = source.IsV6 ? Icmpv6Type.IsError(icmp.Type) : IcmpType.IsError(icmp.Type);
            return error ? JudgeError(icmp, source.IsV6, truncated, out number) : Verdict.NotOurs;
        }

        // Any code: Linux echoes the request's, and ping accepts all.
        if (icmp.Identifier != id)
        {
            return Verdict.NotOurs;
        }

        // The kernel has checked ICMPv6 (raw(7), RFC 3542 3.1); a cut message cannot be checked.
        if (!source.IsV6 && !truncated && !icmp.ChecksumIsValid)
        {
            return Verdict.BadChecksum;
        }

        ref Probe probe = ref probes[icmp.Sequence];
        if (probe.State is ProbeState.Unused or ProbeState.Unsent)
        {
            return Verdict.NeverSent;
        }

        number = probe.Number;
        if (targets[probe.Target] is Target target && !target.Address.Is(source) && !target.IsGroup)
        {
            return Verdict.WrongSource;
        }

        if (truncated || icmp.Payload.Length < payload.NonceLength)
        {
            return Verdict.WrongLength;
        }

        if (!payload.HasNonce(icmp.Payload, probe.Number))
        {
            return Verdict.WrongNonce;
        }

        if (icmp.Payload.Length != payload.Length)
        {
            return Verdict.WrongLength;
        }

        return payload.FirstDifference(icmp.Payload) >= 0 ? Verdict.WrongData : probe.State switch
        {
            ProbeState.Waiting or ProbeState.Failed => Verdict.Reply,
            ProbeState.Expired => Verdict.Late,
            _ => Verdict.Duplicate,
        };
    }

    /// <summary>
    /// Judges an error that the kernel took apart, checksum checked: from the error queue of a datagram socket.
    /// </summary>
    /// <param name="quoted">The quoted request from its ICMP header on, as far as it goes.</param>
    /// <param name="destination">Where that went.</param>
    /// <param name="number">The probe it is about, or 0.</param>
    public Verdict JudgeQueued(ReadOnlySpan<byte> quoted, HostAddress destination, out ulong number)
    {
        number = 0;
        return IcmpHeader.TryRead(quoted, out IcmpHeader inner) ? JudgeQuoted(inner, destination, out number) : Verdict.NotOurs;
    }

    /// <summary>An error is ours when the packet it quotes is one of our probes, as far as the quote goes.</summary>
    private Verdict JudgeError(in IcmpHeader icmp, bool v6, bool truncated, out ulong number)
    {
        number = 0;
        if (!v6 && !truncated && !icmp.ChecksumIsValid)
        {
            return Verdict.NotOurs;
        }

        if (!IcmpQuote.TryRead(icmp.Payload, out IcmpQuote quote)
            || quote.Version != (v6 ? 6 : 4)
            || quote.Protocol != (v6 ? 58 : 1)
            || !IcmpHeader.TryRead(quote.Payload, out IcmpHeader inner))
        {
            return Verdict.NotOurs;
        }

        return JudgeQuoted(inner, HostAddress.FromBytes(quote.Destination), out number);
    }

    private Verdict JudgeQuoted(in IcmpHeader inner, HostAddress destination, out ulong number)
    {
        number = 0;
        if (inner.Type != (destination.IsV6 ? _kind6 : _kind4).Type || inner.Identifier != id)
        {
            return Verdict.NotOurs;
        }

        ref Probe probe = ref probes[inner.Sequence];
        int nonce = payload.NonceLength;
        if (probe.State is ProbeState.Unused or ProbeState.Unsent
            || !targets[probe.Target].Address.Is(destination)
            || (inner.Payload.Length >= nonce && !payload.HasNonce(inner.Payload, probe.Number)))
        {
            return Verdict.NotOurs;
        }

        number = probe.Number;
        return Verdict.Error;
    }
}
