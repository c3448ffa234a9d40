using System.Text.Json;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Inject;
using NetTools.PktSniff.Inject.Split;
using NetTools.PktSniff.Link;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

[Collection("lab")]
public class InjectTests
{
    [Theory]
    [InlineData("ffffffffffff 02:00:00:00:00:0a 88-b5 01", 15)]
    [InlineData("FFFFFFFFFFFF02000000000A88B5", 14)]
    public void Hex_is_read_with_or_without_separators(string text, int length) =>
        Assert.Equal(length, HexFrame.Parse(text).Length);

    [Theory]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("ffffffffffff02000000000a88b5f")]
    [InlineData("ffffffffffff02000000000a88b5 f 0")]
    [InlineData("zzffffffffff02000000000a88b5")]
    public void Anything_else_is_refused(string text) => Assert.Throws<OperationFailedException>(() => HexFrame.Parse(text));

    [LabFact(Needs.Root)]
    public void What_is_injected_arrives()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        byte[][] frames = [.. SampleFrames.All().Select(sample => sample.Bytes).Where(frame => frame.Length > 14)];
        CaptureFiles.Write(folder.File("a.pcap"), frames);
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceB, "-w", folder.File("b.pcap"), "ether", "src", "02:00:00:00:00:0a"],
            new() { Namespace = lab.B });
        ours.ReadErrorLine();
        ToolResult sent = ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, folder.File("a.pcap"), "--rate", "5000", "--loop", "3",
                "--json"],
            new() { Namespace = lab.A }).Expect(0);
        Assert.Equal(3 * frames.Length, JsonDocument.Parse(sent.Output).RootElement.GetProperty("sent").GetInt32());
        ours.Stop().Expect(0);
        CaptureFiles.Write(folder.File("c.pcap"), [.. frames, .. frames, .. frames]);
        Assert.Equal(Hex(folder.File("c.pcap")), Hex(folder.File("b.pcap")));
    }

    [LabFact(Needs.Root)]
    public void A_rate_is_kept()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.Run(
            "pktsniff", ["inject", "-i", "lo", "--hex", "ffffffffffff02000000000a88b5", "--count", "100", "--rate", "200",
                "--json"],
            new() { Namespace = lab.A }).Expect(0);
        JsonElement sent = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(100, sent.GetProperty("sent").GetInt32());
        Assert.InRange(sent.GetProperty("duration_s").GetDouble(), 0.49, 20);
    }

    [LabTheory(Needs.Root)]
    [InlineData("--rate", "2000")]
    [InlineData("--mbit", "1000")]
    public void Rounds_of_a_file_come_out_of_memory(params string[] pace)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.Ethernet(0x88b5, [1])]);
        using ToolProcess sender = ToolProcess.Launch(
            "pktsniff", ["inject", "-i", "lo", folder.File("a.pcap"), "--loop", "0", "--count", "4000", .. pace],
            new() { Namespace = lab.A });
        Assert.StartsWith("4000 frames", sender.WaitForExit().Expect(0).Output);
    }

    [Fact]
    public void What_is_too_much_is_not_kept()
    {
        FrameStore store = new();
        store.Add(new byte[1000], 1);
        Assert.False(store.IsComplete);
        store.EndRound();
        Assert.True(store.IsComplete);
        FrameStore large = new();
        for (int i = 0; i < 70; i++)
        {
            large.Add(new byte[1024 * 1024], i);
        }

        large.EndRound();
        Assert.False(large.IsComplete);
        Assert.Equal(0, large.Count);
    }

    [LabFact(Needs.Root)]
    public void At_top_speed_every_round_of_a_file_arrives_in_order()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        byte[][] frames = [.. Enumerable.Range(0, 100)
            .Select(i => SampleFrames.Ethernet(0x88b5, [(byte)i, .. new byte[i * 10]]))];
        CaptureFiles.Write(folder.File("a.pcap"), frames);
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceB, "-B", "16384", "-w", folder.File("b.pcap"), "ether", "proto",
                "0x88b5"],
            new() { Namespace = lab.B });
        ours.ReadErrorLine();
        ToolResult sent = ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, folder.File("a.pcap"), "--topspeed", "--loop", "5",
                "--count", "450"],
            new() { Namespace = lab.A }).Expect(0);
        Assert.StartsWith("450 frames", sent.Output);
        ours.Stop().Expect(0);
        CaptureFiles.Write(folder.File("c.pcap"), [.. frames, .. frames, .. frames, .. frames, .. frames[..50]]);
        Assert.Equal(Hex(folder.File("c.pcap")), Hex(folder.File("b.pcap")));
    }

    [LabFact(Needs.Root)]
    public void A_number_of_megabits_is_kept()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.Run(
            "pktsniff", ["inject", "-i", "lo", "--hex", new string('0', 2000), "--count", "100", "--mbit", "1.6", "--json"],
            new() { Namespace = lab.A }).Expect(0);
        Assert.InRange(JsonDocument.Parse(result.Output).RootElement.GetProperty("duration_s").GetDouble(), 0.49, 20);
    }

    [LabFact]
    public void An_interface_must_be_named()
    {
        ToolResult result = ToolProcess.Run("pktsniff", "inject", "--hex", "ffffffffffff02000000000a88b5").Expect(2);
        Assert.Single(result.ErrorLines);
    }

    [LabFact(Needs.Root)]
    public void Frames_the_interface_refuses_are_counted()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        string tooLong = new('0', 2 * 3000);
        ToolResult result = ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, "--hex", tooLong], new() { Namespace = lab.A }).Expect(1);
        Assert.Contains("EMSGSIZE", result.Error);
        Assert.StartsWith("0 frames", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Addresses_and_checksums_change_on_the_way()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        byte[][] frames = [.. SampleFrames.All().Where(
            sample => sample.Name is "arp" or "tcp" or "vlan" or "first fragment" or "tcp6").Select(sample => sample.Bytes)];
        CaptureFiles.Write(folder.File("a.pcap"),
            frames.Select((frame, i) => (frame, i == frames.Length - 1 ? frame.Length - 2 : frame.Length)));
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceB, "--json", "-c", "10", "ether", "src", "02:00:00:00:00:77"],
            new() { Namespace = lab.B });
        ours.ReadErrorLine();
        JsonElement sent = JsonDocument.Parse(ToolProcess.Run(
            "pktsniff",
            [
                "inject", "-i", NetworkNamespaces.InterfaceA, folder.File("a.pcap"), "--topspeed", "--loop", "2", "--json",
                "--fix-checksums",
                "--src-mac", "2:0:0:0:0:77", "--map-ip", "10.0.0.0/24=192.0.2.0/24", "--map-ip", "2001:db8::1=fd00::9",
                "--dst-ip", "fd00::/16",
            ],
            new() { Namespace = lab.A }).Expect(0).Output).RootElement;
        Assert.Equal(
            "10 5 2 1 1", string.Join(' ',
                new[] { "sent", "rewritten", "checksums_mended", "checksums_left_fragments", "checksums_left_incomplete" }
                .Select(name => sent.GetProperty(name).GetInt32())));
        List<JsonElement> arrived = TsharkFields.Frames(ours.WaitForExit().Expect(0).Output);
        Assert.Equal(arrived[..5].Select(Network), arrived[5..].Select(Network));
        Assert.Equal("ARP 192.0.2.1 192.0.2.2", Network(arrived[0]));
        Assert.Equal("192.0.2.1 192.0.2.2 ok", Network(arrived[1]));
        Assert.Equal("192.0.2.1 192.0.2.2 ", Network(arrived[2]));
        Assert.Equal("fd00::9 fd00:db8::1:0:0:2 ok", Network(arrived[3]));
        Assert.Equal("7 192.0.2.1 192.0.2.2 ", arrived[4].GetProperty("vlan")[0].GetInt32() + " " + Network(arrived[4]));
    }

    private static string Network(JsonElement frame) => frame.TryGetProperty("arp", out JsonElement arp)
        ? $"ARP {arp.GetProperty("sender_ip").GetString()} {arp.GetProperty("target_ip").GetString()}"
        : $"{frame.GetProperty("ip").GetProperty("src").GetString()} {frame.GetProperty("ip").GetProperty("dst").GetString()} "
            + (frame.TryGetProperty("tcp", out JsonElement tcp) && tcp.TryGetProperty("checksum", out JsonElement checksum)
                ? checksum.GetString() : "");

    [LabFact(Needs.Root)]
    public void What_the_interface_counts_is_told_and_less_than_was_taken_is_an_error()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        // ifb accepts every frame, and sends only what was redirected to it.
        NetworkNamespaces.Ip("-n", lab.A, "link", "add", "ifb7", "type", "ifb");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "ifb7", "up");
        string[] frame = ["--hex", "02000000000b02000000000a88b5", "--count", "70", "--topspeed"];
        ToolResult lost = ToolProcess.Run("pktsniff", ["inject", "-i", "ifb7", .. frame], new() { Namespace = lab.A }).Expect(1);
        Assert.Equal("pktsniff: ifb7 counted only 0 of 70 frames as sent, 0 as dropped", Assert.Single(lost.ErrorLines));
        JsonElement sent = JsonDocument.Parse(ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, "--json", .. frame], new() { Namespace = lab.A }).Expect(0)
                .Output).RootElement;
        Assert.InRange(sent.GetProperty("interface_sent").GetInt32(), 70, 90); // the stack sends a little by itself
        Assert.Equal(0, sent.GetProperty("interface_dropped").GetInt32());
    }

    [LabTheory(Needs.Root)]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_interfaces_get_a_side_each_with_addresses_of_its_own(bool topSpeed)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        NetworkNamespaces.Ip("-n", lab.A, "link", "add", "other0", "type", "veth", "peer", "name", "other1", "netns", lab.B);
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "other0", "up");
        NetworkNamespaces.Ip("-n", lab.B, "link", "set", "other1", "up");
        using TempFolder folder = new();
        byte[] Tcp(ushort from, ushort to, TcpFlags flags) =>
            SampleFrames.Ethernet(0x800, SampleFrames.IPv4(6, SampleFrames.Tcp(from, to, 1, 1, flags, default)));
        byte[] answer = Tcp(80, 4000, TcpFlags.Syn | TcpFlags.Ack);
        SampleFrames.MacB.CopyTo(answer, 6);
        SampleFrames.MacA.CopyTo(answer, 0);
        (answer[29], answer[33]) = (answer[33], answer[29]);
        CaptureFiles.Write(folder.File("a.pcap"), [Tcp(4000, 80, TcpFlags.Syn), answer, Tcp(4000, 80, TcpFlags.Ack)]);
        using ToolProcess far = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceB, "-i", "other1", "--json", "-c", "6", "tcp"],
            new() { Namespace = lab.B });
        far.ReadErrorLine();
        JsonElement sent = JsonDocument.Parse(ToolProcess.Run("pktsniff",
            ["inject", "-i", NetworkNamespaces.InterfaceA, "-I", "other0", folder.File("a.pcap"), "--loop", "2", "--json",
                "--dst-mac", "2:0:0:0:0:71,2:0:0:0:0:72", .. topSpeed ? (string[])["--topspeed"] : ["--speed", "1000"]],
            new() { Namespace = lab.A }).Expect(0).Output).RootElement;
        Assert.Equal("6 vetha 4 other0 2", $"{sent.GetProperty("sent")} " + string.Join(' ', sent.GetProperty("interfaces")
            .EnumerateArray().Select(one => $"{one.GetProperty("interface")} {one.GetProperty("sent")}")));
        string[] once = [$"{NetworkNamespaces.InterfaceB} 02:00:00:00:00:71 2", "other1 02:00:00:00:00:72 18",
            $"{NetworkNamespaces.InterfaceB} 02:00:00:00:00:71 16"];
        Assert.Equal([.. once, .. once], TsharkFields.Frames(far.WaitForExit().Expect(0).Output)
            .Select(frame => $"{frame.GetProperty("interface")} {frame.GetProperty("eth").GetProperty("dst")} "
                + $"{frame.GetProperty("tcp").GetProperty("flags")}"));
    }

    [Theory]
    [InlineData("client", "0 1 0 1 0 1")]
    [InlineData("10.0.0.2", "1 0 1 0 1 1")]
    [InlineData("02:00:00:00:00:0b,fd00::/8", "1 0 1 0 1 0")]
    public void A_frame_leaves_by_the_side_of_its_source(string how, string sides)
    {
        FrameSides split = new(SplitSettings.Read("b", how));
        byte[] Back(byte[] frame)
        {
            frame = [.. frame[6..12], .. frame[..6], .. frame[12..]];
            (frame[29], frame[33]) = (frame[33], frame[29]);
            return frame;
        }

        byte[] udp = SampleFrames.Ethernet(0x800, SampleFrames.IPv4(17, SampleFrames.Udp(4000, 53, default)));
        byte[] arp = SampleFrames.Ethernet(0x806, [0, 1, 8, 0, 6, 4, 0, 1, .. SampleFrames.MacA, 10, 0, 0, 1, .. new byte[10]]);
        byte[] later = SampleFrames.Ethernet(0x800, SampleFrames.IPv4(17, SampleFrames.Udp(53, 4000, default)));
        byte[] alone = Back(SampleFrames.Ethernet(0x88b5, [1]) is var frame ? [.. frame, .. new byte[40]] : []);
        Assert.Equal(sides, string.Join(' ', new[] { udp, Back(udp), arp, Back(later), later, alone }.Select(frame => split.Of(
            new CapturedFrame { Bytes = frame, Length = frame.Length, PacketType = -1 }))));
    }

    [LabFact]
    public void A_split_needs_two_interfaces_and_a_direction_that_is_known()
    {
        foreach (string[] wrong in (string[][])[["--split", "client", "a"], ["-I", "lo", "a"], ["-I", "b", "--hex", "00"],
            ["-I", "b", "--split", "10.0.0", "a"], ["--dst-mac", "2:0:0:0:0:1,2:0:0:0:0:2", "a"]])
        {
            Assert.Single(ToolProcess.Run("pktsniff", ["inject", "-i", "lo", .. wrong]).Expect(2).ErrorLines);
        }

        Assert.Throws<OperationFailedException>(
            () => new FrameSides(SplitSettings.Read("b", "direction")).Of(new CapturedFrame { PacketType = -1 }));
        Assert.Equal(0, new FrameSides(SplitSettings.Read("b", "direction")).Of(new CapturedFrame { PacketType = 4 }));
        Assert.Equal(1, new FrameSides(SplitSettings.Read("b", "direction")).Of(new CapturedFrame { PacketType = 0 }));
    }

    [LabFact(Needs.Root)]
    public void A_file_of_another_link_type_is_refused_by_the_name_of_the_type()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        byte[] header = new byte[PcapFormat.FileHeaderLength];
        PcapFormat.WriteFileHeader(header, LinkType.Raw, 262144, nanoseconds: false);
        File.WriteAllBytes(folder.File("a.pcap"), header);
        ToolResult result = ToolProcess.Run(
            "pktsniff", ["inject", "-i", "lo", folder.File("a.pcap")], new() { Namespace = lab.A }).Expect(2);
        Assert.Contains("holds frames of link type RAW (only Ethernet can be sent)", result.Error);
    }

    [LabFact(Needs.Root)]
    public void A_speed_is_kept()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), Enumerable.Repeat(SampleFrames.Ethernet(0x88b5, [1]), 5)); // a second apart
        JsonElement sent = JsonDocument.Parse(ToolProcess.Run(
            "pktsniff", ["inject", "-i", "lo", folder.File("a.pcap"), "--speed", "10", "--json"], new() { Namespace = lab.A })
                .Expect(0).Output).RootElement;
        Assert.InRange(sent.GetProperty("duration_s").GetDouble(), 0.39, 3.9);
        Assert.Contains("--speed", ToolProcess.Run("pktsniff", "inject", "-i", "lo", "a", "--speed", "0").Expect(2).Error);
    }

    [LabFact(Needs.Root)]
    public void Without_a_carrier_it_gives_up()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        NetworkNamespaces.Ip("-n", lab.B, "link", "set", NetworkNamespaces.InterfaceB, "down");
        ToolResult result = ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, "--hex", "02000000000b02000000000a88b5", "--count", "3"],
            new() { Namespace = lab.A }).Expect(1);
        Assert.StartsWith("pktsniff: 3 frames refused by vetha: ENOBUFS", Assert.Single(result.ErrorLines));
    }

    [LabFact(Needs.Root)]
    public void A_capture_on_the_sending_interface_does_not_see_them()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess near = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "--json", "ether", "proto", "0x88b5"], new() { Namespace = lab.A });
        using ToolProcess far = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceB, "-c", "5", "ether", "proto", "0x88b5"], new() { Namespace = lab.B });
        near.ReadErrorLine();
        far.ReadErrorLine();
        ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, "--hex", "02000000000b02000000000a88b5", "--count", "5"],
            new() { Namespace = lab.A }).Expect(0);
        far.WaitForExit().Expect(0);
        Assert.Empty(TsharkFields.Frames(near.Stop().Expect(0).Output));
    }

    private static List<string> Hex(string path) => [.. CaptureFiles.Read(path).Select(Convert.ToHexString)];
}
