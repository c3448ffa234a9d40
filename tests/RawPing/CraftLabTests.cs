using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Crafted packets on the wire, read by tshark at the other end.</summary>
[Collection(LabLanes.RawPing)]
public class CraftLabTests
{
    [LabFact(Needs.Root, Needs.Tshark)]
    public void The_wire_carries_what_was_asked_for()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        string file = folder.File("crafted.pcap");
        string[][] runs =
        [
            ["--hdrincl", "--id", "4242", "--df", "-t", "9", "-Q", "0x10", "--options", "rr,nop", "--payload", "0xdeadbeef", "-s",
                "6", NetworkNamespaces.AddressB],
            ["-t", "9", "-Q", "0x10", "--options", "tsonly", "--icmp-type", "timestamp", NetworkNamespaces.AddressB],
            ["--hdrincl", "--source", "10.77.0.77", "--icmp-type", "200", "--icmp-code", "3", "-s", "0",
                NetworkNamespaces.AddressB],
            ["-t", "9", "-Q", "0x10", "--icmp-type", "200", "--icmp-code", "3", "--payload", "0xdeadbeef",
                NetworkNamespaces.Address6B],
            ["--hdrincl", "-t", "8", "-Q", "0x20", "--icmp-code", "5", "--payload", "0xdeadbeef", NetworkNamespaces.Address6B],
        ];
        using (ToolProcess capture = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", NetworkNamespaces.InterfaceB, "-Q", "in", "-c", "5", "-w", file,
            "icmp[0] = 8 or icmp[0] = 13 or icmp[0] = 200 or icmp6[0] = 200 or icmp6[0] = 128"],
                new RunOptions { Namespace = pair.B }))
        {
            capture.ReadErrorLine();
            foreach (string[] run in runs)
            {
                ToolResult result = ToolProcess.Run(
                    "rawping", ["-c", "1", "-W", "0.3", .. run], new RunOptions { Namespace = pair.A });
                Assert.InRange(result.ExitCode, 0, 1);
            }

            capture.WaitForExit().Expect(0);
        }

        string[] lines = ToolProcess.RunCommand("tshark",
            "-r", file, "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|",
            "-e", "ip.id", "-e", "ip.flags.df", "-e", "ip.ttl", "-e", "ip.dsfield", "-e", "ip.src", "-e", "ip.opt.type", "-e",
            "ip.checksum.status",
            "-e", "icmp.type", "-e", "icmp.code", "-e", "icmp.checksum.status", "-e", "data.data",
            "-e", "ipv6.tclass", "-e", "ipv6.hlim", "-e", "icmpv6.type", "-e", "icmpv6.code", "-e", "icmpv6.checksum.status")
                .Expect(0).OutputLines;
        Assert.Equal(5, lines.Length);
        string a = NetworkNamespaces.AddressA;
        Assert.Equal($"0x1092|1|9|0x10|{a}|7,1|1|8|0|1|deadbeefdead|||||", lines[0]);
        Assert.Matches($@"^0x[0-9a-f]+\|[01]\|9\|0x10\|{a}\|68\|1\|13\|0\|1\|\|\|\|\|\|$", lines[1]);
        Assert.Matches(@"^0x[0-9a-f]+\|0\|64\|0x00\|10\.77\.0\.77\|\|1\|200\|3\|1\|\|\|\|\|\|$", lines[2]);
        Assert.Matches(@"^\|\|\|\|\|\|\|\|\|\|\|0x0*10\|9\|200\|3\|1$", lines[3]);
        Assert.Matches(@"^\|\|\|\|\|\|\|\|\|\|deadbeef\|0x0*20\|8\|128\|5\|1$", lines[4]);
    }

    [LabFact(Needs.Root)]
    public void The_kernel_answers_a_timestamp_request()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        RunOptions there = new() { Namespace = single.A };
        Assert.Matches(@"ICMP timestamp: Originate=[0-9]+ Receive=[0-9]+ Transmit=[0-9]+",
            ToolProcess.Run("rawping", ["-c", "1", "--icmp-type", "timestamp", "127.0.0.1"], there).Expect(0).Output);
        JsonElement reply = JsonDocument.Parse(
            ToolProcess.Run("rawping", ["-c", "1", "--json", "--icmp-type", "13", "127.0.0.1"], there)
            .Expect(0).Output).RootElement.GetProperty("replies")[0];
        Assert.InRange(reply.GetProperty("transmit_ms").GetInt64(), 0, 24 * 3600 * 1000);
        Assert.InRange(reply.GetProperty("receive_ms").GetInt64(), reply.GetProperty("originate_ms").GetInt64(),
            24 * 3600 * 1000);
    }

    [LabFact(Needs.Root)]
    public void A_dry_run_sends_nothing_and_needs_no_privilege()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        string[] args = ["--dry-run", "--json", "--hdrincl", "--id", "7", "--source", "192.0.2.1", "192.0.2.9"];
        ToolResult result = ToolProcess.RunCommand(
            "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Repository.Binary("rawping"), .. args],
            new RunOptions { Namespace = single.A }).Expect(0); // and there is no way to the host
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.False(json.GetProperty("interrupted").GetBoolean());
        Assert.Equal("7", json.GetProperty("options").GetProperty("id").GetString());
        Assert.StartsWith("45000054000700004001", json.GetProperty("packet").GetString(), StringComparison.Ordinal);
        Assert.Contains("c0000201c00002090800", json.GetProperty("packet").GetString(), StringComparison.Ordinal);
        string text = ToolProcess.Run(
            "rawping", ["--dry-run", "--payload", "0x00ff", "127.0.0.1"], new RunOptions { Namespace = single.A })
            .Expect(0).Output;
        Assert.Contains("001c  00 ff", text);
        Assert.Contains("header checksum", text);
        Assert.DoesNotContain("packets transmitted", text);
    }
}
