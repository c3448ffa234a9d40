using System.IO.Compression;
using System.Text.Json;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>What is read from files, written again, counted and refused.</summary>
[Collection("lab")]
public class SavedFilesTests
{
    private static readonly byte[] s_frame = SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4]);

    [LabFact]
    public void Reading_back_keeps_interface_direction_comment_and_drops()
    {
        using TempFolder folder = new();
        byte[] room = new byte[200];
        byte[] comment = [1, 0, 5, 0, .. "noted"u8, 0, 0, 0, 2, 0, 4, 0, 2, 0, 0, 0];
        byte[] frame = room[..PcapngFormat.WritePacket(room, 1, 1_700_000_000_123_456_789, s_frame, 60, flags: 0, comment)];
        File.WriteAllBytes(folder.File("a"), [
            .. PcapngFormat.Section("Linux", "test", "of the file"), .. PcapngFormat.Interface(1, 96, "eth0", null),
            .. PcapngFormat.Interface(1, 65535, "eth1", "tcp"),
            .. frame, .. PcapngFormat.Statistics(1, 0, 1, received: 12, dropped: 5, delivered: 7),
        ]);
        ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--pcapng", "-w", folder.File("b")).Expect(0);
        foreach (string name in (string[])["a", "b"])
        {
            ToolResult result = ToolProcess.Run("pktsniff", "-r", folder.File(name), "--json").Expect(0);
            JsonElement read = Assert.Single(TsharkFields.Frames(result.Output));
            Assert.Equal("eth1 out noted 60",
                $"{read.GetProperty("interface").GetString()} {read.GetProperty("direction").GetString()} "
                + $"{read.GetProperty("comments")[0].GetString()} {read.GetProperty("length").GetInt32()}");
            Assert.Equal("2023-11-14T22:13:20.123456789Z", read.GetProperty("time").GetString());
            Assert.Equal(5, JsonDocument.Parse(result.OutputLines[^1]).RootElement.GetProperty("dropped").GetInt32());
            Assert.Equal("eth1 Out 02:00:00:00:00:0a > 02:00:00:00:00:0b 0x88b5, length 60, 42 bytes missing, comment \"noted\"",
                Assert.Single(ToolProcess.Run("pktsniff", "-t", "-r", folder.File(name)).Expect(0).OutputLines));
        }

        Assert.Contains("of the file", File.ReadAllText(folder.File("b"), System.Text.Encoding.Latin1));
        Assert.Equal("600", ToolProcess.RunCommand("stat", "-c", "%a", folder.File("b")).Expect(0).Output.Trim());
        // Of a file that knows directions the filter can ask; of another it is refused.
        Assert.Single(ToolProcess.Run("pktsniff", "-r", folder.File("b"), "outbound").Expect(0).OutputLines);
        Assert.Empty(ToolProcess.Run("pktsniff", "-r", folder.File("b"), "inbound").Expect(0).OutputLines);
        CaptureFiles.Write(folder.File("c"), [s_frame]);
        Assert.Contains("inbound", ToolProcess.Run("pktsniff", "-r", folder.File("c"), "inbound").Expect(2).Error);
    }

    [LabFact]
    public void Writing_a_pcapng_file_again_loses_no_byte_of_it()
    {
        using TempFolder folder = new();
        byte[] All(PcapngBlocks blocks) =>
        [
            .. blocks.Section((1, "of the section"u8.ToArray()), (4, "another program"u8.ToArray())),
            .. blocks.Interface(1, 262144, (2, "eth7"u8.ToArray()), (9, [10]), (14, blocks.Long(3))),
            .. blocks.Block(4, [.. blocks.Half(0), .. blocks.Half(0)]), // names
            .. blocks.Block(0xbad, [.. blocks.Word(32473), 1, 2, 3, 4]), .. blocks.Block(0x40000bad, blocks.Word(32473)),
            .. blocks.Interface(113, 20), .. blocks.Simple(s_frame), .. blocks.Obsolete(1, 5, s_frame, drops: 6),
            .. blocks.Block(0x7777, new byte[1_500_000]),
            .. blocks.Enhanced(0, 17_000_000_001_234_567_891, s_frame, 60, (1, "noted"u8.ToArray()), (2, blocks.Word(2)),
                (4, blocks.Long(9)), (2988, blocks.Word(32473))),
            .. blocks.Statistics(0, (1, "of them"u8.ToArray()), (2, [.. blocks.Word(1), .. blocks.Word(2)]), (5, blocks.Long(4))),
            .. blocks.Statistics(0, (5, blocks.Long(8)), (6, blocks.Long(1))),
        ];
        byte[] whole = [.. All(new(true)), .. new PcapngBlocks(true).Section((1, "empty"u8.ToArray())), .. All(new(false))];
        File.WriteAllBytes(folder.File("a"), whole);
        Assert.Contains("16 frames dropped",
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--pcapng", "-w", folder.File("b")).Expect(0).Error);
        Assert.Equal(whole, File.ReadAllBytes(folder.File("b")));
        ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--pcapng", "-w", folder.File("c"), "--comment", "ours",
            "greater 50")
            .Expect(0);
        JsonElement[] read = [.. TsharkFields.Frames(
            ToolProcess.Run("pktsniff", "-r", folder.File("c"), "--json").Expect(0).Output)];
        Assert.Equal(["eth7 9", "eth7 9"],
            read.Select(frame => $"{frame.GetProperty("interface").GetString()} {frame.GetProperty("drop_count").GetInt32()}"));
        string text = File.ReadAllText(folder.File("c"), System.Text.Encoding.Latin1);
        Assert.Equal(3, text.Split("ours").Length - 1);
        Assert.Equal(4, text.Split("\0greater 50").Length - 1);
        // Of the two custom blocks of a section, the one that is not for a changed file is gone.
        Assert.Equal(2, text.Split("\xad\x0b\0\0").Length - 1 + text.Split("\0\0\x0b\xad").Length - 1);
    }

    [LabFact]
    public void A_pcap_file_made_of_interfaces_that_differ_holds_every_frame_whole()
    {
        using TempFolder folder = new();
        PcapngBlocks blocks = new(true);
        byte[] large = [.. s_frame, .. new byte[300_000]];
        File.WriteAllBytes(folder.File("a"), [
            .. blocks.Section(), .. blocks.Interface(1, 10), .. blocks.Enhanced(0, 1, s_frame[..10], 18),
            .. blocks.Interface(1, 0), .. blocks.Enhanced(1, 2, s_frame, 18), .. blocks.Enhanced(1, 3, large, (uint)large.Length),
        ]);
        ToolProcess.Run("pktsniff", "-r", folder.File("a"), "-w", folder.File("b")).Expect(0);
        Assert.Equal(["10 18", "18 18", "262144 300018"],
            TsharkFields.Frames(ToolProcess.Run("pktsniff", "-r", folder.File("b"), "--json").Expect(0).Output)
                .Select(frame => $"{frame.GetProperty("captured").GetInt32()} {frame.GetProperty("length").GetInt32()}"));
    }

    [LabFact]
    public void Frames_of_a_link_type_that_nobody_knows_are_counted_and_printed()
    {
        using TempFolder folder = new();
        PcapngBlocks blocks = new(false);
        File.WriteAllBytes(folder.File("a"), [.. blocks.Section(), .. blocks.Interface(9999, 0),
            .. blocks.Enhanced(0, 1, s_frame, 18)]);
        Assert.Equal("link type 9999, length 18\n",
            ToolProcess.Run("pktsniff", "-t", "-r", folder.File("a")).Expect(0).Output);
        Assert.Contains("9999", ToolProcess.Run("pktsniff", "-r", folder.File("a"), "tcp").Expect(2).Error);
    }

    [LabFact]
    public void Marks_of_segments_are_fields_too()
    {
        using TempFolder folder = new();
        byte[] Segment(uint sequence, int length) => SampleFrames.Ethernet(0x800, SampleFrames.IPv4(6,
            SampleFrames.Tcp(4000, 80, sequence, 7, TcpFlags.Ack, new byte[length])));
        CaptureFiles.Write(folder.File("a"), [Segment(1, 10), Segment(31, 10), Segment(31, 10), Segment(41, 1)]);
        JsonElement[] frames = [.. TsharkFields.Frames(
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--json").Expect(0).Output)];
        Assert.Equal(["", "{\"lost_segment\":true,\"missing_bytes\":20}", "{\"retransmission\":true}", ""],
            frames.Select(frame => frame.GetProperty("tcp").TryGetProperty("analysis", out JsonElement found)
                ? found.GetRawText() : ""));
        Assert.Equal("\n20\n\n\n", ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--fields",
            "tcp.analysis.missing_bytes").Expect(0).Output);
    }

    [LabFact]
    public void Compressed_files_lists_of_files_and_counts()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a"), Enumerable.Repeat(s_frame, 3));
        using (GZipStream packed = new(File.Create(folder.File("a.gz")), CompressionLevel.Fastest))
        {
            packed.Write(File.ReadAllBytes(folder.File("a")));
        }

        File.WriteAllText(folder.File("list"), $"{folder.File("a")}\n{folder.File("a.gz")}\n");
        Assert.Equal("6 frames\n", ToolProcess.Run("pktsniff", "-V", folder.File("list"), "--count-only").Expect(0).Output);
        Assert.Equal(3, ToolProcess.Run("pktsniff", "-r", folder.File("a.gz"), "--nano", "-tt").Expect(0)
            .OutputLines.Count(line => line.Contains(".123456000 ")));
        File.WriteAllBytes(folder.File("bad.gz"), [.. File.ReadAllBytes(folder.File("a.gz"))[..40], 7, 7, 7, 7, 7, 7]);
        Assert.InRange(ToolProcess.Run("pktsniff", "-r", folder.File("bad.gz")).ExitCode, 1, 2);
        Assert.Contains("same file", ToolProcess.Run("pktsniff", "-r", folder.File("a"), "-w", folder.File("a")).Expect(2).Error);
        Assert.Contains("same file", ToolProcess.Run("pktsniff", "-r", folder.File("a"), "-w", folder.Path + "/./a").Expect(2)
            .Error);
        ToolProcess.Run("pktsniff", "-r", folder.File("a"), "-w", folder.File("a"), "-G", "60").Expect(2);
        CaptureFiles.Write(folder.File("c1"), Enumerable.Repeat(SampleFrames.Ethernet(0x88b5, new byte[900]), 3));
        Assert.Contains("same file", ToolProcess.Run("pktsniff", "-r", folder.File("c1"), "-w", folder.File("c"), "-C", "0.001")
            .Expect(1).Error);
        Assert.Equal(3, CaptureFiles.Read(folder.File("c1")).Count());
        Assert.Equal(3, CaptureFiles.Read(folder.File("a")).Count());
        ToolResult both = ToolProcess.Run("pktsniff", "-r", folder.File("a"), "-w", folder.File("b"), "--print").Expect(0);
        Assert.Equal(3, both.OutputLines.Length);
    }

    [LabFact]
    public void A_filter_file_may_have_comments_and_is_never_quoted()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("f"), "# only tcp\ntcp # here\nand port 80\n");
        Assert.Equal(ToolProcess.Run("pktsniff", "-d", "tcp and port 80").Expect(0).Output,
            ToolProcess.Run("pktsniff", "-d", "-F", folder.File("f")).Expect(0).Output);
        File.WriteAllText(folder.File("hidden"), "root:$6$verysecret:19000\n");
        string error = ToolProcess.Run("pktsniff", "-d", "-F", folder.File("hidden")).Expect(2).Error;
        Assert.DoesNotContain("verysecret", error);
        Assert.DoesNotContain("$6$", error);
        Assert.Contains("65536", ToolProcess.Run("pktsniff", "-d", "-F", "/dev/zero").Expect(2).Error);
    }

    [LabFact]
    public void Interfaces_are_listed_and_named_by_number()
    {
        string[] lines = ToolProcess.Run("pktsniff", "-D").Expect(0).OutputLines;
        Assert.Contains(lines, line => line.Contains(".lo ") && line.Contains("Loopback"));
        Assert.StartsWith($"{lines.Length}.any", lines[^1]);
        Assert.Contains("no interface of that number", ToolProcess.Run("pktsniff", "-i", "9999").Expect(2).Error);
    }

    [LabFact]
    public void Lengths_have_no_sign()
    {
        using TempFolder folder = new();
        byte[] file = new byte[PcapFormat.FileHeaderLength + PcapFormat.RecordHeaderLength + 18];
        PcapFormat.WriteFileHeader(file, LinkType.Ethernet, 262144, nanoseconds: false);
        PcapFormat.WriteRecordHeader(file.AsSpan(PcapFormat.FileHeaderLength), 1, 2, 18, 4_093_509_168);
        s_frame.CopyTo(file, PcapFormat.FileHeaderLength + PcapFormat.RecordHeaderLength);
        File.WriteAllBytes(folder.File("a"), file);
        JsonElement frame = TsharkFields.Frames(
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--json").Expect(0).Output)[0];
        Assert.Equal(4_093_509_168, frame.GetProperty("length").GetInt64());
        Assert.Contains("1 frame, 4093509168 bytes",
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--summary").Expect(0).Output);
    }

    [LabTheory]
    [InlineData(false, 1_500_000, "2023-11-14T22:13:21.500000000Z")]
    [InlineData(true, 1_500_000_000, "2023-11-14T22:13:21.500000000Z")]
    [InlineData(false, 3_000_000_001, "2023-11-14T23:03:20.000001000Z")]
    [InlineData(true, 3_000_000_001, "2023-11-14T22:13:23.000000001Z")]
    public void A_fraction_of_a_second_or_more_carries_into_the_seconds(bool nanoseconds, uint fraction, string time)
    {
        using TempFolder folder = new();
        byte[] file = new byte[PcapFormat.FileHeaderLength + PcapFormat.RecordHeaderLength + 18];
        PcapFormat.WriteFileHeader(file, LinkType.Ethernet, 262144, nanoseconds);
        PcapFormat.WriteRecordHeader(file.AsSpan(PcapFormat.FileHeaderLength), 1_700_000_000, fraction, 18, 18);
        s_frame.CopyTo(file, PcapFormat.FileHeaderLength + PcapFormat.RecordHeaderLength);
        File.WriteAllBytes(folder.File("a"), file);
        ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--pcapng", "-w", folder.File("b")).Expect(0);
        foreach (string name in (string[])["a", "b"])
        {
            JsonElement frame = TsharkFields.Frames(
                ToolProcess.Run("pktsniff", "-r", folder.File(name), "--json").Expect(0).Output)[0];
            Assert.Equal(time, frame.GetProperty("time").GetString());
        }
    }

    [LabFact]
    public void Times_after_2106_are_said_once_a_file_when_pcap_cannot_hold_them()
    {
        using TempFolder folder = new();
        PcapngBlocks blocks = new(false);
        const ulong after2106 = 5_000_000_000 * 1_000_000;
        File.WriteAllBytes(folder.File("a"), [.. blocks.Section(), .. blocks.Interface(1, 0),
            .. blocks.Enhanced(0, after2106, s_frame, 18), .. blocks.Enhanced(0, after2106 + 1, s_frame, 18)]);
        Assert.Contains("b: times after 2106 do not fit a pcap file (use --pcapng)", Assert.Single(
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "-w", folder.File("b")).Expect(0).ErrorLines,
            line => line.Contains("2106")));
        Assert.DoesNotContain("2106", ToolProcess.Run(
            "pktsniff", "-r", folder.File("a"), "--pcapng", "-w", folder.File("c")).Expect(0).Error);
    }
}
