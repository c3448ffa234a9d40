using NetTools.Packets;
using NetTools.PktSniff.Protocols;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>The table of TCP connections: relative numbers and marks.</summary>
public class ConnectionTests
{
    private readonly TcpConnections _table = new();
    private uint _nanoseconds;

    [Fact]
    public void An_acknowledgement_counts_from_the_first_that_is_seen_when_the_other_syn_is_not()
    {
        Assert.Equal((1000u, 0u), Numbers(Client(1000, 0, TcpFlags.Syn)));
        Assert.Equal((1u, 5001u), Numbers(Client(1001, 5001, TcpFlags.Ack)));
        Assert.Equal((1u, 1u), Numbers(Client(1001, 5001, TcpFlags.Ack, 4)));
        Assert.Equal((5u, 253u), Numbers(Client(1005, 5253, TcpFlags.Ack)));
    }

    [Fact]
    public void A_syn_sent_again_changes_nothing_and_a_new_one_begins_afresh()
    {
        Client(1000, 0, TcpFlags.Syn);
        Server(5000, 1001, TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(TcpMarks.Retransmission, Client(1000, 0, TcpFlags.Syn).Marks);
        Assert.Equal((1u, 1u), Numbers(Client(1001, 5001, TcpFlags.Ack)));
        Client(900_000, 0, TcpFlags.Syn);
        Assert.Equal((700_000u, 900_001u), Numbers(Server(700_000, 900_001, TcpFlags.Syn | TcpFlags.Ack)));
        Assert.Equal((1u, 1u), Numbers(Client(900_001, 700_001, TcpFlags.Ack)));
    }

    [Fact]
    public void Gaps_late_segments_and_repeated_ones_are_told_apart()
    {
        Client(0, 1, TcpFlags.Ack, 100);
        TcpSegment gap = Client(200, 1, TcpFlags.Ack, 100);
        Assert.Equal((TcpMarks.Gap, 100u), (gap.Marks, gap.Missing));
        Assert.Equal(TcpMarks.OutOfOrder, Client(100, 1, TcpFlags.Ack, 100).Marks);
        Assert.Equal(TcpMarks.Retransmission, Client(100, 1, TcpFlags.Ack, 100).Marks);
        Assert.Equal(TcpMarks.None, Client(299, 1, TcpFlags.Ack).Marks); // a keep-alive
        Assert.Equal(TcpMarks.Gap, Client(400, 1, TcpFlags.Ack, 10).Marks);
        _nanoseconds += 50_000_000;
        Assert.Equal(TcpMarks.Retransmission, Client(300, 1, TcpFlags.Ack, 100).Marks);
    }

    [Fact]
    public void Duplicate_acknowledgements_need_bytes_under_way()
    {
        Client(0, 1, TcpFlags.Ack, 100);
        Server(1, 100, TcpFlags.Ack);
        Assert.Equal(TcpMarks.None, Server(1, 100, TcpFlags.Ack).Marks);
        Client(100, 1, TcpFlags.Ack, 100);
        Assert.Equal((TcpMarks.DuplicateAck, 1), (Server(1, 100, TcpFlags.Ack) is var one ? one.Marks : 0, 1));
        Assert.Equal(2, Server(1, 100, TcpFlags.Ack).Duplicates);
        Assert.Equal(TcpMarks.ZeroWindow, Server(1, 200, TcpFlags.Ack, window: 0).Marks);
        Assert.Equal(TcpMarks.None, Server(1, 200, TcpFlags.Ack | TcpFlags.Rst, window: 0).Marks);
    }

    private static (uint, uint) Numbers(TcpSegment segment) => (segment.Sequence, segment.Acknowledgment);

    private TcpSegment Client(uint sequence, uint acknowledgment, TcpFlags flags, int length = 0) =>
        Follow(SampleFrames.IPv4(6, SampleFrames.Tcp(4000, 80, sequence, acknowledgment, flags, new byte[length])), 502);

    private TcpSegment Server(uint sequence, uint acknowledgment, TcpFlags flags, ushort window = 502)
    {
        byte[] packet = SampleFrames.IPv4(6, SampleFrames.Tcp(80, 4000, sequence, acknowledgment, flags, default));
        byte[] source = packet[12..16];
        packet.AsSpan(16, 4).CopyTo(packet.AsSpan(12));
        source.CopyTo(packet, 16);
        return Follow(packet, window);
    }

    private TcpSegment Follow(byte[] packet, ushort window)
    {
        int tcp = (packet[0] & 15) * 4;
        (packet[tcp + 14], packet[tcp + 15]) = ((byte)(window >> 8), (byte)window);
        FrameDecoder.Decode(packet, LinkType.Raw, out DecodedFrame frame);
        return _table.Follow(frame, 1, _nanoseconds += 1000);
    }
}
