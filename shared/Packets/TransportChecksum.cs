using Tmds.Linux;

namespace NetTools.Packets;

/// <summary>What can be said about the checksum of TCP, UDP, UDP-Lite, ICMP or ICMPv6 in a decoded frame.</summary>
public enum ChecksumVerdict
{
    /// <summary>There is none, or bytes it covers are not here: a fragment, a cut capture, UDP without a checksum.</summary>
    Unknown,

    /// <summary>It is right.</summary>
    Ok,

    /// <summary>It is wrong.</summary>
    Bad,

    /// <summary>There is none where there has to be one: UDP over IPv6 (RFC 8200 8.1), UDP-Lite (RFC 3828 3.1).</summary>
    Missing,

    /// <summary>The card was to finish it (checksum offload): it holds the sum of the pseudo header.</summary>
    Partial,
}

/// <summary>
/// Checks and computes the transport's checksum of a decoded frame: RFC 9293 3.1, RFC 768, RFC 3828, RFC 792, RFC 4443 2.3.
/// </summary>
public static class TransportChecksum
{
    private const byte LooseSourceRoute = 131;
    private const byte StrictSourceRoute = 137;
    private const byte HomeAddress = 201;

    /// <summary>Checks it, where every byte it covers is here.</summary>
    /// <param name="frame">A decoded frame.</param>
    /// <param name="isPartial">The kernel said that the card was to finish it (TP_STATUS_CSUMNOTREADY).</param>
    public static ChecksumVerdict Verify(scoped in DecodedFrame frame, bool isPartial)
    {
        if (isPartial && IsWhole(frame) && (frame.Layers & (FrameLayers.Icmp | FrameLayers.UdpLite)) == 0)
        {
            return ChecksumVerdict.Partial;
        }

        if ((frame.Has(FrameLayers.Udp) && frame.Udp.Checksum == 0)
            || (frame.Has(FrameLayers.UdpLite) && frame.UdpLite.Checksum == 0))
        {
            return frame.Has(FrameLayers.Udp | FrameLayers.IPv4) ? ChecksumVerdict.Unknown : ChecksumVerdict.Missing;
        }

        int length = CoveredLength(frame);
        if (length < 0)
        {
            return HasWrongCoverage(frame) ? ChecksumVerdict.Bad : ChecksumVerdict.Unknown;
        }

        ulong pseudo = PseudoHeader(frame, length);
        return InternetChecksum.Finish(InternetChecksum.Add(pseudo, frame.Transport[..length])) == 0 ? ChecksumVerdict.Ok
            : IsPseudoHeaderOnly(frame, pseudo) ? ChecksumVerdict.Partial : ChecksumVerdict.Bad;
    }

