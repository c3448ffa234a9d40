using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

[Collection("lab")]
public partial class LinkLabTests
{
    [LabFact(Needs.Root, Needs.Ping)]
    public void Ping_sees_twice_the_delay_as_with_netem()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        // the arithmetic, where the kernel has no netem
        double expected = DelayByNetem(lab) ? Ping(lab, NetworkNamespaces.AddressB)[15] : 20;
        using ToolProcess link = Launch(lab, "--delay", "10");
        foreach (string address in new[] { "10.88.0.2", "fd88::2" })
        {
            double[] times = Ping(lab, address);
            Assert.True(times[0] >= 20, $"a packet came early: {times[0]} ms");
            Assert.InRange(times[15], expected - 1, expected + 10); // 20.2 on a machine with nothing else to do
        }

        JsonElement summary = Summary(link);
        Assert.InRange(summary.GetProperty("a_to_b").GetProperty("packets").GetInt32(), 60, 200);
        Assert.Equal(0, summary.GetProperty("b_to_a").GetProperty("dropped").GetInt32());
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void Loss_is_counted_and_seen()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess link = Launch(lab, "--delay", "1", "--loss", "100");
        ToolResult ping = ToolProcess.RunCommand(
            "ping", ["-c", "3", "-i", "0.05", "-W", "1", "10.88.0.2"], new() { Namespace = lab.A });
        ping.Expect(1);
        Assert.InRange(Summary(link).GetProperty("a_to_b").GetProperty("lost").GetInt32(), 3, 100);
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void Packets_overtake_only_when_told_to()
    {
        (int Late, JsonElement Summary) Count(params string[] words)
        {
            using NetworkNamespaces lab = NetworkNamespaces.Pair();
            using ToolProcess link = Launch(lab, ["--delay", "30", .. words]);
            ToolResult ping = ToolProcess.RunCommand(
                "ping", ["-c", "200", "-i", "0.005", "-W", "5", "10.88.0.2"], new() { Namespace = lab.A }).Expect(0);
            int[] order = [.. Sequences().Matches(ping.Output)
                .Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
            Assert.Equal(200, order.Distinct().Count());
            return (order.Zip(order.Skip(1)).Count(pair => pair.Second < pair.First), Summary(link));
        }

        (int late, JsonElement summary) = Count("--jitter", "20");
        Assert.Equal((0, 0), (late, summary.GetProperty("a_to_b").GetProperty("reordered").GetInt32()));
        (late, summary) = Count("--reorder", "30");
        Assert.True(late > 0, "30 % were to overtake, none did");
        Assert.InRange(summary.GetProperty("a_to_b").GetProperty("reordered").GetInt32(), 30, 100);
    }

    [LabFact(Needs.Root, Needs.Iperf3)]
    public void A_window_allows_a_window_in_each_round_trip()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess link = Launch(lab, "--delay", "10");
        using ToolProcess server = ToolProcess.LaunchCommand("iperf3", ["-s", "-1", "--forceflush"], new() { Namespace = lab.B });
        server.ReadUntil("listening");
        ToolResult client = ToolProcess.RunCommand(
            "iperf3", ["-c", "10.88.0.2", "-t", "3", "-w", "256K", "-C", "reno", "-J"], new() { Namespace = lab.A });
        using JsonDocument json = JsonDocument.Parse(client.Expect(0).Output);
        double rate = json.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble();

        // 256 KB in 20 ms are 105 Mbit/s; slow start and a busy machine take from it, the kernel's rounding of windows adds to
        // it.
        Assert.InRange(rate / 1e6, 30, 160);
        Assert.Equal(0, Summary(link).GetProperty("a_to_b").GetProperty("dropped").GetInt32());
    }

    [LabFact(Needs.Root)]
    public void Superframes_are_counted_as_segments_and_every_byte_arrives()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess link = Launch(lab, "--delay", "1", "--rate", "1000", "--loss", "0.5");
        byte[] sent = new byte[4_000_000];
        new Random(1).NextBytes(sent);
        foreach (string address in new[] { "10.88.0.2", "fd88::2" })
        {
            byte[] received = Transfer(lab, IPAddress.Parse(address), sent);
            Assert.True(sent.AsSpan().SequenceEqual(received), $"{address}: what arrived is not what was sent");
        }

