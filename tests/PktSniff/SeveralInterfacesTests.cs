using System.Text.Json;
using NetTools.Libc;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Several interfaces, all of them, and several rings on one.</summary>
[Collection("lab")]
public class SeveralInterfacesTests
{
    private static readonly byte[] s_mark = SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4]);

    [LabFact(Needs.Root, Needs.Ping)]
    public void Frames_of_two_interfaces_come_in_order_and_are_counted_apart()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", "lo", "-i", NetworkNamespaces.InterfaceA, "--json", "icmp"], inside);
        Assert.Contains("listening on lo, link type 1, vetha, link type 1", ours.ReadErrorLine());
        using (ToolProcess ping = ToolProcess.LaunchCommand(
            "ping", ["-c", "20", "-i", "0.01", NetworkNamespaces.AddressB], inside))
        {
            ToolProcess.RunCommand("ping", ["-c", "20", "-i", "0.01", "127.0.0.1"], inside).Expect(0);
            ping.WaitForExit().Expect(0);
        }

        ToolResult result = ours.Stop().Expect(0);
        List<JsonElement> frames = TsharkFields.Frames(result.Output);
        Assert.Equal(40, frames.Count(frame => frame.GetProperty("interface").GetString() == "lo"));
        Assert.Equal(40, frames.Count(frame => frame.GetProperty("interface").GetString() == "vetha"));
        List<long> times = [.. frames.Select(frame => frame.GetProperty("time_ns").GetInt64())];
        Assert.Equal(times.Order(), times);
        JsonElement interfaces = JsonDocument.Parse(result.OutputLines[^1]).RootElement.GetProperty("interfaces");
        Assert.Equal("lo 40 0, vetha 40 0", string.Join(", ", interfaces.EnumerateArray().Select(
            one => $"{one.GetProperty("name").GetString()} {one.GetProperty("received").GetInt32()} "
                + $"{one.GetProperty("dropped").GetInt32()}")));
    }

    [LabFact(Needs.Root)]
    public void When_one_interface_vanishes_the_others_go_on()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions inside = new() { Namespace = lab.A };
        NetworkNamespaces.Ip("-n", lab.A, "link", "add", "gone0", "type", "veth", "peer", "name", "gone1");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "gone1", "up");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "gone0", "up");
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", "gone0", "-i", NetworkNamespaces.InterfaceA, "--json", "ether", "proto", "0x88b5"], inside);
        ours.ReadErrorLine();
        NetworkNamespaces.Ip("-n", lab.A, "link", "delete", "gone0");
        Assert.Contains(ours.ReadErrorLine(),
            (string[])["pktsniff: interface gone0: link down", "pktsniff: interface gone0: gone"]);
        Inject(lab.B, count: 2);
        ours.ReadUntil("\"frame\":2");
        NetworkNamespaces.Ip("-n", lab.A, "link", "delete", NetworkNamespaces.InterfaceA);
        ToolResult result = ours.WaitForExit().Expect(1);
        Assert.Contains("interface vetha: gone", result.Error);
        Assert.Equal(2, TsharkFields.Frames(result.Output).Count);
    }

    [LabTheory(Needs.Root)]
    [InlineData("hash", "2")]
    [InlineData("cpu", "2")]
    [InlineData("lb", "3")]
    public void Readers_share_the_frames_and_none_is_lost_or_doubled(string mode, string readers)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in.pcap"), Enumerable.Range(0, 20000).Select(
            i => SampleFrames.Ethernet(0x0800,
                SampleFrames.IPv4(17, SampleFrames.Udp((ushort)(i % 50 + 1000), 9, [(byte)(i >> 8), (byte)i])))));
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "-B", "8192", "--readers", readers, "--fanout", mode, "-w",
                folder.File("a.pcap"), "udp", "dst", "port", "9"],
            new() { Namespace = lab.A });
        ours.ReadErrorLine();
        ToolProcess.Run(
            "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceB, folder.File("in.pcap"), "--topspeed"],
            new() { Namespace = lab.B }).Expect(0);
        ToolResult result = ours.Stop().Expect(0);
        Assert.Equal(["20000 frames captured", "20000 frames received by filter", "0 frames dropped by kernel"],
            result.ErrorLines[^3..]);
        byte[] file = File.ReadAllBytes(folder.File("a.pcap"));
        List<int> numbers = [];
        List<long> times = [];
        for (int at = 24; at < file.Length; at += 16 + BitConverter.ToInt32(file, at + 8))
        {
            times.Add(BitConverter.ToUInt32(file, at) * 1_000_000L + BitConverter.ToUInt32(file, at + 4));
            numbers.Add(file[at + 16 + 42] << 8 | file[at + 16 + 43]);
        }

        Assert.Equal(Enumerable.Range(0, 20000), numbers.Order());
        Assert.Equal(times.Order(), times);
    }

    [LabFact(Needs.Root, Needs.Ping, Needs.Tshark, Needs.Tcpdump)]
    public void Any_holds_every_interface_cooked()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess tcpdump = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", "any", "-w", folder.File("b.pcap"), "-U", "--immediate-mode", "-Z", "root", "-c", "8", "icmp"],
            inside);
        tcpdump.ReadErrorUntil("listening on");
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", "any", "-w", folder.File("a.pcap"), "--json", "-c", "8", "icmp"], inside);
        ours.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "2", "-i", "0.2", NetworkNamespaces.AddressB], inside).Expect(0);
        ToolProcess.RunCommand("ping", ["-c", "2", "-i", "0.2", "127.0.0.1"], inside).Expect(0);
        List<JsonElement> frames = TsharkFields.Frames(ours.WaitForExit().Expect(0).Output);
        tcpdump.WaitForExit().Expect(0);
        Assert.Equal(
            ["vetha out 8", "vetha in 0", "vetha out 8", "vetha in 0", "lo in 8", "lo in 0", "lo in 8", "lo in 0"],
            frames.Select(frame => $"{frame.GetProperty("interface").GetString()} "
                + $"{frame.GetProperty("direction").GetString()} {frame.GetProperty("icmp").GetProperty("type").GetInt32()}"));
        Assert.Equal(Bytes(folder.File("b.pcap")), Bytes(folder.File("a.pcap")));
    }

    [LabFact(Needs.Root)]
    public void Tags_that_the_kernel_took_out_are_put_back_for_any_and_for_a_direction()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A };
        ToolProcess Listen(params string[] words)
        {
            ToolProcess one = ToolProcess.Launch("pktsniff", words, inside);
            one.ReadErrorLine();
            return one;
        }

        using ToolProcess incoming = Listen("-i", "vetha", "-Q", "in", "--json", "vlan 5");
        using ToolProcess single = Listen("-i", "vetha", "-Q", "in", "--json", "vlan 5 and icmp");
        using ToolProcess outgoing = Listen("-i", "vetha", "-Q", "out", "--json", "vlan 5");
        using ToolProcess other = Listen("-i", "vetha", "--json", "vlan 6 or vlan 7");
        using ToolProcess whole = Listen("-i", "vetha", "-w", folder.File("a.pcap"));
        using ToolProcess any = Listen("-i", "any", "-w", folder.File("any.pcap"), "--json", "not ip6");
        using ToolProcess text = Listen("-i", "any", "-t", "not ip6");
        byte[] echo = SampleFrames.IPv4(1, [8, 0, 0, 0, 0, 7, 0, 1]);
        Inject(lab.B, 2, SampleFrames.Tagged([(0x8100, 0x6005)], 0x0800, echo));
        Inject(lab.B, 1, SampleFrames.Tagged([(0x88a8, 5), (0x8100, 9)], 0x0800, echo));
        incoming.ReadUntil("\"frame\":3");
        any.ReadUntil("\"frame\":3");
        text.ReadUntil("vlan 5, vlan 9, ");

        Assert.Equal(["[5]", "[5]", "[5,9]"], TsharkFields.Frames(incoming.Stop().Expect(0).Output).Select(Tags));
        Assert.Empty(TsharkFields.Frames(outgoing.Stop().Expect(0).Output));
        Assert.Empty(TsharkFields.Frames(other.Stop().Expect(0).Output));
        whole.Stop().Expect(0);
        // not the one with another tag between, as in a file:
        Assert.Equal(2, TsharkFields.Frames(single.Stop().Expect(0).Output).Count);
        Assert.Equal(2, ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "vlan 5 and icmp").Expect(0).OutputLines.Length);

        List<JsonElement> cooked = TsharkFields.Frames(any.Stop().Expect(0).Output);
        Assert.Equal(["[5]", "[5]", "[5,9]"], cooked.Where(frame => frame.TryGetProperty("icmp", out _)).Select(Tags));
        Assert.All(cooked.Where(frame => frame.TryGetProperty("icmp", out _)), frame =>
            Assert.Equal("vetha", frame.GetProperty("interface").GetString()));
        Assert.Contains(text.Stop().Expect(0).OutputLines, line =>
            line.StartsWith("vetha P vlan 5, IPv4 10.0.0.1 > 10.0.0.2 ", StringComparison.Ordinal));
        if (Requirements.ReasonToSkip(Needs.Tshark) is null)
        {
            Assert.Equal(["5", "5", "9"], ToolProcess.RunCommand(
                "tshark", "-n", "-r", folder.File("any.pcap"), "-Y", "icmp", "-T", "fields", "-E", "occurrence=l", "-e",
                "vlan.id").Expect(0).OutputLines);
        }
    }

    private static string Tags(JsonElement frame) => frame.GetProperty("vlan").GetRawText();

    [LabFact(Needs.Root)]
    public void An_interface_made_again_is_another_and_a_renamed_one_has_its_new_name()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions inside = new() { Namespace = lab.A };
        void Make()
        {
            NetworkNamespaces.Ip("-n", lab.A, "link", "add", "again0", "type", "veth", "peer", "name", "again1");
            NetworkNamespaces.Ip("-n", lab.A, "link", "set", "again0", "up");
            NetworkNamespaces.Ip("-n", lab.A, "link", "set", "again1", "up");
        }

        Make();
        ToolProcess Launch(params string[] arguments) =>
            ToolProcess.Launch("pktsniff", [.. arguments, "--json", "ether", "proto", "0x88b5"], inside);
        using ToolProcess any = Launch("-i", "any");
        using ToolProcess two = Launch("-i", "vetha", "-i", "again1", "--readers", "2");
        using ToolProcess one = Launch("-i", "again1");
        foreach (ToolProcess ours in new[] { any, two, one })
        {
            ours.ReadErrorLine();
        }

        // Under load all the while.
        using ToolProcess load = ToolProcess.Launch("pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceB, "--hex",
            Convert.ToHexString(s_mark), "--rate", "1000", "--count", "1500"], new() { Namespace = lab.B });
        NetworkNamespaces.Ip("-n", lab.A, "link", "del", "again0");
        Make();
        ToolProcess.Run("pktsniff", ["inject", "-i", "again0", "--hex", Convert.ToHexString(s_mark), "--count", "3"], inside)
            .Expect(0);
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "again1", "down");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "again1", "name", "other1");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "other1", "up");
        Thread.Sleep(1100); // names are looked up once a second
        ToolProcess.Run("pktsniff", ["inject", "-i", "again0", "--hex", Convert.ToHexString(s_mark), "--count", "4"], inside)
            .Expect(0);
        load.WaitForExit().Expect(0);
        ToolResult gone = one.WaitForExit().Expect(1);
        Assert.Single(gone.ErrorLines, line => line.EndsWith("again1: gone", StringComparison.Ordinal));
        ToolResult others = two.Stop().Expect(1);
        Assert.Single(others.ErrorLines, line => line.EndsWith("again1: gone", StringComparison.Ordinal));
        Assert.Equal(1500, TsharkFields.Frames(others.Output).Count);
        Assert.Equal(0, JsonDocument.Parse(others.OutputLines[^1]).RootElement.GetProperty("dropped").GetInt32());
        string?[] names = [.. TsharkFields.Frames(any.Stop().Expect(0).Output)
            .Where(frame => frame.GetProperty("direction").GetString() != "out")
            .Select(frame => frame.GetProperty("interface").GetString())];
        Assert.Equal(1500, names.Count(name => name == "vetha"));
        string?[] made = [.. names.Where(name => name != "vetha")];
        Assert.Equal(7, made.Length);
        Assert.All(made[..3], name => Assert.True(name is "again1" or "other1")); // as it was when the frame was looked at
        Assert.All(made[3..], name => Assert.Equal("other1", name));
    }

    [Fact]
    public void Counters_of_32_bits_add_up_beyond_them()
    {
        RingCounts counts = default;
        counts.Add(new tpacket_stats_v3 { tp_packets = uint.MaxValue, tp_drops = uint.MaxValue });
        counts.Add(new tpacket_stats_v3 { tp_packets = uint.MaxValue, tp_drops = 2 });
        Assert.Equal((8_589_934_590ul, 4_294_967_297ul), (counts.Received, counts.Dropped));
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void Lines_of_several_interfaces_say_which_and_whither()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess any = ToolProcess.Launch("pktsniff", ["-i", "any", "-t", "-c", "2", "icmp"], inside);
        using ToolProcess two = ToolProcess.Launch("pktsniff", ["-i", "vetha", "-i", "lo", "-t", "-c", "2", "icmp"], inside);
        any.ReadErrorLine();
        two.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "1", NetworkNamespaces.AddressB], inside).Expect(0);
        foreach (ToolProcess ours in new[] { any, two })
        {
            string[] lines = ours.WaitForExit().Expect(0).OutputLines;
            Assert.StartsWith("vetha Out ", lines[0]);
            Assert.StartsWith("vetha In ", lines[1]);
        }
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void A_filter_that_the_kernel_cannot_judge_cooked_is_judged_here()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", "any", "--json", "-c", "2", "icmp and greater 200"], inside);
        ours.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "1", "127.0.0.1"], inside).Expect(0);
        ToolProcess.RunCommand("ping", ["-c", "1", "-s", "300", "127.0.0.1"], inside).Expect(0);
        Assert.All(TsharkFields.Frames(ours.WaitForExit().Expect(0).Output), frame =>
            Assert.Equal(348, frame.GetProperty("length").GetInt32()));
    }

    [Fact]
    public void Loads_from_the_cooked_header_become_questions_to_the_kernel()
    {
        using FrameFilter filter = FrameFilter.Compile(new FilterExpression("ip and udp port 53"), 276, 262144);
        sock_filter[] program = KernelFilter.WithoutCookedHeader(filter.Instructions)!;
        Assert.Equal(unchecked((uint)Linux.SKF_AD_OFF), program[0].k); // the protocol
        // IPv4's, 9 bytes into the packet
        Assert.Contains(program, one => one is { code: Linux.BPF_LD | Linux.BPF_B | Linux.BPF_ABS, k: 9 });
        using FrameFilter length = FrameFilter.Compile(new FilterExpression("greater 100"), 276, 262144);
        Assert.Null(KernelFilter.WithoutCookedHeader(length.Instructions));
    }

    [LabFact(Needs.Root)]
    public void Broadcasts_of_the_interfaces_own_net_are_known()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "--json", "-c", "1", "ip broadcast and udp"],
            new() { Namespace = lab.A });
        ours.ReadErrorLine();
        foreach (byte host in (byte[])[2, 255])
        {
            byte[] packet = SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, []));
            (packet[16], packet[17], packet[18], packet[19]) = (10, 77, 0, host);
            Inject(lab.B, 1, SampleFrames.Ethernet(0x0800, packet));
        }

        JsonElement frame = Assert.Single(TsharkFields.Frames(ours.WaitForExit().Expect(0).Output));
        Assert.Equal("10.77.0.255", frame.GetProperty("ip").GetProperty("dst").GetString());
    }

    private static void Inject(string space, int count, byte[]? frame = null) => ToolProcess.Run(
        "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceB, "--hex", Convert.ToHexString(frame ?? s_mark), "--count",
            $"{count}"],
        new() { Namespace = space }).Expect(0);

    private static List<string> Bytes(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        List<string> frames = [Convert.ToHexString(file[20..24])];
        for (int at = 24; at < file.Length; at += 16 + BitConverter.ToInt32(file, at + 8))
        {
            frames.Add(Convert.ToHexString(file[(at + 8)..(at + 16 + BitConverter.ToInt32(file, at + 8))]));
        }

        return frames;
    }
}
