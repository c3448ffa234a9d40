using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Paths through routers that behave as they should not.</summary>
[Collection(LabLanes.RawPing)]
public class TraceLabTests(TraceLabTests.SharedChain shared) : IClassFixture<TraceLabTests.SharedChain>
{
    /// <summary>A router between two hosts, made once, when a test needs it.</summary>
    public sealed class SharedChain : IDisposable
    {
        private readonly Lazy<RouterChain> _chain = new(() => new RouterChain(3));

        internal RouterChain Chain => _chain.Value;

        public void Dispose()
        {
            if (_chain.IsValueCreated)
            {
                Chain.Dispose();
            }
        }
    }

    [LabFact(Needs.Root)]
    public void Loss_of_a_hop_counts_each_probe_once()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        int asked = 0;
        using EchoResponder responder = new(pair, request => request.Ttl > 1 ? [Answer.To(request.Message)]
            : ++asked % 2 == 0 ? [] : [Hop(request, 1), Hop(request, 1)]);
        JsonElement json = Trace(pair, 0, "-c", "6", "-i", "0.1");
        JsonElement first = json.GetProperty("hops")[0];
        Assert.Equal((50, 3, 6), (first.GetProperty("loss_percent").GetDouble(), first.GetProperty("received").GetInt32(),
            first.GetProperty("transmitted").GetInt32()));
        Assert.Equal(3, first.GetProperty("duplicates").GetInt32());
        Assert.Equal(0, json.GetProperty("hops")[1].GetProperty("loss_percent").GetDouble());
    }

    [LabFact(Needs.Root)]
    public void Events_of_a_trace_add_up_to_its_hops()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        int asked = 0;
        EchoRequest? kept = null;
        using EchoResponder responder = new(pair, request =>
        {
            if (request.Ttl > 1)
            {
                return [Answer.To(request.Message)];
            }

            // The answer to the first comes with that to the third, two rounds and more than the timeout later.
            EchoRequest? late = kept;
            kept = asked == 0 ? request : kept;
            return ++asked == 3 ? [Hop(late!, 1), Hop(request, 1), Hop(request, 1)] : [];
        });
        ToolResult result = ToolProcess.Run("rawping", ["--trace", "--json-lines", "-c", "3", "-i", "1.5", "-W", "2.5",
            NetworkNamespaces.AddressB], new RunOptions { Namespace = pair.A });
        JsonElement[] events = [.. result.OutputLines.Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement[] hops = [.. events[^1].GetProperty("hops").EnumerateArray()];
        Assert.Equal((1, 2, 1, 1), (Number(hops[0], "received"), Number(hops[0], "lost"), Number(hops[0], "late"),
            Number(hops[0], "duplicates")));
        foreach (JsonElement hop in hops)
        {
            Assert.Equal(Number(hop, "transmitted"), Number(hop, "received") + Number(hop, "lost") + Number(hop, "in_flight"));
            foreach ((string name, string count) in new[] { ("hop", "received"), ("lost", "lost"), ("late", "late"),
                ("duplicate", "duplicates") })
            {
                Assert.Equal(Number(hop, count), events[..^1].Count(one => one.GetProperty("event").GetString() == name
                    && Number(one, "ttl") == Number(hop, "ttl")));
            }
        }

        static int Number(JsonElement one, string name) => one.GetProperty(name).GetInt32();
    }

    [LabFact(Needs.Root)]
    public void The_path_ends_where_the_host_first_answers_also_when_it_becomes_shorter()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        int asked = 0;
        using EchoResponder responder = new(pair, request =>
            request.Ttl < (++asked <= 5 ? 5 : 3) ? [Hop(request, request.Ttl)] : [Answer.To(request.Message)]);
        JsonElement json = Trace(pair, 0, "-c", "3", "-i", "0.2");
        Assert.True(json.GetProperty("reached").GetBoolean());
        Assert.Equal("reached", json.GetProperty("end").GetString());
        JsonElement last = json.GetProperty("hops").EnumerateArray().Last();
        Assert.Equal(3, last.GetProperty("ttl").GetInt32());
        Assert.Contains(NetworkNamespaces.AddressB, last.GetProperty("hosts").EnumerateArray().Select(host => host.GetString()));
    }

    [LabFact(Needs.Root)]
    public void A_refusal_ends_the_path_with_its_sign()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Ttl < 2 ? [Hop(request, 1)]
            : [Answer.About(request.Message, IcmpType.DestinationUnreachable, 13) with { From = "10.77.0.22" }]);
        JsonElement json = Trace(pair, 1, "-c", "2", "-i", "0.1");
        Assert.Equal((false, "refused", "!X"), (json.GetProperty("reached").GetBoolean(), json.GetProperty("end").GetString(),
            json.GetProperty("end_error").GetString()));
        ToolResult text = ToolProcess.Run("rawping", ["--trace", "-c", "1", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Matches(@"(?m)^  2 10\.77\.0\.22 !X ", text.Output);
        Assert.EndsWith($"{NetworkNamespaces.AddressB} not reached: !X from hop 2\n", text.Output);
    }

    [LabFact(Needs.Root)]
    public void Silent_hops_are_shown_and_silence_at_the_end_is_not_reached()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Ttl == 2 ? [Hop(request, 2)] : []);
        ToolResult text = ToolProcess.Run("rawping",
            ["--trace", "-c", "1", "-W", "0.3", "--max-silent", "3", NetworkNamespaces.AddressB],
                new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Matches(@"(?m)^  1 \?\?\? +100 ", text.Output);
        Assert.EndsWith("not reached: no answer after hop 2\n", text.Output);
    }

    [LabFact(Needs.Root)]
    public void Probes_of_a_flow_have_one_checksum_and_flows_show_where_paths_part()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ConcurrentDictionary<(int Id, int Checksum), int> seen = [];
        using EchoResponder responder = new(pair, request =>
        {
            int checksum = BinaryPrimitives.ReadUInt16BigEndian(request.Message.AsSpan(2));
            seen[(BinaryPrimitives.ReadUInt16BigEndian(request.Message.AsSpan(4)), checksum)] = 1;
            Assert.True(InternetChecksum.IsValid(request.Message));
            return request.Ttl switch
            {
                1 => [Hop(request, 1)],
                2 => [Hop(request, 50 + (checksum >> 8) % 4)], // a router that shares load by checksum
                _ => [Answer.To(request.Message)],
            };
        });
        JsonElement one = Trace(pair, 0, "-c", "4", "-i", "0.1", "--interval-global", "0.005");
        Assert.Single(seen);
        Assert.Equal(1, one.GetProperty("hops")[1].GetProperty("hosts").GetArrayLength());
        JsonElement eight = Trace(pair, 0, "-c", "2", "-i", "0.1", "--interval-global", "0.005", "--flows", "8");
        Assert.Equal(2, eight.GetProperty("parts_at_ttl").GetInt32());
        Assert.Equal(4, eight.GetProperty("hops")[1].GetProperty("hosts").GetArrayLength());
        Assert.Equal(8, eight.GetProperty("hops")[1].GetProperty("flows").GetArrayLength());
    }

    [LabFact(Needs.Root)]
    public void Labels_of_a_router_are_shown()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Ttl > 1 ? [Answer.To(request.Message)]
            : [Labelled(request)]);
        JsonElement label = Trace(pair, 0, "-c", "1").GetProperty("hops")[0].GetProperty("mpls")[0];
        Assert.Equal((12345, 5, true, 7), (label.GetProperty("label").GetInt32(), label.GetProperty("traffic_class").GetInt32(),
            label.GetProperty("bottom").GetBoolean(), label.GetProperty("ttl").GetInt32()));
    }

    [LabTheory(Needs.Root)]
    [InlineData("udp", "10.60.1.2", 2)]
    [InlineData("tcp", "10.60.1.2", 2)]
    [InlineData("udp", "fd60:1::2", 2)]
    [InlineData("tcp", "fd60:1::2", 2)]
    [InlineData("icmp", "fd60:1::2", 2)]
    public void Probes_of_each_protocol_reach_the_host(string protocol, string host, int hops)
    {
        RouterChain chain = shared.Chain;
        ToolResult result = ToolProcess.Run("rawping", ["--trace", "--json", "-c", "2", "-i", "0.2", "-W", "5", "--protocol",
            protocol,
            host],
            new RunOptions { Namespace = chain.Name(0) }).Expect(0);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(hops, json.GetProperty("hops").GetArrayLength());
        Assert.All(json.GetProperty("hops").EnumerateArray(), hop => Assert.Equal(0,
            hop.GetProperty("loss_percent").GetDouble()));
    }

    [LabTheory(Needs.Root)]
    [InlineData("10.60.1.2", true)]
    [InlineData("fd60:1::2", true)]
    [InlineData("10.60.1.2", false)]
    [InlineData("fd60:1::2", false)]
    public void A_datagram_from_an_open_port_means_reached_and_counts_for_its_own_probe(string host, bool echoes)
    {
        RouterChain chain = shared.Chain;
        using Socket service = DatagramService(chain.Name(2), echoes, TimeSpan.FromMilliseconds(echoes ? 0 : 60));
        int port = ((IPEndPoint)service.LocalEndPoint!).Port;
        string[] args = ["--trace", "--json", "-c", "2", "-i", "0.1", "-W", "1", "--protocol", "udp", "--port", $"{port}", host];
        JsonElement json = JsonDocument.Parse(
            ToolProcess.Run("rawping", args, new RunOptions { Namespace = chain.Name(0) }).Expect(0).Output).RootElement;
        Assert.Equal(2, json.GetProperty("hops").GetArrayLength());
        JsonElement last = json.GetProperty("hops")[1];
        Assert.Equal((2, 2, 0), (last.GetProperty("transmitted").GetInt32(), last.GetProperty("received").GetInt32(),
            last.GetProperty("loss_percent").GetInt32()));
        // Also when several answers were under way, each counts for the probe that it answers. Timers fire early by a little.
        Assert.True(last.GetProperty("rtt_ms").GetProperty("min").GetDouble() >= (echoes ? 0 : 50));
    }

    [LabTheory(Needs.Root)]
    [InlineData("udp")]
    [InlineData("icmp")]
    public void A_probe_that_a_full_queue_refuses_is_sent_again_and_is_not_loss(string protocol)
    {
        RouterChain chain = shared.Chain;
        chain.Shell(0, "tc qdisc add dev right root tbf rate 2mbit burst 4kb limit 6000");
        JsonElement json = JsonDocument.Parse(ToolProcess.Run("rawping", ["--trace", "--json", "-c", "1", "-W", "2", "-s", "1300",
            "--protocol", protocol, "--flows", "8", "--interval-global", "0", "10.60.1.2"],
            new RunOptions { Namespace = chain.Name(0) }).Expect(0).Output).RootElement;
        Assert.All(json.GetProperty("hops").EnumerateArray(), hop =>
            Assert.Equal((8, 0), (hop.GetProperty("transmitted").GetInt32(), hop.GetProperty("loss_percent").GetInt32())));
        Assert.Empty(json.GetProperty("send_errors").EnumerateObject());
        chain.Shell(0, "tc qdisc del dev right root");
    }

    [LabFact(Needs.Root, Needs.Script)]
    public void A_terminal_shows_the_table_and_keys_pause_reset_and_quit()
    {
        RouterChain chain = shared.Chain;
        using ToolProcess live = ToolProcess.LaunchCommand("script",
            ["-q", "-e", "-c", $"stty cols 90 rows 24; {Repository.Binary("rawping")} --trace -n -i 0.5 10.60.1.2", "/dev/null"],
            new RunOptions { Namespace = chain.Name(0), KeepInputOpen = true });
        WaitFor(live, 0, @"\x1b\[\?1049h.*  2 10\.60\.1\.2 +0 +3 ");
        WaitFor(live, Press(live, 'p'), @"\[paused\]");
        WaitFor(live, Press(live, 'r'), @"\[paused\].*kernel avg\x1b\[K[\r\n]+times in ms\x1b\[K[\r\n]+\x1b\[J");
        // From the first hop on again.
        WaitFor(live, Press(live, 'p'), @"  1 10\.60\.0\.2 +0 +([1-5]) .*  2 10\.60\.1\.2 +0 +\1 ");
        WaitFor(live, Press(live, 'h'), "q  quit, and print the table");
        _ = Press(live, 'q');
        ToolResult result = live.WaitForExit().Expect(0);
        Assert.Matches(@"(?s)\x1b\[\?1049lhop host .*\n  2 10\.60\.1\.2 .*times in ms\r\n$", result.Output);
    }

    // Returns how much had been printed before.
    private static int Press(ToolProcess process, char key)
    {
        int before = process.OutputSoFar.Length;
        process.Input.WriteByte((byte)key);
        process.Input.Flush();
        return before;
    }

    private static void WaitFor(ToolProcess process, int from, string pattern)
    {
        for (long end = Environment.TickCount64 + 10_000; !Regex.IsMatch(process.OutputSoFar[from..], $"(?s){pattern}");)
        {
            Assert.False(process.HasExited || Environment.TickCount64 > end, $"no {pattern} in: {process.OutputSoFar[from..]}");
            Thread.Sleep(20);
        }
    }

    // Answers each datagram with itself or with one byte, a little later.
    private static Socket DatagramService(string name, bool echoes, TimeSpan delay)
    {
        Socket socket = null!;
        NamespaceThread.Run($"/var/run/netns/{name}", () =>
        {
            socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        });
        _ = Task.Run(async () =>
        {
            byte[] buffer = new byte[2048];
            while (true)
            {
                SocketReceiveFromResult got = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.IPv6Any, 0));
                byte[] answer = echoes ? buffer[..got.ReceivedBytes] : [0];
                _ = Task.Delay(delay).ContinueWith(_ => socket.SendTo(answer, got.RemoteEndPoint), TaskScheduler.Default);
            }
        });
        return socket;
    }

    private static Answer Hop(EchoRequest request, int number) =>
        Answer.About(request.Message, IcmpType.TimeExceeded, 0) with { From = $"10.77.0.{20 + number}" };

    // RFC 4884: the quote is padded to 128 bytes, and its length in words stands in the header.
    private static Answer Labelled(EchoRequest request)
    {
        byte[] message = [.. Answer.About(request.Message, IcmpType.TimeExceeded, 0).Message];
        byte[] whole = [.. message, .. new byte[136 - message.Length], 0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0x03, 0x9b, 7];
        ushort checksum = InternetChecksum.Compute(whole.AsSpan(136));
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(138), checksum);
        whole[5] = 32;
        return new Answer(Answer.Seal(whole)) { From = "10.77.0.21" };
    }

    private static JsonElement Trace(NetworkNamespaces pair, int exit, params string[] args) =>
        JsonDocument.Parse(ToolProcess.Run("rawping", ["--trace", "--json", "-W", "0.5", .. args, NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(exit).Output).RootElement;
}
