using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.OptBench.Link;

/// <summary>
/// What one read of a TUN device with IFF_VNET_HDR gives: a virtio_net_hdr and an IP packet. The packet may be a superframe: up
/// to 64 KB of TCP under one pair of headers, which the kernel would cut into segments of the MTU last thing before a wire
/// (segmentation offload). It is cheap to hand on whole, and counts as the segments that it stands for.
/// </summary>
internal readonly ref struct Frame
{
    private const int IPv4Length = 2, IPv4Id = 4, IPv4Sum = 10;
    private const int IPv6Length = 4;
    private const int TcpSequence = 4, TcpDataOffset = 12, TcpFlags = 13, TcpSum = 16;
    private const byte FinAndPush = 0x09, WindowReduced = 0x80;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _transport;
    private readonly int _headers;
    private readonly int _segment;

    /// <summary>Looks at what was read.</summary>
    /// <param name="bytes">At least a virtio_net_hdr; what follows is not trusted.</param>
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

    /// <summary>
    /// Writes some of the segments, again as one frame, with the headers that the kernel would have given them.
    /// </summary>
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
            Span<byte> sum = packet.Slice(IPv4Sum, sizeof(ushort));
            Change(packet.Slice(IPv4Length, sizeof(ushort)), -removed, sum);
            Change(packet.Slice(IPv4Id, sizeof(ushort)), first, sum);
        }
        else
        {
            Change(packet.Slice(IPv6Length, sizeof(ushort)), -removed, default);
        }

        Span<byte> tcp = packet[_transport..];
        BinaryPrimitives.WriteUInt32BigEndian(
            tcp[TcpSequence..], BinaryPrimitives.ReadUInt32BigEndian(tcp[TcpSequence..]) + (uint)(first * _segment));
        bool isLast = first + count == Segments;
        tcp[TcpFlags] &= (byte)~((isLast ? 0 : FinAndPush) | (first == 0 ? 0 : WindowReduced));

        // Until the segment meets a wire its checksum is that of the pseudo header alone, not complemented, which has the length
        // in it.
        Span<byte> pseudo = tcp.Slice(TcpSum, sizeof(ushort));
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(_bytes.Length - OffloadBytes - _transport));
        Complement(pseudo);
        Change(length, -removed, pseudo);
        Complement(pseudo);
    }

    private int Payload(int first, int count) =>
        Math.Min(count * _segment, _bytes.Length - OffloadBytes - _headers - (first * _segment));

    /// <summary>Adds to a 16-bit field, and brings the checksum that covers it up to date.</summary>
    /// <param name="field">The field.</param>
    /// <param name="by">What to add.</param>
    /// <param name="checksum">Two bytes; empty where none covers it.</param>
    private static void Change(Span<byte> field, int by, Span<byte> checksum)
    {
        Span<byte> was = stackalloc byte[sizeof(ushort)];
        field.CopyTo(was);
        BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(field) + by));
        if (checksum.Length > 0)
        {
            InternetChecksum.Update(checksum, was, field);
        }
    }

    private static void Complement(Span<byte> field) =>
        BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)~BinaryPrimitives.ReadUInt16BigEndian(field));

    /// <summary>
    /// The bytes of IP and TCP headers of a TCP superframe; 0 for any other packet, which is then one packet as it is.
    /// </summary>
    private static int HeaderBytes(in virtio_net_hdr offload, ReadOnlySpan<byte> packet)
    {
        int version = offload.gso_type switch
        {
            Linux.VIRTIO_NET_HDR_GSO_TCPV4 => 4,
            Linux.VIRTIO_NET_HDR_GSO_TCPV6 => 6,
            _ => 0,
        };
        int transport = offload.csum_start;
        bool isSuperframe = version > 0 && offload.gso_size > 0 && (offload.flags & Linux.VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0
            && offload.csum_offset == TcpSum
            && packet.Length <= ushort.MaxValue && packet.Length >= transport + TcpHeader.MinimumLength
                && packet[0] >> 4 == version
            && (version == 4 ? transport >= IPv4Header.MinimumLength && transport == (packet[0] & 15) * 4
                : transport >= IPv6Header.Length);
        int header = isSuperframe ? (packet[transport + TcpDataOffset] >> 4) * 4 : 0;
        return header >= TcpHeader.MinimumLength && packet.Length > transport + header ? transport + header : 0;
    }
}
