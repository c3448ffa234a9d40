using System.Text.Json;
using NetTools.Os;
using NetTools.PktSniff.Inject;
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
