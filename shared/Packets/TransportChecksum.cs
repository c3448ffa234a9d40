using Tmds.Linux;

namespace NetTools.Packets;

/// <summary>What can be said about the checksum of TCP, UDP, ICMP or ICMPv6 in a decoded frame.</summary>
public enum ChecksumVerdict
{
    /// <summary>There is none, or bytes it covers are not here: a fragment, a cut capture, UDP without a checksum.</summary>
    Unknown,

    /// <summary>It is right.</summary>
    Ok,

    /// <summary>It is wrong.</summary>
    Bad,

    /// <summary>The card was to finish it (checksum offload): it holds the sum of the pseudo header.</summary>
    Partial,
}

/// <summary>Checks the transport's checksum of a decoded frame: RFC 9293 3.1, RFC 768, RFC 792, RFC 4443 2.3.</summary>
public static class TransportChecksum
{
    /// <summary>Checks it, where every byte it covers is here.</summary>
    /// <param name="frame">A decoded frame.</param>
    /// <param name="isPartial">The kernel said that the card was to finish it (TP_STATUS_CSUMNOTREADY).</param>
    public static ChecksumVerdict Verify(scoped in DecodedFrame frame, bool isPartial)
    {
        if ((frame.Layers & (FrameLayers.Tcp | FrameLayers.Udp | FrameLayers.Icmp)) == 0 || frame.MoreFragments
            || frame.FragmentOffset != 0)
        {
            return ChecksumVerdict.Unknown;
        }

        if (isPartial && !frame.Has(FrameLayers.Icmp))
        {
            return ChecksumVerdict.Partial;
        }

        if (frame.Transport.Length != frame.TransportLength)
        {
            return ChecksumVerdict.Unknown;
        }

        ReadOnlySpan<byte> covered = frame.Transport;
        if (frame.Has(FrameLayers.Udp))
        {
            UdpHeader udp = frame.Udp;
            if (udp.Checksum == 0 || udp.Length < UdpHeader.HeaderLength || udp.Length > covered.Length)
            {
                return ChecksumVerdict.Unknown;
            }

            covered = covered[..udp.Length];
        }

        ulong pseudo = PseudoHeader(frame, covered.Length);
        return InternetChecksum.Finish(InternetChecksum.Add(pseudo, covered)) == 0 ? ChecksumVerdict.Ok
            : IsPseudoHeaderOnly(frame, pseudo) ? ChecksumVerdict.Partial : ChecksumVerdict.Bad;
    }

    /// <summary>A file does not tell that the card was to finish the sum, but then the field holds that of the pseudo header.</summary>
    private static bool IsPseudoHeaderOnly(scoped in DecodedFrame frame, ulong pseudo) =>
        (frame.Has(FrameLayers.Tcp) ? frame.Tcp.Checksum : frame.Has(FrameLayers.Udp) ? frame.Udp.Checksum : -1)
            == (ushort)~InternetChecksum.Finish(pseudo);

    private static ulong PseudoHeader(scoped in DecodedFrame frame, int length)
    {
        if (frame.Has(FrameLayers.IPv4))
        {
            IPv4Header ip = frame.IPv4;
            return frame.Protocol == LibC.IPPROTO_ICMP ? 0
                : InternetChecksum.AddPseudoHeader(0, ip.Source, ip.Destination, frame.Protocol, length);
        }

        IPv6Header ip6 = frame.IPv6;
        return InternetChecksum.AddPseudoHeader(0, ip6.Source, ip6.Destination, frame.Protocol, length);
    }
}
