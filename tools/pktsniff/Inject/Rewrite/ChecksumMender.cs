using System.Buffers.Binary;
using NetTools.Packets;
using Tmds.Linux;

namespace NetTools.PktSniff.Inject.Rewrite;

/// <summary>Recomputes the checksums of a frame where all the bytes they cover are present.</summary>
internal static class ChecksumMender
{
    private const int HeaderChecksumAt = 10;

    /// <summary>Mends the header of IPv4, then TCP, UDP, UDP-Lite, ICMP or ICMPv6.</summary>
    /// <param name="bytes">The frame.</param>
    /// <param name="frame">The same, decoded: it sees what is written to it.</param>
    /// <param name="counts">Where to note what was done.</param>
    public static void Mend(Span<byte> bytes, scoped in DecodedFrame frame, RewriteCounts counts)
    {
        bool mended = frame.Has(FrameLayers.IPv4)
            && Store(Field(bytes, frame.Network, HeaderChecksumAt), HeaderChecksum(frame.Network[..frame.IPv4.HeaderLength]));
        if (HasChecksum(frame))
        {
            if (frame.FragmentOffset != 0 || frame.MoreFragments)
            {
                counts.Fragments++;
            }
            else if (TransportChecksum.TryCompute(frame, out int at, out ushort checksum))
            {
                Span<byte> field = Field(bytes, frame.Transport, at);
                // Over IPv4 UDP may do without.
                mended |= !(frame.Has(FrameLayers.Udp | FrameLayers.IPv4) && field is [0, 0]) && Store(field, checksum);
            }
            else
            {
                counts.Incomplete++;
            }
        }

        counts.Mended += mended ? 1 : 0;
    }

    /// <summary>True for the protocols whose checksums are known here, be their headers there or not.</summary>
    private static bool HasChecksum(scoped in DecodedFrame frame) =>
        frame.HasIP && (frame.Protocol == LibC.IPPROTO_TCP || frame.Protocol == LibC.IPPROTO_UDP
            || frame.Protocol == UdpLiteHeader.Protocol
            || frame.Protocol == (frame.Has(FrameLayers.IPv4) ? LibC.IPPROTO_ICMP : LibC.IPPROTO_ICMPV6));

    private static ushort HeaderChecksum(ReadOnlySpan<byte> header) =>
        InternetChecksum.Finish(InternetChecksum.Add(
            InternetChecksum.Add(0, header[..HeaderChecksumAt]), header[(HeaderChecksumAt + 2)..]));

    private static Span<byte> Field(Span<byte> bytes, ReadOnlySpan<byte> part, int at) =>
        bytes.Overlaps(part, out int offset) ? bytes.Slice(offset + at, 2) : default;

    private static bool Store(Span<byte> field, ushort checksum)
    {
        bool differs = BinaryPrimitives.ReadUInt16BigEndian(field) != checksum;
        BinaryPrimitives.WriteUInt16BigEndian(field, checksum);
        return differs;
    }
}
