using System.Text.Json;
using NetTools.Packets;
using NetTools.PktSniff.Protocols;
using NetTools.PktSniff.Report;
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
        TcpSegment again = Client(1000, 0, TcpFlags.Syn);
        Assert.Equal((TcpMarks.Retransmission, 1000u), (again.Marks, again.Sequence));
        Assert.Equal((1u, 1u), Numbers(Client(1001, 5001, TcpFlags.Ack)));
        Client(900_000, 0, TcpFlags.Syn);
        Assert.Equal((700_000u, 900_001u), Numbers(Server(700_000, 900_001, TcpFlags.Syn | TcpFlags.Ack)));
        Assert.Equal((1u, 1u), Numbers(Client(900_001, 700_001, TcpFlags.Ack)));
    }

    [Fact]
    public void Numbers_pass_2_to_the_32_and_a_reset_without_acknowledgement_says_its_own()
    {
        Server(0xffff_fffe, 0xffff_fff1, TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal((1u, 1u), Numbers(Client(0xffff_fff1, 0xffff_ffff, TcpFlags.Ack, 40)));
        Assert.Equal((1u, 41u), Numbers(Server(0xffff_ffff, 25, TcpFlags.Ack)));
        Assert.Equal((41u, 11u), Numbers(Client(25, 9, TcpFlags.Ack)));
        Assert.Equal((25u, TcpMarks.None), Client(25, 0, TcpFlags.Rst) is var reset ? (reset.Sequence, reset.Marks) : default);
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

    [Fact]
    public void Every_mark_has_a_field_of_a_name_that_is_listed()
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            JsonFieldWriter fields = new();
            fields.Use(json);
            json.WriteStartObject();
            Tcp.WriteAnalysis(fields, new TcpSegment(0, 0, (TcpMarks)0x1f, Missing: 7, Duplicates: 3));
            json.WriteEndObject();
        }

        text.Position = 0;
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement marks = document.RootElement.GetProperty("analysis");
        Assert.Equal(7, marks.GetProperty("missing_bytes").GetInt32());
        Assert.Equal(3, marks.GetProperty("duplicate_ack_num").GetInt32());
        Assert.Equal(Tcp.FieldNames.Where(name => name.StartsWith("tcp.analysis.", StringComparison.Ordinal)).Order(),
            marks.EnumerateObject().Select(mark => "tcp.analysis." + mark.Name).Order());
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
