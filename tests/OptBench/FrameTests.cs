using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.OptBench.Link;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

public class FrameTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Parts_of_a_superframe_are_what_the_kernel_would_have_cut(int version) => Seeded.Run(random =>
    {
        int ip = version == 4 ? 20 : 40;
        for (int round = 0; round < 200; round++)
        {
            int segments = random.Number(2, 44), size = random.Number(1, 1448), options = 4 * random.Number(0, 10);
            int shortOf = random.Number(0, size - 1);
            ushort id = random.UShort();
            byte[] bytes = Superframes.Make(version, segments, size, options, shortOf, flags: 0x99, id); // FIN, PSH, ACK, CWR
            byte[] payload = Superframes.Payload((segments * size) - shortOf);
            Frame whole = new(bytes);
            Assert.Equal(segments, whole.Segments);
            int first = random.Number(0, segments - 1), count = random.Number(1, segments - first);
            byte[] part = new byte[whole.Bytes(first, count)];
            whole.Copy(first, count, part);
            Frame again = new(part);
            Assert.Equal(count, again.Segments);
            Assert.Equal(Enumerable.Range(first, count).Sum(i => new Frame(bytes).BytesOnWire(i)),
                Enumerable.Range(0, count).Sum(i => new Frame(part).BytesOnWire(i)));
            if (count == segments)
            {
                Assert.Equal(bytes, part);
                continue;
            }

            virtio_net_hdr offload = MemoryMarshal.Read<virtio_net_hdr>(part);
            Assert.Equal((count == 1 ? 0 : size, ip + 20 + options), ((int)offload.gso_size, (int)offload.hdr_len));
            Span<byte> packet = part.AsSpan(Frame.OffloadBytes);
            Span<byte> tcp = packet[ip..];
            int begin = first * size, end = Math.Min((first + count) * size, payload.Length);
            Assert.Equal(payload[begin..end], tcp[(20 + options)..].ToArray());
            Assert.Equal(unchecked(0xffff_f000 + (uint)begin), BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]));
            Assert.Equal(0x10 | (first == 0 ? 0x80 : 0) | (first + count == segments ? 0x09 : 0), tcp[13]);
            ulong pseudo;
            if (version == 4)
            {
                Assert.Equal(packet.Length, BinaryPrimitives.ReadUInt16BigEndian(packet[2..]));
                Assert.Equal((ushort)(id + first), BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));
                Assert.True(InternetChecksum.IsValid(packet[..ip]));
                pseudo = InternetChecksum.AddPseudoHeader(0, packet[12..16], packet[16..20], 6, tcp.Length);
            }
            else
            {
                Assert.Equal(tcp.Length, BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));
                pseudo = InternetChecksum.AddPseudoHeader(0, packet[8..24], packet[24..40], 6, tcp.Length);
            }

            Assert.Equal((ushort)~InternetChecksum.Finish(pseudo), BinaryPrimitives.ReadUInt16BigEndian(tcp[16..]));
        }
    });

    [Fact]
    public void Anything_else_is_one_packet_as_it_is() => Seeded.Run(random =>
    {
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = random.Bool() ? random.Bytes(Frame.OffloadBytes + random.Number(0, 200))
                : Superframes.Make(random.Bool() ? 4 : 6, random.Number(1, 4), random.Number(1, 50), 12);
            for (int i = random.Number(0, 3); i > 0; i--)
            {
                bytes[random.Number(0, bytes.Length - 1)] = random.Byte();
            }

            bytes = bytes[..random.Number(Frame.OffloadBytes, bytes.Length)];
            Frame frame = new(bytes);
            Assert.InRange(frame.Segments, 1, Math.Max(1, bytes.Length));
            int first = random.Number(0, frame.Segments - 1), count = random.Number(1, frame.Segments - first);
            byte[] part = new byte[frame.Bytes(first, count)];
            frame.Copy(first, count, part);
            Assert.InRange(part.Length, 0, bytes.Length);
            if (frame.Segments == 1)
            {
                Assert.Equal(bytes, part);
            }
        }
    });
}
