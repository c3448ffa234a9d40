using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.OptBench.Link;
using NetTools.Packets;

namespace NetTools.Tests.OptBench;

/// <summary>TCP superframes as a TUN device with IFF_VNET_HDR gives them.</summary>
internal static class Superframes
{
    /// <summary>
    /// Makes one: every payload byte tells where it stands, checksums are as the kernel leaves them for a card to finish.
    /// </summary>
    public static byte[] Make(int version, int segments, int segmentBytes, int options, int shortOf = 0, byte flags = 0x18,
        ushort id = 0xfff0, uint sequence = 0xffff_f000)
    {
        int ip = version == 4 ? 20 : 40;
        int tcp = 20 + options;
        byte[] payload = Payload((segments * segmentBytes) - shortOf);
        byte[] packet = new byte[ip + tcp + payload.Length];
        packet[0] = (byte)(version == 4 ? 0x45 : 0x60);
        Span<byte> addresses = version == 4 ? packet.AsSpan(12, 8) : packet.AsSpan(8, 32);
        for (int i = 0; i < addresses.Length; i++)
        {
            addresses[i] = (byte)(10 + (31 * i));
        }

        Span<byte> transport = packet.AsSpan(ip);
        BinaryPrimitives.WriteUInt16BigEndian(transport, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(transport[2..], 5201);
        BinaryPrimitives.WriteUInt32BigEndian(transport[4..], sequence);
        transport[12] = (byte)(tcp / 4 << 4);
        transport[13] = flags;
        payload.CopyTo(transport[tcp..]);
        int half = addresses.Length / 2;
        ulong pseudo = InternetChecksum.AddPseudoHeader(0, addresses[..half], addresses[half..], 6, transport.Length);
        BinaryPrimitives.WriteUInt16BigEndian(transport[16..], (ushort)~InternetChecksum.Finish(pseudo));
        if (version == 4)
        {
            packet[8] = 64;
            packet[9] = 6;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), id);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), InternetChecksum.Compute(packet.AsSpan(0, ip)));
        }
        else
        {
            packet[6] = 6;
            packet[7] = 64;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)transport.Length);
        }

        virtio_net_hdr offload = new()
        {
            flags = Linux.VIRTIO_NET_HDR_F_NEEDS_CSUM,
            gso_type = (byte)(version == 4 ? Linux.VIRTIO_NET_HDR_GSO_TCPV4 : Linux.VIRTIO_NET_HDR_GSO_TCPV6),
            hdr_len = (ushort)packet.Length,
            gso_size = (ushort)segmentBytes,
            csum_start = (ushort)ip,
            csum_offset = 16,
        };
        byte[] frame = new byte[Frame.OffloadBytes + packet.Length];
        MemoryMarshal.Write(frame, offload);
        packet.CopyTo(frame, Frame.OffloadBytes);
        return frame;
    }

    /// <summary>The bytes a superframe carries.</summary>
    public static byte[] Payload(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i ^ (i >> 8)))];
}