    /// <summary>Computes what belongs in the field; what stands there does not count.</summary>
    /// <param name="frame">A decoded frame.</param>
    /// <param name="at">Where the field's two bytes stand in <see cref="DecodedFrame.Transport"/>.</param>
    /// <param name="checksum">The checksum in host order: store it big-endian. Never 0 for UDP: that means none.</param>
    /// <returns>False when not every byte it covers is here, or there is no such header.</returns>
    public static bool TryCompute(scoped in DecodedFrame frame, out int at, out ushort checksum)
    {
        at = frame.Has(FrameLayers.Tcp) ? 16 : frame.Has(FrameLayers.Udp) || frame.Has(FrameLayers.UdpLite) ? 6 : 2;
        checksum = 0;
        int length = CoveredLength(frame);
        if (length < at + 2)
        {
            return false;
        }

        ReadOnlySpan<byte> covered = frame.Transport[..length];
        ulong sum = InternetChecksum.Add(PseudoHeader(frame, length), covered[..at]);
        checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, covered[(at + 2)..]));
        if (checksum == 0 && at == 6)
        {
            checksum = 0xffff;
        }

        return true;
    }

    /// <summary>True when there is a header with a checksum, and the packet is not a fragment.</summary>
    private static bool IsWhole(scoped in DecodedFrame frame) =>
        (frame.Layers & (FrameLayers.Tcp | FrameLayers.Udp | FrameLayers.UdpLite | FrameLayers.Icmp)) != 0
            && !frame.MoreFragments && frame.FragmentOffset == 0;

    /// <summary>True when the coverage of UDP-Lite is less than the header or more than the datagram: RFC 3828 3.1.</summary>
    public static bool HasWrongCoverage(scoped in DecodedFrame frame) => frame.Has(FrameLayers.UdpLite)
        && frame.UdpLite.Coverage != 0 && !frame.MoreFragments
        && (frame.UdpLite.Coverage < UdpHeader.HeaderLength || frame.UdpLite.Coverage > frame.TransportLength);

    /// <summary>How many bytes of the transport it covers; -1 when they are not all here.</summary>
    private static int CoveredLength(scoped in DecodedFrame frame)
    {
        int length = frame.Transport.Length;
        if (frame.Has(FrameLayers.UdpLite))
        {
            // It may cover less than there is, and less than was captured.
            int covered = frame.UdpLite.Coverage == 0 ? frame.TransportLength : frame.UdpLite.Coverage;
            return IsWhole(frame) && !HasWrongCoverage(frame) && covered <= length && !GoesNowhereKnown(frame) ? covered : -1;
        }

        if (!IsWhole(frame) || length != frame.TransportLength || GoesNowhereKnown(frame))
        {
            return -1;
        }

        return !frame.Has(FrameLayers.Udp) ? length
            : frame.Udp.Length >= UdpHeader.HeaderLength && frame.Udp.Length <= length ? frame.Udp.Length : -1;
    }

    /// <summary>True when only a routing header of a kind that is not read knows the final destination.</summary>
    private static bool GoesNowhereKnown(scoped in DecodedFrame frame) =>
        frame.Has(FrameLayers.IPv6) && FinalDestination(frame.IPv6).IsEmpty;

    /// <summary>
    /// A file does not tell that the card was to finish the sum, but then the field holds that of the pseudo header.
    /// </summary>
    private static bool IsPseudoHeaderOnly(scoped in DecodedFrame frame, ulong pseudo) =>
        (frame.Has(FrameLayers.Tcp) ? frame.Tcp.Checksum : frame.Has(FrameLayers.Udp) ? frame.Udp.Checksum : -1)
            == (ushort)~InternetChecksum.Finish(pseudo);

    private static ulong PseudoHeader(scoped in DecodedFrame frame, int covered)
    {
        int length = frame.Has(FrameLayers.UdpLite) ? frame.TransportLength : covered;
        if (frame.Has(FrameLayers.IPv4))
        {
            IPv4Header ip = frame.IPv4;
            return frame.Protocol == LibC.IPPROTO_ICMP ? 0
                : InternetChecksum.AddPseudoHeader(0, ip.Source, FinalDestination(ip), frame.Protocol, length);
        }

        IPv6Header ip6 = frame.IPv6;
        return InternetChecksum.AddPseudoHeader(0, HomeSource(ip6), FinalDestination(ip6), frame.Protocol, length);
    }

    /// <summary>True when the checksum covers the source address of the IP header: not with a Home Address option.</summary>
    public static bool CoversSource(scoped in DecodedFrame frame) => frame.Has(FrameLayers.IPv4)
        || HomeSource(frame.IPv6) == frame.IPv6.Source;

    /// <summary>
    /// True when the checksum covers the destination of the IP header: not while it is only the next stop of a source route.
    /// </summary>
    public static bool CoversDestination(scoped in DecodedFrame frame) => frame.Has(FrameLayers.IPv4)
        ? FinalDestination(frame.IPv4) == frame.IPv4.Destination : FinalDestination(frame.IPv6) == frame.IPv6.Destination;

    /// <summary>
    /// The last address of a source route that still has stops ahead (RFC 791 3.1), else the header's destination.
    /// </summary>
    private static ReadOnlySpan<byte> FinalDestination(IPv4Header ip)
    {
        if (!ip.Options.IsEmpty)
        {
            OptionReader options = new(ip.Options);
            while (options.Next())
            {
                // A pointer, counted from the option's first byte as 1, and addresses.
                if (options.Kind is LooseSourceRoute or StrictSourceRoute && options.Value.Length >= 5
                    && (options.Value.Length - 1) % 4 == 0
                    && options.Value[0] <= options.Value.Length + 2)
                {
                    return options.Value[^4..];
                }
            }
        }

        return ip.Destination;
    }

    /// <summary>
    /// The home address of a mobile node that sends from elsewhere (RFC 6275 6.3, 11.3.1), else the header's source.
    /// </summary>
    private static ReadOnlySpan<byte> HomeSource(IPv6Header ip)
    {
        IPv6ExtensionReader extensions = ip.Extensions;
        while (extensions.Next())
        {
            if (extensions.Protocol != IPv6ExtensionReader.DestinationOptions)
            {
                continue;
            }

            for (ReadOnlySpan<byte> rest = extensions.Bytes[2..]; rest.Length > 0;)
            {
                int length = rest[0] == 0 ? 1 : rest.Length < 2 ? int.MaxValue : 2 + rest[1];
                if (length > rest.Length)
                {
                    break;
                }

                if (rest[0] == HomeAddress && length == 18)
                {
                    return rest.Slice(2, 16);
                }

                rest = rest[length..];
            }
        }

        return ip.Source;
    }

    /// <summary>Where a packet goes in the end, which is what the pseudo header holds: RFC 8200 8.1.</summary>
    /// <returns>16 bytes; none when a routing header of another type than 0, 2 or 4 knows it.</returns>
    private static ReadOnlySpan<byte> FinalDestination(IPv6Header ip)
    {
        IPv6ExtensionReader extensions = ip.Extensions;
        while (extensions.Next())
        {
            if (extensions.IsRoutingAhead)
            {
                return extensions.Bytes switch
                {
                    [_, >= 2, 0 or 2, ..] => extensions.Bytes[^16..], // RFC 2460 4.4, RFC 6275 6.4
                    [_, >= 2, 4, ..] => extensions.Bytes.Slice(8, 16), // segments in reverse order: RFC 8754 2
                    _ => default,
                };
            }
        }

        return ip.Destination;
    }
}
