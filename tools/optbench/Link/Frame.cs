using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.Libc;

namespace NetTools.OptBench.Link;

/// <summary>
/// What one read of a TUN device with IFF_VNET_HDR gives: a virtio_net_hdr and an IP packet. The packet may be a superframe: up to 64 KB of
/// TCP under one pair of headers, which the kernel would cut into segments of the MTU last thing before a wire (segmentation offload).
/// It is cheap to hand on whole, and counts as the segments that it stands for.
/// </summary>
internal readonly ref struct Frame
{
    private const int IPv4Length = 2, IPv4Id = 4, IPv4Sum = 10, LeastIPv4Header = 20;
    private const int IPv6Length = 4, IPv6Header = 40;
    private const int TcpSequence = 4, TcpDataOffset = 12, TcpFlags = 13, TcpSum = 16, LeastTcpHeader = 20;
    private const byte FinAndPush = 0x09, WindowReduced = 0x80;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _transport;
    private readonly int _headers;
    private readonly int _segment;

    /// <summary>Looks at what was read.</summary>
    /// <param name="bytes">At least a virtio_net_hdr; whatever follows is not trusted.</param>
    public Frame(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        Segments = 1;
        virtio_net_hdr offload = MemoryMarshal.Read<virtio_net_hdr>(bytes);
        ReadOnlySpan<byte> packet = bytes[OffloadBytes..];
        int headers = HeaderBytes(offload, packet);
        if (headers > 0 && packet.Length - headers > offload.gso_size)
        {
            (_transport, _headers, _segment) = (offload.csum_start, headers, offload.gso_size);
            Segments = (packet.Length - headers + _segment - 1) / _segment;
        }
    }

    /// <summary>Bytes of the virtio_net_hdr before each packet.</summary>
    public static unsafe int OffloadBytes => sizeof(virtio_net_hdr);

    /// <summary>How many packets a wire would carry.</summary>
    public int Segments { get; }

    /// <summary>How long one of them would be there, IP and TCP headers included.</summary>
    public int BytesOnWire(int segment) => Segments == 1 ? _bytes.Length - OffloadBytes : _headers + Payload(segment, 1);

    /// <summary>Bytes that <see cref="Copy"/> writes.</summary>
    public int Bytes(int first, int count) => count == Segments ? _bytes.Length : OffloadBytes + _headers + Payload(first, count);

    /// <summary>Writes some of the segments, again as one frame, with the headers that the kernel would have given them.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="count">1 to all of them.</param>
    /// <param name="to">As long as <see cref="Bytes"/> says.</param>
    public void Copy(int first, int count, Span<byte> to)
    {
        if (count == Segments)
        {
            _bytes.CopyTo(to);
            return;
        }

        int payload = Payload(first, count);
        _bytes[..(OffloadBytes + _headers)].CopyTo(to);
        _bytes.Slice(OffloadBytes + _headers + (first * _segment), payload).CopyTo(to[(OffloadBytes + _headers)..]);
        virtio_net_hdr offload = MemoryMarshal.Read<virtio_net_hdr>(to);
        offload.hdr_len = (ushort)_headers; // the kernel gives what lay in one piece of memory, which may be more than is left
        if (payload <= _segment)
        {
            (offload.gso_type, offload.gso_size) = (Linux.VIRTIO_NET_HDR_GSO_NONE, 0);
        }

        MemoryMarshal.Write(to, offload);
        Span<byte> packet = to[OffloadBytes..];
        int removed = _bytes.Length - to.Length;
        if (packet[0] >> 4 == 4)
        {
            Span<byte> sum = packet[IPv4Sum..];
            ushort folded = (ushort)~BinaryPrimitives.ReadUInt16BigEndian(sum);
            folded = Change(packet[IPv4Length..], -removed, folded);
            folded = Change(packet[IPv4Id..], first, folded);
            BinaryPrimitives.WriteUInt16BigEndian(sum, (ushort)~folded);
        }
        else
        {
            _ = Change(packet[IPv6Length..], -removed, 0);
        }

        Span<byte> tcp = packet[_transport..];
        BinaryPrimitives.WriteUInt32BigEndian(tcp[TcpSequence..], BinaryPrimitives.ReadUInt32BigEndian(tcp[TcpSequence..]) + (uint)(first * _segment));
        bool isLast = first + count == Segments;
        tcp[TcpFlags] &= (byte)~((isLast ? 0 : FinAndPush) | (first == 0 ? 0 : WindowReduced));

        // Until the segment meets a wire its checksum is that of the pseudo header alone, which has the length in it.
        ushort whole = (ushort)(_bytes.Length - OffloadBytes - _transport);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpSum..],
            Replace(BinaryPrimitives.ReadUInt16BigEndian(tcp[TcpSum..]), whole, (ushort)(whole - removed)));
    }

    private int Payload(int first, int count) => Math.Min(count * _segment, _bytes.Length - OffloadBytes - _headers - (first * _segment));

    /// <summary>Adds to a 16-bit field and returns the one's complement sum that had the field in it, brought up to date.</summary>
    private static ushort Change(Span<byte> field, int by, ushort sum)
    {
        ushort was = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort now = (ushort)(was + by);
        BinaryPrimitives.WriteUInt16BigEndian(field, now);
        return Replace(sum, was, now);
    }

    /// <summary>RFC 1624, equation 3, on a sum that is not complemented.</summary>
    private static ushort Replace(ushort sum, ushort was, ushort now)
    {
        int wide = sum + (ushort)~was + now;
        wide = (wide & 0xffff) + (wide >> 16);
        return (ushort)((wide & 0xffff) + (wide >> 16));
    }

    /// <summary>The bytes of IP and TCP headers of a TCP superframe; 0 for any other packet, which is then one packet as it is.</summary>
    private static int HeaderBytes(in virtio_net_hdr offload, ReadOnlySpan<byte> packet)
    {
        int version = offload.gso_type switch
        {
            Linux.VIRTIO_NET_HDR_GSO_TCPV4 => 4,
            Linux.VIRTIO_NET_HDR_GSO_TCPV6 => 6,
            _ => 0,
        };
        int transport = offload.csum_start;
        bool isSuperframe = version > 0 && offload.gso_size > 0 && (offload.flags & Linux.VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 && offload.csum_offset == TcpSum
            && packet.Length <= ushort.MaxValue && packet.Length >= transport + LeastTcpHeader && packet[0] >> 4 == version
            && (version == 4 ? transport >= LeastIPv4Header && transport == (packet[0] & 15) * 4 : transport >= IPv6Header);
        int header = isSuperframe ? (packet[transport + TcpDataOffset] >> 4) * 4 : 0;
        return header >= LeastTcpHeader && packet.Length > transport + header ? transport + header : 0;
    }
}