        // 1448 bytes of payload in a segment of IPv4 and 1428 of IPv6; some are sent again, some end a write and are shorter.
        JsonElement forth = Summary(link).GetProperty("a_to_b");
        int packets = forth.GetProperty("packets").GetInt32();
        Assert.InRange(packets, 2 * sent.Length / 1448, 2 * 2 * sent.Length / 1428);
        Assert.InRange(forth.GetProperty("bytes").GetInt64(), 2L * sent.Length, packets * 1500L);
        Assert.InRange(forth.GetProperty("lost").GetInt32(), 3, packets / 50); // 28 of 5,600 expected
    }

    private static byte[] Transfer(NetworkNamespaces lab, IPAddress address, byte[] bytes)
    {
        TcpListener? listener = null;
        TcpClient? client = null;
        try
        {
            NamespaceThread.Run($"/run/netns/{lab.B}", () =>
            {
                listener = new(address, 0);
                listener.Start();
            });
            NamespaceThread.Run($"/run/netns/{lab.A}", () =>
            {
                client = new(address.AddressFamily);
                client.Connect((IPEndPoint)listener!.LocalEndpoint);
            });
            using TcpClient server = listener!.AcceptTcpClient();
            server.ReceiveTimeout = client!.SendTimeout = 60_000;
            Thread sender = new(() =>
            {
                client.GetStream().Write(bytes);
                client.Client.Shutdown(SocketShutdown.Send);
            });
            sender.Start();
            using MemoryStream received = new();
            server.GetStream().CopyTo(received);
            sender.Join();
            return received.ToArray();
        }
        finally
        {
            client?.Dispose();
            listener?.Stop();
        }
    }

    [LabFact(Needs.Root)]
    public void The_interfaces_go_with_the_process()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using (ToolProcess link = Launch(lab, "--delay", "1"))
        {
            Assert.Contains("optlink", NetworkNamespaces.Ip("-n", lab.A, "link").Output);
            link.Signal(Signals.SIGKILL);
            link.WaitForExit();
        }

        Assert.DoesNotContain("optlink", NetworkNamespaces.Ip("-n", lab.A, "link").Output);
        Assert.DoesNotContain("optlink", NetworkNamespaces.Ip("-n", lab.B, "link").Output);
    }

    [LabFact(Needs.Root)]
    public void The_ends_are_two_namespaces_and_no_privilege_is_kept()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        ToolResult same = ToolProcess.Run(
            "optbench", "link", "--namespace-a", lab.A, "--namespace-b", $"/run/netns/{lab.A}", "--delay", "1");
        Assert.Contains("one network namespace", same.Expect(2).Error);

        using ToolProcess link = Launch(lab, "--delay", "1");
        foreach (string task in Directory.GetDirectories($"/proc/{link.Id}/task"))
        {
            Assert.Contains("CapPrm:\t0000000000000000", File.ReadAllText($"{task}/status"));
        }
    }

    /// <summary>Thirty round trips, milliseconds, the shortest first.</summary>
    private static double[] Ping(NetworkNamespaces lab, string address)
    {
        ToolResult ping = ToolProcess.RunCommand("ping", ["-c", "30", "-i", "0.02", address], new() { Namespace = lab.A })
            .Expect(0);
        double[] times = [.. Times().Matches(ping.Output)
            .Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).Order()];
        Assert.Equal(30, times.Length);
        return times;
    }

    /// <summary>10 ms each way over the veth pair; false where the kernel has no netem.</summary>
    private static bool DelayByNetem(NetworkNamespaces lab) =>
        new[] { (lab.A, NetworkNamespaces.InterfaceA), (lab.B, NetworkNamespaces.InterfaceB) }.All(end =>
            ToolProcess.RunCommand("tc", "-n", end.Item1, "qdisc", "add", "dev", end.Item2, "root", "netem", "delay", "10ms")
                .ExitCode == 0);

    private static ToolProcess Launch(NetworkNamespaces lab, params string[] words)
    {
        ToolProcess link = ToolProcess.Launch(
            "optbench", ["link", "--namespace-a", lab.A, "--namespace-b", lab.B, .. words, "--json"]);
        Assert.Contains("\"up\"", link.ReadLine());
        return link;
    }

    private static JsonElement Summary(ToolProcess link)
    {
        ToolResult result = link.Stop().Expect(0);
        using JsonDocument json = JsonDocument.Parse(result.OutputLines[^1]);
        return json.RootElement.Clone();
    }

    [GeneratedRegex(@"time=([\d.]+) ms")]
    private static partial Regex Times();

    [GeneratedRegex(@"icmp_seq=(\d+) ")]
    private static partial Regex Sequences();
}
