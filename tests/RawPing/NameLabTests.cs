using System.Net;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Names from a hosts file and from a name server, which may be slow, or lie.</summary>
[Collection(LabLanes.RawPing)]
public class NameLabTests
{
    private const string V4 = NetworkNamespaces.AddressB;
    private const string V6 = NetworkNamespaces.Address6B;

    [LabFact(Needs.RealRoot, Needs.Ping)]
    public void Names_come_from_the_hosts_file()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using Files files = new(pair,
            hosts: $"{NetworkNamespaces.AddressA} alice.test\n{V4} bob.test bob # a comment\n{V6} bob6.test\n");
        PingTextLabTests.AssertSame(pair, ["-c", "1", "bob.test"]);
        PingTextLabTests.AssertSame(pair, ["-c", "1", "-R", "bob.test"]);
        PingTextLabTests.AssertSame(pair, ["-c", "1", "-6", "bob6.test"]);
        PingTextLabTests.AssertSame(pair, ["-c", "1", "-n", "bob.test"]);
        PingTextLabTests.AssertSame(pair, ["-c", "1", V4]); // who gives an address gets addresses
        Assert.Contains("64 bytes from bob.test (10.77.0.2): icmp_seq=1",
            ToolProcess.Run("rawping", ["-c", "1", "bob"], new RunOptions { Namespace = pair.A }).Expect(0).Output);
    }

    [LabFact(Needs.RealRoot, Needs.Ping)]
    public void Names_come_from_a_name_server()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using Files files = new(pair, hosts: "");
        using NameServer server = new(pair, (name, type) => (name, type) switch
        {
            ("host.test", NameServer.A) => IPAddress.Parse(V4).GetAddressBytes(),
            ("host.test", NameServer.Aaaa) => IPAddress.Parse(V6).GetAddressBytes(),
            ("2.0.77.10.in-addr.arpa", NameServer.Pointer) => NameServer.Name("pointer", "test"),
            _ => [],
        });
        RunOptions there = new() { Namespace = pair.A };
        foreach (string[] args in new string[][] { ["-4"], ["-6"], ["-4", "-n"] })
        {
            // The IPv6 address has no name.
            string[] theirs = ToolProcess.RunCommand("ping", [.. args, "-c", "1", "host.test"], there).Expect(0).OutputLines;
            string[] ours = ToolProcess.Run("rawping", [.. args, "-c", "1", "host.test"], there).Expect(0).OutputLines;
            Assert.Equal(theirs[1].Split(" time=")[0], ours[1].Split(" time=")[0]);
        }

        string[] lines = ToolProcess.Run("rawping", ["-4", "-c", "1", "host.test"], there).Expect(0).OutputLines;
        Assert.Equal("PING host.test (10.77.0.2) 56(84) bytes of data.", lines[0]);
        Assert.StartsWith("64 bytes from pointer.test (10.77.0.2): icmp_seq=1", lines[1]);
        Assert.Equal("rawping: host nobody.test: Name or service not known\n",
            ToolProcess.Run("rawping", ["nobody.test"], there).Expect(2).Error);
    }

    [LabFact(Needs.RealRoot)]
    public void A_lying_name_server_does_no_harm()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using Files files = new(pair, hosts: "");
        byte[][] names =
        [
            NameServer.Name("\u001b[2Jevil", "test"), NameServer.Name("new\nline"), NameServer.Name("a b"), [0xc0, 0xff],
            [63, 65], [0],
            NameServer.Name(new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 63)),
        ];
        foreach (byte[] name in names)
        {
            using NameServer server = new(pair, (_, type) => type == NameServer.A ? IPAddress.Parse(V4).GetAddressBytes() : name,
                answer => [[.. answer.Select((value, at) => at == 1 ? (byte)(value + 1) : value)], new byte[2000], answer]);
            ToolResult result = ToolProcess.Run("rawping", ["-4", "-c", "1", "host.test"], new RunOptions { Namespace = pair.A })
                .Expect(0);
            Assert.True(result.OutputLines[1].StartsWith("64 bytes from 10.77.0.2 (10.77.0.2): icmp_seq=1",
                StringComparison.Ordinal), $"{Convert.ToHexString(name)}: {result.Output}");
        }
    }

    [LabFact(Needs.RealRoot)]
    public void A_silent_name_server_delays_no_request()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using Files files = new(pair, hosts: "", options: "timeout:60 attempts:5");
        using NameServer server = new(pair, (_, type) => type == NameServer.A ? IPAddress.Parse(V4).GetAddressBytes() : null);
        JsonElement json = JsonDocument.Parse(ToolProcess.Run(
            "rawping", ["-4", "-c", "5", "-i", "0.05", "--json", "host.test"], new RunOptions { Namespace = pair.A }).Expect(0)
                .Output).RootElement;
        Assert.Equal(5, json.GetProperty("received").GetInt32());
        // The name would take five minutes; the test's own limit is half a minute.
        Assert.Contains("64 bytes from 10.77.0.2 (10.77.0.2): icmp_seq=5",
            ToolProcess.Run("rawping", ["-4", "-c", "5", "-i", "0.05", "host.test"], new RunOptions { Namespace = pair.A })
                .Expect(0).Output);
    }

    [LabFact(Needs.RealRoot)]
    public void A_host_that_nobody_knows_is_given_up_in_time()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using Files files = new(pair, hosts: "", options: "timeout:1 attempts:1");
        using NameServer silent = new(pair, (_, _) => null);
        Assert.Equal("rawping: host host.test: Temporary failure in name resolution\n",
            ToolProcess.Run("rawping", ["host.test"], new RunOptions { Namespace = pair.A }).Expect(2).Error);
    }

    /// <summary>Files that ip netns exec lays over those of /etc in the first namespace.</summary>
    private sealed class Files : IDisposable
    {
        private readonly string _folder;

        public Files(NetworkNamespaces pair, string hosts, string options = "timeout:5")
        {
            _folder = $"/etc/netns/{pair.A}";
            Directory.CreateDirectory(_folder);
            File.WriteAllText($"{_folder}/hosts", hosts);
            File.WriteAllText($"{_folder}/resolv.conf", $"nameserver {NetworkNamespaces.AddressB}\noptions {options}\n");
            File.WriteAllText($"{_folder}/nsswitch.conf", "hosts: files dns\n");
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
