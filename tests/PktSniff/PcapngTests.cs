using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>pcapng files, with tshark and capinfos as the referees.</summary>
[Collection("lab")]
public class PcapngTests
{
    [LabFact(Needs.Tshark)]
    public void Tshark_reads_every_frame_and_the_comment()
    {
        using TempFolder folder = new();
        byte[][] frames = [.. SampleFrames.All().Select(sample => sample.Bytes)];
        CaptureFiles.Write(folder.File("a.pcap"), frames);
        ToolProcess.Run(
            "pktsniff", "-r", folder.File("a.pcap"), "-w", folder.File("a.pcapng"), "--pcapng", "--comment", "what it was", "-s",
            "100").Expect(0);
        Assert.Equal(Fields(folder.File("a.pcap")), Fields(folder.File("a.pcapng")));
        string info = ToolProcess.RunCommand("capinfos", folder.File("a.pcapng")).Expect(0).Output;
        Assert.Contains("File type:           Wireshark/... - pcapng", info);
        Assert.Contains("Capture comment:     what it was", info);
        Assert.Contains("nanoseconds (9)", info);
        Assert.Matches(@"Capture application: pktsniff \d", info);
        // libpcap is another reader.
        Assert.Equal(
            ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-x").Expect(0).Output,
            ToolProcess.Run("pktsniff", "-r", folder.File("a.pcapng"), "-x").Expect(0).Output);
    }

    [LabFact(Needs.Root, Needs.Tshark, Needs.Ping)]
    public void A_live_file_tells_interface_direction_filter_and_drops()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "-w", folder.File("a.pcapng"), "--pcapng", "icmp"], inside);
        ours.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "1", NetworkNamespaces.AddressB], inside).Expect(0);
        ours.Stop().Expect(0);
        string[] lines = ToolProcess.RunCommand(
            "tshark", "-r", folder.File("a.pcapng"), "-T", "fields", "-e", "frame.interface_name", "-e",
            "frame.packet_flags_direction").Expect(0).OutputLines;
        Assert.Equal(["vetha\t0x00000002", "vetha\t0x00000001"], lines);
        // Read as a file format and not as packets, tshark shows the statistics.
        string blocks = ToolProcess.RunCommand(
            "tshark", "-r", folder.File("a.pcapng"), "-X", "read_format:MIME Files Format", "-V").Expect(0).Output;
        Assert.Matches("Option: Filter.*icmp", blocks);
        Assert.Matches(@"Number of Received Packets: 2\b", blocks);
        Assert.Matches(@"Number of Dropped Packets: 0\b", blocks);
    }

    [LabFact(Needs.RealRoot, Needs.Tshark)]
    public void A_disk_that_fills_up_leaves_a_whole_file()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.Path).Expect(0);
        try
        {
            using TempFolder source = new();
            CaptureFiles.Write(source.File("a.pcap"), Enumerable.Repeat(SampleFrames.Ethernet(0x88b5, new byte[1399]), 1000));
            ToolResult result = ToolProcess.Run("pktsniff", "-r", source.File("a.pcap"), "-w", folder.File("b"), "--pcapng")
                .Expect(1);
            Assert.Contains("ENOSPC", Assert.Single(result.ErrorLines));
            Assert.Equal(0, (new FileInfo(folder.File("b")).Length - Header(folder.File("b"))) % (32 + 1416));
            ToolProcess.RunCommand("capinfos", folder.File("b")).Expect(0);
        }
        finally
        {
            ToolProcess.RunCommand("umount", folder.Path).Expect(0);
        }
    }

    [LabFact]
    public void Links_of_different_kinds_are_read_from_one_file()
    {
        using TempFolder folder = new();
        byte[] frame = SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4]);
        byte[] Packet(int number)
        {
            byte[] room = new byte[200];
            return room[..PcapngFormat.WritePacket(room, number, 1_700_000_000_000_000_000, frame, (uint)frame.Length, flags: 0)];
        }

        byte[] first = PcapngFormat.Section("Linux", "test", null);
        byte[] ethernet = PcapngFormat.Interface(LinkType.Ethernet, 65535, "a", null);
        byte[] raw = PcapngFormat.Interface(LinkType.Raw, 65535, "b", null);
        // Two interfaces of one kind are nothing special.
        File.WriteAllBytes(folder.File("same"), [.. first, .. ethernet, .. ethernet, .. Packet(0), .. Packet(1)]);
        Assert.Equal(2, ToolProcess.Run("pktsniff", "-r", folder.File("same")).Expect(0).OutputLines.Length);
        File.WriteAllBytes(folder.File("mixed"), [.. first, .. ethernet, .. Packet(0), .. raw, .. Packet(1)]);
        ToolResult mixed = ToolProcess.Run("pktsniff", "-r", folder.File("mixed"), "--json").Expect(0);
        Assert.Equal([("a", 1), ("b", 12)], TsharkFields.Frames(mixed.Output)
            .Select((frame, i) => (frame.GetProperty("interface").GetString(), i == 0 ? 1 : 12)));
        if (Requirements.ReasonToSkip(Needs.Tshark) is null)
        {
            Assert.Equal(2, ToolProcess.RunCommand("tshark", "-r", folder.File("mixed")).Expect(0).OutputLines.Length);
        }
    }

    private static int Header(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int section = BitConverter.ToInt32(file, 4);
        return section + BitConverter.ToInt32(file, section + 4);
    }

    private static string[] Fields(string path) => ToolProcess.RunCommand(
        "tshark", "-r", path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "eth.src",
        "-e", "_ws.col.Info").Expect(0).OutputLines;
}
