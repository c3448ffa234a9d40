using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.Libc;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public class UdpTests
{
    [Theory]
    [InlineData("127.0.0.1", "64")]
    [InlineData("127.0.0.7", "1400")] // the answer must come from the address that was asked, not from 127.0.0.1
    [InlineData("[::1]", "65507")]
    public void Datagrams_come_back_as_they_were_sent(string host, string size)
    {
        using EchoServer server = new("--udp");
        JsonElement report = Load($"{host}:{server.Port}", 0, "-c", "2", "-n", "600", "--size", size);
        Assert.Equal(600, report.GetProperty("requests").GetInt32());
        Assert.Equal(600L * int.Parse(size), report.GetProperty("bytes_verified").GetInt64());
        Assert.Equal(0, report.GetProperty("lost").GetInt32());
        JsonElement summary = server.Stop();
        Assert.Equal(600, summary.GetProperty("requests").GetInt32());
        Assert.Empty(summary.GetProperty("errors").EnumerateObject());
    }

    [Fact]
    public void What_comes_joined_goes_back_joined_and_cut_as_it_was() => Seeded.Run(random =>
    {
        using EchoServer server = new("--udp");
        using Socket socket = Connect(server);
        // the kernel cuts what we send
        socket.SetRawSocketOption((int)ProtocolType.Udp, Linux.UDP_SEGMENT, BitConverter.GetBytes(1000));
        byte[] payload = random.Bytes(12_345);
        socket.Send(payload);
        byte[] buffer = new byte[2000];
        for (int at = 0; at < payload.Length; at += 1000)
        {
            int got = socket.Receive(buffer);
            Assert.True(payload.AsSpan(at, Math.Min(1000, payload.Length - at)).SequenceEqual(buffer.AsSpan(0, got)));
        }

        JsonElement summary = server.Stop();
        Assert.Equal((13, 12_345, 12_345), (summary.GetProperty("requests").GetInt32(),
            summary.GetProperty("bytes_received").GetInt32(), summary.GetProperty("bytes_sent").GetInt32()));
    });

    [Theory]
    [InlineData("64", "64")]
    [InlineData("1400", "60")] // more than one payload holds
    [InlineData("20000", "4")] // joined, the longest payload that IP can carry
    public void Load_that_joins_is_verified_datagram_by_datagram(string size, string pipeline)
    {
        using EchoServer server = new("--udp");
        JsonElement report = JsonDocument.Parse(server.Load(
            "--udp", "--gso", "-c", "1", "-n", "3000", "--size", size, "--pipeline", pipeline).Expect(0).Output).RootElement;
        Assert.Equal((3000, 0, 0), (report.GetProperty("requests").GetInt32(), report.GetProperty("mismatches").GetInt32(),
            report.GetProperty("lost").GetInt32()));
        Assert.Equal(3000L * int.Parse(size), report.GetProperty("bytes_verified").GetInt64());
        Assert.Equal(3000, server.Stop().GetProperty("requests").GetInt32());
    }

    [Fact]
    public void Many_peers_in_one_batch_each_get_their_own_in_order() => Seeded.Run(random =>
    {
        using EchoServer server = new("--udp");
        Socket[] sockets = [.. Enumerable.Range(0, 20).Select(_ => Connect(server))];
        List<byte[]>[] sent = [.. sockets.Select(_ => new List<byte[]>())];
        server.Process.Signal(Signals.SIGSTOP); // so that they wait together
        for (int i = 0; i < 200; i++)
        {
            int peer = random.Int(0, sockets.Length - 1);
            byte[] payload = random.Bytes(random.ArrayElement([0, 1, 50, 50, 50, 400]));
            sockets[peer].Send(payload);
            sent[peer].Add(payload);
        }

        server.Process.Signal(Signals.SIGCONT);
        byte[] buffer = new byte[2000];
        for (int peer = 0; peer < sockets.Length; peer++)
        {
            foreach (byte[] payload in sent[peer])
            {
                int got = sockets[peer].Receive(buffer);
                Assert.True(payload.AsSpan().SequenceEqual(buffer.AsSpan(0, got)));
            }

            sockets[peer].Dispose();
        }

        JsonElement summary = server.Stop();
        Assert.Equal(200, summary.GetProperty("requests").GetInt32());
        Assert.Empty(summary.GetProperty("errors").EnumerateObject());
    });

    [LabFact(Needs.Root, Needs.Ss)]
    public void Datagrams_longer_than_a_packet_come_back_and_a_full_buffer_costs_only_the_one()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using ToolProcess server = ToolProcess.Launch("epollecho", ["serve", "-p", "9000", "--udp", "--sndbuf", "4096", "--json"],
            new RunOptions { Namespace = pair.B });
        server.ReadLine();
        JsonElement Ask(int exitCode, params string[] args) => JsonDocument.Parse(ToolProcess.Run("epollecho",
            ["load", $"{NetworkNamespaces.AddressB}:9000", "--udp", "--json", .. args], new RunOptions { Namespace = pair.A })
                .Expect(exitCode).Output).RootElement;

        Ask(0, "-n", "1");
        server.Signal(Signals.SIGSTOP); // two wait together, and joined they could not be cut into datagrams
        using (ToolProcess load = ToolProcess.Launch("epollecho",
            ["load", $"{NetworkNamespaces.AddressB}:9000", "--udp", "-n", "2", "--pipeline", "2", "--size", "1800", "--timeout",
                "30"],
            new RunOptions { Namespace = pair.A }))
        {
            Assert.True(SpinWait.SpinUntil(() => Waiting(pair.B) > 3000, TimeSpan.FromSeconds(20)));
            server.Signal(Signals.SIGCONT);
            load.WaitForExit(TimeSpan.FromSeconds(40)).Expect(0);
        }

        Assert.Equal(2, Ask(1, "-n", "2", "--size", "40000", "--timeout", "1").GetProperty("lost").GetInt32());
        Ask(0, "-n", "1");
        ToolResult result = server.Stop(Signals.SIGTERM).Expect(0);
        JsonElement summary = JsonDocument.Parse(result.OutputLines.Last()).RootElement;
        Assert.Equal(6, summary.GetProperty("requests").GetInt32());
        JsonProperty error = Assert.Single(summary.GetProperty("errors").EnumerateObject());
        Assert.Equal(("ENOBUFS", 2), (error.Name, error.Value.GetInt32()));
    }

    [Fact]
    public void Datagrams_leave_at_the_rate_asked_for()
    {
        using EchoServer server = new("--udp");
        JsonElement report = Load($"127.0.0.1:{server.Port}", 0, "-c", "2", "-d", "1", "--rate", "400");
        Assert.Equal(400, report.GetProperty("requests").GetInt32());
    }

    [Fact]
    public void A_stopped_server_loses_datagrams_and_the_report_says_so()
    {
        using EchoServer server = new("--udp");
        server.Process.Signal(Signals.SIGSTOP);
        JsonElement report = Load($"127.0.0.1:{server.Port}", 1, "-n", "3", "--pipeline", "3", "--timeout", "1");
        Assert.Equal((3, 3, 100.0), (report.GetProperty("lost").GetInt32(), report.GetProperty("failed").GetInt32(),
            report.GetProperty("lost_percent").GetDouble()));
        server.Process.Signal(Signals.SIGCONT);
        server.Stop();
    }

    [Fact]
    public void Nobody_there_is_refused()
    {
        JsonElement report = Load($"127.0.0.1:{FreePort.Udp()}", 1, "-n", "2");
        Assert.InRange(report.GetProperty("errors").GetProperty("refused").GetInt32(), 1, 2);
    }

    [LabFact(Needs.Root)]
    public void Every_member_of_a_group_answers()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        foreach ((string group, string name) in new[] { ("239.1.2.3", "239.1.2.3:9000"), ("ff02::4:5", "[ff02::4:5]:9000") })
        {
            using ToolProcess one = Serve(pair.B, group);
            using ToolProcess two = Serve(pair.B, group);
            ToolResult result = ToolProcess.Run("epollecho",
                ["load", name, "--udp", "-n", "50", "--rate", "100", "--interface", NetworkNamespaces.InterfaceA, "--json"],
                new RunOptions { Namespace = pair.A }); // slow enough for the second answer to come before the next request
            JsonElement report = JsonDocument.Parse(result.Output).RootElement;
            // the first may be lost while neighbours are sought
            Assert.InRange(report.GetProperty("requests").GetInt32(), 45, 50);
            Assert.InRange(report.GetProperty("duplicates").GetInt32(), 40, 50); // the second member's answers
            one.Stop(Signals.SIGTERM).Expect(0);
            two.Stop(Signals.SIGTERM).Expect(0);
        }
    }

    [LabFact(Needs.Root)]
    public void A_member_without_an_interface_hears_its_group_on_the_interface_it_joined_only()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolProcess.RunCommand("ip", "link", "add", "x0", "netns", pair.A, "type", "veth", "peer", "name", "x1", "netns", pair.B)
            .Expect(0);
        foreach ((string name, string link) in new[] { (pair.A, "x0"), (pair.B, "x1") })
        {
            ToolProcess.RunCommand("ip", "netns", "exec", name, "sh", "-c",
                $"echo 0 >/proc/sys/net/ipv6/conf/{link}/accept_dad").Expect(0);
            ToolProcess.RunCommand("ip", "-n", name, "link", "set", link, "up").Expect(0);
        }

        RunOptions there = new() { Namespace = pair.B };
        string[] serve = ["serve", "-p", "9000", "--group", "ff02::4:6", "--json"];
        using ToolProcess one = ToolProcess.Launch("epollecho", serve, there); // joins by the route, which is that of the first
        one.ReadLine();
        using ToolProcess two = ToolProcess.Launch("epollecho", [.. serve, "--interface", "x1"], there);
        two.ReadLine();
        foreach (string link in new[] { NetworkNamespaces.InterfaceA, "x0" })
        {
            string[] load = ["load", "[ff02::4:6]:9000", "--udp", "--timeout", "200ms", "--interface", link, "--json"];
            RunOptions here = new() { Namespace = pair.A };
            for (int i = 0; i < 30 && ToolProcess.Run("epollecho", [.. load, "-n", "1"], here).ExitCode != 0; i++)
            {
                Thread.Sleep(100); // a new link takes a moment to be used
            }

            JsonElement report = JsonDocument.Parse(
                ToolProcess.Run("epollecho", [.. load, "-n", "20", "--rate", "100"], here).Output).RootElement;
            Assert.InRange(report.GetProperty("requests").GetInt32(), 15, 20);
            Assert.Equal(0, report.GetProperty("duplicates").GetInt32());
        }
    }

    private static Socket Connect(EchoServer server)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };
        socket.Connect(IPAddress.Loopback, server.Port);
        return socket;
    }

    /// <summary>The bytes that wait in the UDP sockets of a namespace, with what the kernel adds.</summary>
    private static int Waiting(string name) => ToolProcess.RunCommand("ip", "netns", "exec", name, "ss", "-uanH").OutputLines
        .Sum(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));

    private static ToolProcess Serve(string name, string group)
    {
        ToolProcess server = ToolProcess.Launch("epollecho",
            ["serve", "-p", "9000", "--group", group, "--interface", NetworkNamespaces.InterfaceB, "--json"],
            new RunOptions { Namespace = name });
        server.ReadLine();
        return server;
    }

    private static JsonElement Load(string target, int exitCode, params string[] args) =>
        JsonDocument.Parse(ToolProcess.Run("epollecho", ["load", target, "--udp", "--json", .. args]).Expect(exitCode).Output)
            .RootElement;
}
