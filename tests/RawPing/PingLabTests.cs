using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Against the kernel at the other end of a veth pair, with ping and tshark as referees.</summary>
[Collection(LabLanes.RawPing)]
public class PingLabTests
{
    [LabFact(Needs.Root)]
    public void Five_requests_by_default_and_both_clocks()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair("8.8.8.8");
        foreach (string target in new[] { "8.8.8.8", NetworkNamespaces.Address6B })
        {
            JsonElement json = Json(Run(pair, "-i", "0.1", "--json", target).Expect(0));
            Assert.Equal("rawping", json.GetProperty("tool").GetString());
            Assert.Equal(target, json.GetProperty("address").GetString());
            Assert.Equal(5, json.GetProperty("transmitted").GetInt32());
            Assert.Equal(5, json.GetProperty("received").GetInt32());
            JsonElement rtt = json.GetProperty("rtt_ms");
            JsonElement kernel = json.GetProperty("kernel_rtt_ms");
            Assert.True(kernel.GetProperty("avg").GetDouble() <= rtt.GetProperty("avg").GetDouble());
            Assert.True(kernel.GetProperty("min").GetDouble() > 0);
            JsonElement[] replies = [.. json.GetProperty("replies").EnumerateArray()];
            Assert.Equal([1, 2, 3, 4, 5], replies.Select(reply => reply.GetProperty("seq").GetInt32()));
            Assert.All(replies, reply =>
            {
                Assert.Equal(target, reply.GetProperty("from").GetString());
                Assert.Equal((64, 64), (reply.GetProperty("bytes").GetInt32(), reply.GetProperty("ttl").GetInt32()));
                Assert.InRange(reply.GetProperty("kernel_rtt_ms").GetDouble(), 0.0001, reply.GetProperty("rtt_ms").GetDouble());
            });
        }
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void The_text_is_pings()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        foreach (string target in new[] { NetworkNamespaces.AddressB, NetworkNamespaces.Address6B })
        {
            string[] args = ["-c", "3", "-i", "0.2", target];
            ToolResult theirs = ToolProcess.RunCommand("ping", ["-n", .. args], new RunOptions { Namespace = pair.A }).Expect(0);
            string[] ours = [.. Run(pair, args).Expect(0).OutputLines
                .Where(line => !line.StartsWith("kernel ", StringComparison.Ordinal)
                    && !line.StartsWith("round trip:", StringComparison.Ordinal))];
            Assert.Equal(theirs.OutputLines.Select(WithoutTimes), ours.Select(WithoutTimes));
        }
    }

    [LabFact(Needs.Root, Needs.Tshark)]
    public void Every_request_is_decoded_with_valid_checksums()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        string file = folder.File("requests.pcap");
        using (ToolProcess capture = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", NetworkNamespaces.InterfaceB, "-c", "48", "-w", file, "icmp[0] = 8 or icmp6[0] = 128"],
            new RunOptions { Namespace = pair.B }))
        {
            capture.ReadErrorLine();
            foreach (string target in new[] { NetworkNamespaces.AddressB, NetworkNamespaces.Address6B })
            {
                foreach (int size in new[] { 0, 1, 7, 8, 56, 1399 })
                {
                    string text = size.ToString(CultureInfo.InvariantCulture);
                    Run(pair, "-c", "2", "-i", "0.01", "-s", text, target).Expect(0);
                    Run(pair, "-c", "2", "-i", "0.01", "-s", text, "--hdrincl", target).Expect(0);
                }
            }

            capture.WaitForExit().Expect(0); // it has seen all 48
        }

        string[] lines = ToolProcess.RunCommand("tshark",
            "-r", file, "-o", "ip.check_checksum:TRUE", "-Y", "icmp.type==8 || icmpv6.type==128", "-T", "fields",
            "-e", "ip.checksum.status", "-e", "icmp.checksum.status", "-e", "icmpv6.checksum.status", "-e", "data.len").Expect(0)
                .OutputLines;
        Assert.Equal(48, lines.Length);
        Assert.Equal(24, lines.Count(line => line.StartsWith("1\t1\t\t", StringComparison.Ordinal)));
        Assert.Equal(24, lines.Count(line => line.StartsWith("\t\t1\t", StringComparison.Ordinal)));
    }

    [LabFact(Needs.Root)]
    public void The_last_of_many_is_on_time()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        JsonElement json = Json(ToolProcess.Run("rawping", ["-c", "1000", "-i", "0.005", "--json", "127.0.0.1"],
            new RunOptions { Namespace = single.A }).Expect(0));
        Assert.Equal(1000, json.GetProperty("received").GetInt32());
        // Not a speed: the schedule. A drift of a wake-up's 0.05 ms a request would make it 50 ms for all of the last ones, while
        // on a busy machine any one may be late.
        Assert.InRange(json.GetProperty("send_lateness_ms").GetProperty("drift").GetDouble(), 0, 1);
    }

    [LabFact(Needs.Root)]
    public void Many_at_once_do_not_disturb_each_other()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        ToolProcess[] pings = [.. Enumerable.Range(0, 8).Select(_ => ToolProcess.Launch(
            "rawping", ["-c", "20", "-i", "0.01", "--json", "127.0.0.1"], new RunOptions { Namespace = single.A }))];
        foreach (ToolProcess ping in pings)
        {
            using (ping)
            {
                JsonElement json = Json(ping.WaitForExit().Expect(0));
                Assert.Equal(20, json.GetProperty("received").GetInt32());
                Assert.Equal(0, json.GetProperty("duplicates").GetInt32());
                Assert.Equal(0, json.GetProperty("corrupted").GetInt32());
            }
        }
    }

    [LabFact(Needs.Root)]
    public void A_flood_loses_nothing_and_wraps_its_numbers()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        JsonElement json = Json(ToolProcess.Run("rawping", ["-f", "-c", "70000", "-q", "--json", "127.0.0.1"],
            new RunOptions { Namespace = single.A }).Expect(0));
        Assert.Equal(70000, json.GetProperty("transmitted").GetInt32());
        Assert.Equal(70000, json.GetProperty("received").GetInt32());
        Assert.Equal(0, json.GetProperty("duplicates").GetInt32());
    }

    [LabFact(Needs.Root)]
    public void An_interrupt_prints_the_summary()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        using ToolProcess ping = ToolProcess.Launch(
            "rawping", ["-c", "0", "-i", "0.05", "127.0.0.1"], new RunOptions { Namespace = single.A });
        ping.ReadUntil("icmp_seq=3");
        ToolResult result = ping.Stop().Expect(0);
        Assert.Contains("--- 127.0.0.1 ping statistics ---", result.Output);
        Assert.Contains("rtt min/avg/max/mdev = ", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Each_line_goes_down_a_pipe_at_once()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        using TempFolder folder = new();
        File.WriteAllText(folder.File("hosts"), "127.0.0.1\n127.0.0.2\n");
        string[][] runs = [["-n", "-c", "2", "-i", "60", "127.0.0.1"], ["-F", folder.File("hosts"), "--interval-global", "60"]];
        foreach (string[] run in runs)
        {
            using ToolProcess ping = ToolProcess.Launch("rawping", run, new RunOptions { Namespace = single.A });
            Assert.Contains("127.0.0.1", ping.ReadUntil(run[0] == "-n" ? "icmp_seq=1" : "is alive")); // the next is a minute away
            Assert.False(ping.HasExited);
            ping.Stop().Expect(0);
        }
    }

    [LabFact(Needs.Root)]
    public void A_sweep_keeps_its_pace()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        Stopwatch watch = Stopwatch.StartNew();
        ToolResult result = ToolProcess.Run("rawping", ["-g", "127.0.0.0/24", "--interval-global", "0.01", "-W", "5"],
            new RunOptions { Namespace = single.A }).Expect(0);
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(2.53), $"254 hosts at 10 ms took {watch.Elapsed}");
        Assert.Contains("254 hosts, 254 answered; 254 packets transmitted, 254 received", result.Output);
        Assert.Equal(254, result.OutputLines.Count(
            line => line.EndsWith(" ms)", StringComparison.Ordinal) && line.Contains(" is alive (", StringComparison.Ordinal)));
    }

    [LabFact(Needs.Root)]
    public void An_endless_list_of_hosts_is_refused()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.RunCommand(
            "sh", ["-c", $"yes 127.0.0.1 2> /dev/null | {Repository.Binary("rawping")} -F -"],
            new RunOptions { Namespace = single.A }).Expect(2);
        Assert.Equal("rawping: more than 131072 hosts\n", result.Error);
    }

    [LabFact(Needs.Root)]
    public void Control_backslash_prints_how_it_stands()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        using ToolProcess ping = ToolProcess.Launch(
            "rawping", ["-c", "0", "-i", "0.05", "127.0.0.1"], new RunOptions { Namespace = single.A });
        for (int i = 0; i < 2; i++)
        {
            ping.ReadUntil("icmp_seq=");
            ping.Signal(3); // SIGQUIT
            Assert.Matches(@"^\r?[0-9]+/[0-9]+ packets, 0% loss, min/avg/ewma/max = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms$",
                ping.ReadErrorLine());
        }

        Assert.Contains("packets transmitted", ping.Stop().Expect(0).Output);
    }

    [LabFact(Needs.Root)]
    public void It_ends_in_order_when_its_interface_goes()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using ToolProcess ping = ToolProcess.Launch("rawping",
            ["-c", "4", "-i", "0.3", "-W", "1", "-I", NetworkNamespaces.InterfaceA, NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A });
        ping.ReadUntil("icmp_seq=1");
        NetworkNamespaces.Ip("-n", pair.A, "link", "delete", NetworkNamespaces.InterfaceA);
        ToolResult result = ping.WaitForExit().Expect(0);
        Assert.Contains("ENODEV", result.Error);
        Assert.Contains(" errors", result.Output);
    }

    [LabFact(Needs.Root)]
    public void The_largest_packet_passes_and_one_byte_more_is_refused()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Run(pair, "-c", "1", "-s", "65507", NetworkNamespaces.AddressB).Expect(0);
        Assert.Contains("-s: the size is 0 to 65507 bytes", Run(pair, "-s", "65508", NetworkNamespaces.AddressB).Expect(2).Error);
        Run(pair, "-c", "50", "-i", "0", "-s", "0", "-q", NetworkNamespaces.AddressB).Expect(0);
    }

    [LabFact(Needs.Root)]
    public void Silence_is_exit_code_one_and_no_route_is_two()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolProcess.RunCommand("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all"],
            new RunOptions { Namespace = pair.B }).Expect(0);
        Stopwatch watch = Stopwatch.StartNew();
        ToolResult silent = Run(pair, "-c", "2", "-i", "0.1", "-W", "0.5", NetworkNamespaces.AddressB).Expect(1);
        Assert.Contains("2 packets transmitted, 0 received, 100% packet loss", silent.Output);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), "-W must end the wait");
        ToolResult nowhere = Run(pair, "-c", "1", "198.51.100.1").Expect(2);
        Assert.Equal("rawping: connecting to 198.51.100.1: ENETUNREACH: Network is unreachable\n", nowhere.Error);
    }

    [LabFact(Needs.Root)]
    public void A_host_that_is_not_there_is_unreachable()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolResult result = Run(pair, "-c", "1", "-W", "8", "10.77.0.99").Expect(1);
        Assert.Contains($"From {NetworkNamespaces.AddressA} icmp_seq=1 Destination Host Unreachable", result.Output);
        Assert.Contains("+1 errors", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Several_hosts_get_an_object_each()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair("8.8.8.8");
        string[] targets = ["8.8.8.8", NetworkNamespaces.Address6B, NetworkNamespaces.AddressB, "127.0.0.1"];
        string[] lines = Run(pair, ["-c", "2", "-i", "0.1", "--json", .. targets]).Expect(0).OutputLines;
        Assert.Equal(targets, lines.Select(line => Json(line).GetProperty("target").GetString()));
        Assert.All(lines, line => Assert.Equal(2, Json(line).GetProperty("received").GetInt32()));
    }

    private static ToolResult Run(NetworkNamespaces pair, params string[] args) =>
        ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A });

    private static JsonElement Json(ToolResult result) => Json(result.Output);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    // Names and numbers stay, times go.
    private static string WithoutTimes(string line) => System.Text.RegularExpressions.Regex.Replace(
        line, @"time=[0-9.]+ ms|time [0-9]+ms|= [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms", "T");
}
