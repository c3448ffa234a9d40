using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Real traffic on a veth pair, captured by us and by tcpdump at once.</summary>
[Collection("lab")]
public class CaptureLabTests
{
    [LabFact(Needs.Root, Needs.Tcpdump, Needs.Tshark, Needs.Ping)]
    public void Captures_what_tcpdump_captures()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A };
        byte[] echo = SampleFrames.IPv4(1, [8, 0, 0, 0, 0, 7, 0, 1]);
        using ToolProcess tcpdump = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", NetworkNamespaces.InterfaceA, "-w", folder.File("b.pcap"), "-U", "--immediate-mode", "-Z", "root"],
            inside);
        Assert.Contains("listening", tcpdump.ReadErrorLine());
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "-w", folder.File("a.pcap"), "--json"], inside);
        Assert.Contains("listening", ours.ReadErrorLine());

        // What the stack sends by itself may fall between the two starts: only what lies between two marks counts.
        byte[] mark = SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4]);
        Inject(lab.B, mark, count: 1);
        Generate(lab);
        // The receiving kernel takes the outer tag out and tells it beside the frame.
        Inject(lab.B, SampleFrames.Tagged([(0x8100, 0x6007)], 0x0800, echo), count: 1);
        Inject(lab.B, SampleFrames.Tagged([(0x88a8, 100), (0x8100, 200)], 0x0800, echo), count: 1);
        Inject(lab.B, mark, count: 1);
        Thread.Sleep(300); // tcpdump leaves behind what it has not read when it is stopped
        ToolResult result = ours.Stop().Expect(0);
        tcpdump.Stop().Expect(0);

        List<byte[]> theirFrames = Between(Frames(folder.File("b.pcap")), frame => frame.AsSpan(8).SequenceEqual(mark));
        List<byte[]> ourFrames = Frames(folder.File("a.pcap"));
        Assert.True(theirFrames.Count > 30, $"only {theirFrames.Count} frames");
        Assert.Equal(
            theirFrames.Select(Convert.ToHexString),
            Between(ourFrames, frame => frame.AsSpan(8).SequenceEqual(mark)).Select(Convert.ToHexString));
        Assert.Empty(TsharkFields.Differences(
            Between(TsharkFields.ReadWithTshark(folder.File("b.pcap")), row => row["eth.type"] == "0x88b5"),
            Between(TsharkFields.Frames(result.Output), frame =>
                frame.GetProperty("eth").GetProperty("type").GetInt32() == 0x88b5),
            field => field is "frame.number" or "frame.time_epoch")); // each counts for itself, and ours has nanoseconds
        JsonElement summary = JsonDocument.Parse(result.OutputLines[^1]).RootElement;
        Assert.Equal("summary", summary.GetProperty("event").GetString());
        Assert.Equal(ourFrames.Count, summary.GetProperty("received").GetInt32());
        Assert.Equal(0, summary.GetProperty("dropped").GetInt32());
        // The stack leaves the checksums of what it sends on a veth to the "card".
        Assert.Contains(TsharkFields.Frames(result.Output), frame => frame.TryGetProperty("tcp", out JsonElement tcp)
            && tcp.GetProperty("checksum").GetString() == "partial");
    }

    [LabFact(Needs.Root)]
    public void Filters_judge_tagged_frames_as_in_a_file()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess plain = Listen(lab, "icmp6 and icmp6[0] = 128");
        using ToolProcess tagged = Listen(lab, "vlan 7 and icmp6 and icmp6[0] = 128");
        using ToolProcess other = Listen(lab, "vlan 8");
        byte[] echo = SampleFrames.IPv6(58, [128, 0, 0, 0, 0, 7, 0, 1]);
        Inject(lab.B, SampleFrames.Ethernet(0x86dd, echo), count: 2);
        Inject(lab.B, SampleFrames.Tagged([(0x8100, 0x6007)], 0x86dd, echo), count: 3);
        List<JsonElement> untaggedFrames = TsharkFields.Frames(plain.Stop().Expect(0).Output);
        List<JsonElement> taggedFrames = TsharkFields.Frames(tagged.Stop().Expect(0).Output);
        Assert.Equal(2, untaggedFrames.Count);
        Assert.DoesNotContain(untaggedFrames, frame => frame.TryGetProperty("vlan", out _));
        Assert.Equal(3, taggedFrames.Count);
        Assert.All(taggedFrames, frame => Assert.Equal(7, frame.GetProperty("vlan")[0].GetInt32()));
        Assert.Empty(TsharkFields.Frames(other.Stop().Expect(0).Output));
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void Loopback_frames_come_once()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", "lo", "-c", "6", "icmp"], inside);
        ours.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "3", "-i", "0.2", "127.0.0.1"], inside).Expect(0);
        ToolResult result = ours.WaitForExit().Expect(0);
        Assert.Equal(3, result.OutputLines.Count(line => line.Contains("ICMP echo request (type 8 code 0)")));
        Assert.Equal(3, result.OutputLines.Count(line => line.Contains("ICMP echo reply (type 0 code 0)")));
        Assert.Contains("6 frames captured", result.Error);
    }

    [LabTheory(Needs.Root)]
    [InlineData(NetworkNamespaces.InterfaceB)]
    [InlineData("any")]
    public void Segments_that_are_yet_to_be_cut_are_named(string interfaceName)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions inside = new() { Namespace = lab.B };
        string filter = $"src host {NetworkNamespaces.AddressA} and (tcp or udp)";
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", interfaceName, "--json", filter], inside);
        using ToolProcess text = ToolProcess.Launch("pktsniff", ["-i", interfaceName, "-q", filter], inside);
        ours.ReadErrorLine();
        text.ReadErrorLine();
        SendSuperframes(lab);
        Assert.Contains(", superframe", text.ReadUntil("UDP, length 5000"));
        string[] lines = text.Stop().Expect(0).OutputLines;
        List<JsonElement> frames = TsharkFields.Frames(ours.Stop().Expect(0).Output);
        Assert.Contains(lines, line => line.Contains(": TCP ") && line.Contains(", superframe"));
        Assert.Contains(frames, frame => frame.TryGetProperty("udp", out _) && IsSuperframe(frame));
        Assert.Contains(frames, frame => frame.TryGetProperty("tcp", out JsonElement tcp) && IsSuperframe(frame)
            && tcp.GetProperty("checksum").GetString() == "partial");
        Assert.All(frames, frame => Assert.Equal(frame.GetProperty("length").GetInt32() > 1500 + 20, IsSuperframe(frame)));
    }

    private static bool IsSuperframe(JsonElement frame) => frame.TryGetProperty("superframe", out JsonElement value)
        && value.GetBoolean();

    /// <summary>TCP leaves it to the interface to cut segments, UDP does when told to (UDP_SEGMENT).</summary>
    private static void SendSuperframes(NetworkNamespaces lab)
    {
        using Socket server = Make(lab.B, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Any, 9000));
        server.Listen();
        using Socket client = Make(lab.A, ProtocolType.Tcp);
        client.Connect(IPAddress.Parse(NetworkNamespaces.AddressB), 9000);
        using Socket accepted = server.Accept();
        for (int round = 0; round < 20; round++)
        {
            client.Send(new byte[20_000]);
            byte[] buffer = new byte[65536];
            for (int got = 0; got < 20_000; got += accepted.Receive(buffer))
            {
            }
        }

        using Socket udp = Make(lab.A, ProtocolType.Udp);
        udp.SetRawSocketOption(17, 103, BitConverter.GetBytes(1000));
        udp.SendTo(new byte[5000], new IPEndPoint(IPAddress.Parse(NetworkNamespaces.AddressB), 9));
    }

    private static Socket Make(string space, ProtocolType protocol)
    {
        Socket? made = null;
        NetworkNamespaces.Inside(space, () => made = new Socket(
            AddressFamily.InterNetwork, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol)
        { ReceiveTimeout = 10_000 });
        return made!;
    }

    [LabFact(Needs.Root)]
    public void Frames_longer_than_the_snaplen_are_cut()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", "lo", "-s", "40", "-c", "1", "--json", "icmp"], inside);
        ours.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "1", "-s", "500", "127.0.0.1"], inside).Expect(0);
        JsonElement frame = TsharkFields.Frames(ours.WaitForExit().Expect(0).Output)[0];
        Assert.Equal(542, frame.GetProperty("length").GetInt32());
        Assert.Equal(40, frame.GetProperty("captured").GetInt32());
        Assert.Equal(8, frame.GetProperty("icmp").GetProperty("type").GetInt32());
    }

    private static ToolProcess Listen(NetworkNamespaces lab, string filter)
    {
        ToolProcess process = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "--json", filter], new() { Namespace = lab.A });
        Assert.Contains("listening", process.ReadErrorLine());
        return process;
    }

    private static void Inject(string space, byte[] frame, int count) => ToolProcess.Run(
        "pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceB, "--hex", Convert.ToHexString(frame), "--count", $"{count}"],
        new() { Namespace = space }).Expect(0);

    private static void Generate(NetworkNamespaces lab)
    {
        RunOptions inside = new() { Namespace = lab.A };
        ToolProcess.RunCommand("ping", ["-c", "2", "-i", "0.2", NetworkNamespaces.AddressB], inside).Expect(0);
        ToolProcess.RunCommand("ping", ["-c", "2", "-i", "0.2", NetworkNamespaces.Address6B], inside).Expect(0);
        ToolProcess.RunCommand("ping", ["-c", "1", "-s", "4000", NetworkNamespaces.AddressB], inside).Expect(0);
        ToolProcess.RunCommand("ping", ["-c", "1", "-s", "4000", NetworkNamespaces.Address6B], inside).Expect(0);
        Socket? server = null;
        NetworkNamespaces.Inside(lab.B, () =>
        {
            server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            server.Bind(new IPEndPoint(IPAddress.Any, 9000));
            server.Listen();
        });
        NetworkNamespaces.Inside(lab.A, () =>
        {
            using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(IPAddress.Parse(NetworkNamespaces.AddressB), 9000);
            using Socket accepted = server!.Accept();
            client.Send(new byte[5000]);
            byte[] buffer = new byte[65536];
            for (int got = 0; got < 5000; got += accepted.Receive(buffer))
            {
            }

            using Socket udp = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            udp.SendTo("to a closed port"u8.ToArray(), new IPEndPoint(IPAddress.Parse(NetworkNamespaces.Address6B), 9));
            using Socket udp4 = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            udp4.SendTo("to a closed port"u8.ToArray(), new IPEndPoint(IPAddress.Parse(NetworkNamespaces.AddressB), 9));
        });
        server!.Dispose();
    }

    private static List<T> Between<T>(List<T> all, Predicate<T> isMark) =>
        all[(all.FindIndex(isMark) + 1)..all.FindLastIndex(isMark)];

    /// <summary>The frames of a pcap file, without their times.</summary>
    private static List<byte[]> Frames(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        List<byte[]> frames = [];
        for (int at = 24; at < file.Length;)
        {
            int captured = BitConverter.ToInt32(file, at + 8);
            frames.Add(file[(at + 8)..(at + 16 + captured)]); // both lengths, then the bytes
            at += 16 + captured;
        }

        return frames;
    }
}
