using System.Text.Json;
using NetTools.Libc;
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
    public void Hex_is_read_with_or_without_separators(string text, int length) => Assert.Equal(length, HexFrame.Parse(text).Length);

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
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, folder.File("a.pcap"), "--rate", "5000", "--loop", "3", "--json"],
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
            "pktsniff", ["inject", "-i", "lo", "--hex", "ffffffffffff02000000000a88b5", "--count", "100", "--rate", "200", "--json"],
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
            "pktsniff", ["inject", "-i", "lo", folder.File("a.pcap"), "--loop", "0", "--count", "4000", .. pace], new() { Namespace = lab.A });
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
        byte[][] frames = [.. Enumerable.Range(0, 100).Select(i => SampleFrames.Ethernet(0x88b5, [(byte)i, .. new byte[i * 10]]))];
        CaptureFiles.Write(folder.File("a.pcap"), frames);
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceB, "-B", "16384", "-w", folder.File("b.pcap"), "ether", "proto", "0x88b5"],
            new() { Namespace = lab.B });
        ours.ReadErrorLine();
        ToolResult sent = ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceA, folder.File("a.pcap"), "--topspeed", "--loop", "5", "--count", "450"],
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

    private static List<string> Hex(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        List<string> frames = [];
        for (int at = 24; at < file.Length; at += 16 + BitConverter.ToInt32(file, at + 8))
        {
            frames.Add(Convert.ToHexString(file.AsSpan(at + 16, BitConverter.ToInt32(file, at + 8))));
        }

        return frames;
    }
}
