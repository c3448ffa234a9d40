using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Traffic;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>What is counted for --summary, --top and --plot.</summary>
[Collection("lab")]
public class TrafficTests
{
    private static readonly FrameOrigin s_origin = new("eth0", LinkType.Ethernet, 65535);

    [Fact]
    public void Both_directions_are_one_conversation()
    {
        TrafficCounter traffic = new();
        byte[] there = SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, SampleFrames.Udp(4000, 9, "a"u8)));
        byte[] back = [.. there];
        (back[29], back[33]) = (2, 1);
        (back[34], back[35], back[36], back[37]) = (there[36], there[37], there[34], there[35]);
        Add(traffic, there, 1);
        Add(traffic, back, 3);
        Add(traffic, back, 4);
        Assert.Equal(1, traffic.Conversations.Count);
        Conversation one = traffic.Conversations.Entries[0];
        Assert.Equal(("10.0.0.1.4000", "10.0.0.2.9"), one.Key.Ends());
        Assert.Equal((1, 2), (one.There.Frames, one.Back.Frames));
        Assert.Equal((1.0, 4.0, 3.0), (one.Start, one.End, traffic.Duration));
    }

    [Fact]
    public void Every_frame_is_counted_once_everywhere()
    {
        TrafficCounter traffic = new();
        int frames = 0;
        foreach ((_, byte[] bytes) in SampleFrames.All())
        {
            Add(traffic, bytes, frames++);
            Add(traffic, bytes.AsSpan(0, 10).ToArray(), frames++);
        }

        Assert.Equal(frames, traffic.Total.Frames);
        Assert.Equal(frames, traffic.Protocols.ToArray().Sum(volume => volume.Frames));
        Assert.Equal(frames, traffic.Conversations.Entries.ToArray().Sum(one => one.Total.Frames) + traffic.Unaddressed.Frames);
        string[] names = [.. Enumerable.Range(0, CountedProtocols.Count).Where(i => traffic.Protocols[i].Frames > 0)
            .Select(CountedProtocols.Name)];
        string[] expected = ["TCP", "UDP", "ICMP", "ICMPv6", "ARP", "RARP", "DNS", "DHCP", "IGMP", "SCTP", "GRE", "LLDP", "STP",
            "LLC", "other"];
        Assert.Empty(expected.Except(names));
    }

    [Fact]
    public void Conversations_are_bounded_and_the_large_ones_stay()
    {
        ConversationTable table = new();
        const int total = 5 * ConversationTable.Capacity;
        for (int i = 0; i < total; i++)
        {
            table.Add(Key(i), true, 60, i);
            table.Add(Key(-1), true, 1000, i);
        }

        Assert.InRange(table.Count, 1, ConversationTable.Capacity);
        Assert.Equal(total + 1, table.Count + table.OtherCount);
        Assert.Equal(total * 1060L, table.Others.Bytes + table.Entries.ToArray().Sum(one => one.Total.Bytes));
        Assert.Equal(total, table.Entries.ToArray().Max(one => one.Total.Frames));
        ConversationKey[] keys = [.. Enumerable.Range(0, 100_000).Select(Key)];
        Allocations.AssertNone(() =>
        {
            foreach (ConversationKey key in keys)
            {
                table.Add(key, true, 60, 1);
            }
        });

        static ConversationKey Key(int i)
        {
            byte[] packet = SampleFrames.IPv4(1, [8, 0]);
            BitConverter.TryWriteBytes(packet.AsSpan(12), i);
            FrameDecoder.Decode(packet, LinkType.Raw, out DecodedFrame frame);
            Assert.True(ConversationKey.TryRead(frame, out ConversationKey key, out _));
            return key;
        }
    }

    [LabFact]
    public void A_summary_is_tables_or_json()
    {
        using TempFolder folder = new();
        byte[][] frames = [.. SampleFrames.All().Select(sample => sample.Bytes)];
        CaptureFiles.Write(folder.File("a.pcap"), frames);
        long bytes = frames.Sum(frame => frame.Length);
        ToolResult text = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--summary").Expect(0);
        Assert.StartsWith($"{frames.Length} frames, {bytes} bytes in {frames.Length - 1}.000 s: 1.0 frames/s, ",
            text.OutputLines[0]);
        Assert.Contains(text.OutputLines, line => line.StartsWith("ICMPv6 ", StringComparison.Ordinal));
        Assert.Contains(text.OutputLines, line => line.StartsWith("10.0.0.1.40000 <> 10.0.0.2.80 ", StringComparison.Ordinal)
            && line.Contains(" TCP "));
        string[] lines = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--summary", "--json").Expect(0).OutputLines;
        Assert.Equal(2, lines.Length);
        JsonElement traffic = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal("traffic", traffic.GetProperty("event").GetString());
        Assert.Equal(bytes, traffic.GetProperty("protocols").EnumerateArray().Sum(one => one.GetProperty("bytes").GetInt64()));
        Assert.Equal(bytes, traffic.GetProperty("conversations").EnumerateArray()
            .Sum(one => one.GetProperty("bytes_to_first").GetInt64() + one.GetProperty("bytes_to_second").GetInt64()));
        Assert.Contains("\"event\":\"summary\"", lines[1]);
    }

    [LabFact]
    public void Top_prints_a_table_an_interval_where_no_terminal_is()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"),
            Enumerable.Repeat(SampleFrames.All().First(sample => sample.Name == "tcp").Bytes, 7));
        string[] lines = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--top", "--interval", "2").Expect(0)
            .OutputLines;
        Assert.Equal(3, lines.Count(line => line.Contains(" 2 frames, ") && line.Contains("in 2.000 s: 1.0 frames/s")));
        Assert.Single(lines, line => line.StartsWith("7 frames, ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains('\e'));
    }

    [LabFact(Needs.Root)]
    public void Top_goes_on_while_nothing_comes()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", "lo", "--top", "--interval", "0.2"], inside);
        ours.ReadErrorLine();
        ToolProcess.Run("pktsniff", ["inject", "-i", "lo", "--hex", "ffffffffffff02000000000a88b50102", "--count", "5"], inside)
            .Expect(0);
        ours.ReadUntil("0 frames, 0 bytes in 0.200 s");
        Assert.Contains("5 frames, 80 bytes", ours.Stop().Expect(0).Output);
    }

    [LabFact]
    public void A_plot_has_a_row_an_interval_and_none_for_a_long_silence()
    {
        using TempFolder folder = new();
        byte[] frame = SampleFrames.All().First(sample => sample.Name == "udp").Bytes;
        CaptureFiles.Write(folder.File("a.pcap"), Enumerable.Repeat(frame, 4));
        byte[] file = File.ReadAllBytes(folder.File("a.pcap"));
        BitConverter.TryWriteBytes(file.AsSpan(24 + 3 * (16 + frame.Length)), 1_800_000_000u); // the last is years later
        File.WriteAllBytes(folder.File("a.pcap"), file);
        Assert.Equal(4, ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--plot", folder.File("a.csv")).Expect(0)
            .OutputLines.Length);
        string[] rows = File.ReadAllLines(folder.File("a.csv"));
        Assert.StartsWith("time_s,elapsed_s,frames_per_s,bytes_per_s,tcp_frames_per_s,", rows[0]);
        string counted = string.Create(CultureInfo.InvariantCulture, $",1,{frame.Length},0,0,1,{frame.Length},0,0,0,0,0,0");
        Assert.Equal(
            ["1700000000,0" + counted, "1700000001,1" + counted, "1700000002,2" + counted, "1700000003,3,0,0,0,0,0,0,0,0,0,0,0,0",
                "1799999999,99999999,0,0,0,0,0,0,0,0,0,0,0,0", "1800000000,100000000" + counted],
            rows[1..]);
    }

    [Theory]
    [InlineData("--top", "--json")]
    [InlineData("--top", "--summary")]
    [InlineData("--summary", "--fields=ip.src")]
    [InlineData("--json", "--fields=ip.src")]
    [InlineData("--top", "--interval=0")]
    public void What_makes_no_sense_is_refused(params string[] words) => Assert.Throws<OperationFailedException>(
        () => NetTools.Terminal.CommandLineReader.Read<CaptureOptions>(words, Help.Capture)!.ToSettings());

    private static void Add(TrafficCounter traffic, byte[] bytes, long seconds)
    {
        CapturedFrame captured = new() { Bytes = bytes, Length = bytes.Length, Seconds = seconds, Origin = s_origin };
        FrameDecoder.Decode(bytes, LinkType.Ethernet, out DecodedFrame frame);
        traffic.Add(captured, frame);
    }
}
