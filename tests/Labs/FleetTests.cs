using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/fleet.sh, with namespaces as hosts that have busybox and a real ssh server each.</summary>
[Collection(LabLanes.Peers)]
public sealed class FleetTests
{
    private const int Hosts = 8;
    private const int Requests = 200;
    private const string Target = "10.99.9.9";

    private static readonly string s_fleet = Path.Combine(Repository.Root, "scripts/fleet.sh");

    [LabFact(Needs.RealRoot, Needs.Ssh, Needs.Sshd, Needs.Busybox, Needs.Parallel)]
    public void Totals_of_eight_hosts_are_the_servers_own_and_a_killed_host_is_a_row()
    {
        using TempFolder folder = new();
        using NetworkNamespaces star = NetworkNamespaces.Star(Hosts);
        const string Script = $"PATH=$PATH:/usr/sbin:/sbin\n{SshHost.Common}\nssh-keygen -q -t ed25519 -N '' -f hostkey";
        ToolProcess.RunCommand("bash", ["-ec", Script], new() { Folder = folder.Path }).Expect(0);
        List<ToolProcess> servers = [];
        try
        {
            for (int host = 1; host <= Hosts; host++)
            {
                servers.Add(StartSshServer(folder, star.Names[host], $"10.77.{host}.2"));
            }

            // The last host's load goes to a socket of its own that never answers, so it is under way until it is killed.
            NetworkNamespaces.Ip("-n", star.A, "address", "add", $"{Target}/32", "dev", "lo");
            NetworkNamespaces.Ip("-n", star.Names[Hosts], "address", "add", $"{Target}/32", "dev", "lo");
            TcpListener? listener = null;
            NetworkNamespaces.Inside(star.Names[Hosts], () =>
            {
                listener = new TcpListener(IPAddress.Parse(Target), 8080);
                listener.Start(64);
            });
            using TcpListener silent = listener!;
            using ToolProcess server = ToolProcess.Launch("epollecho", ["serve", "--address", Target, "-p", "8080", "--json"],
                new() { Namespace = star.A });
            server.ReadUntil("listening");

            string[] names = [.. Enumerable.Range(1, Hosts).Select(host => $"root@10.77.{host}.2")];
            using ToolProcess fleet = ToolProcess.LaunchCommand("bash",
                [s_fleet, "--json", "--out", folder.File("out"), .. names, "--", "load", $"{Target}:8080", "-c", "4",
                    "-n", $"{Requests}", "--rate", "200", "--timeout", "100s"],
                new() { Namespace = star.A, Environment = Environment(SshHost.SshWith(folder.File("key"))) });
            Eventually(() => names[..^1].All(name => Log(folder, name).Contains("good=1", StringComparison.Ordinal)),
                "seven hosts did not end");
            ToolProcess.RunCommand("sh", "-c", $"ip netns pids {star.Names[Hosts]} | xargs -r kill -9");

            ToolResult result = fleet.WaitForExit(TimeSpan.FromSeconds(60)).Expect(1);
            JsonElement sum = JsonDocument.Parse(result.Output).RootElement;
            Assert.Equal(Requests * (Hosts - 1), sum.GetProperty("requests").GetInt64());
            JsonElement[] rows = [.. sum.GetProperty("runs").EnumerateArray()];
            Assert.Equal(names, rows.Select(row => row.GetProperty("name").GetString()));
            Assert.All(rows[..^1], row => Assert.Equal("count", row.GetProperty("ended").GetString()));
            Assert.Equal("lost", rows[^1].GetProperty("ended").GetString());
            Assert.Contains("8 of 8 hosts ready, started", result.Error, StringComparison.Ordinal);
            Assert.Equal(Hosts + 1, File.ReadLines(folder.File("out/joblog.tsv")).Count());

            JsonElement own = JsonDocument.Parse(server.Stop(Signals.SIGINT).Expect(0).OutputLines[^1]).RootElement;
            Assert.Equal(4 * (Hosts - 1), own.GetProperty("accepted").GetInt64());
            Assert.Equal(64 * sum.GetProperty("requests").GetInt64(), own.GetProperty("bytes_received").GetInt64());
            // The killed host could not clean up; the others have.
            Eventually(() => Directory.GetFileSystemEntries(folder.File("root/tmp")).Length <= 1,
                "something is left on the hosts");
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    [LabFact(Needs.Parallel)]
    public void A_host_that_cannot_be_reached_or_refuses_the_load_is_a_row()
    {
        using TempFolder folder = new();
        string ssh = folder.File("ssh");
        File.WriteAllText(ssh, $"#!/bin/sh\n[ $1 != away ] || exit 255\nshift\nTMPDIR={folder.Path} exec sh -c \"$*\"\n");
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ToolResult refused = Fleet(
            ssh, "--out", folder.File("out"), "here", "away", "--", "load", "127.0.0.1:1", "-c", "0").Expect(2);
        Assert.Matches(@"(?m)^here .* refused$", refused.Output);
        Assert.Matches(@"(?m)^away .* not reached$", refused.Output);
        Assert.Contains("fleet: here: --connections 0", refused.Error, StringComparison.Ordinal);
        Assert.Contains("fleet: away: cannot be reached", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(folder.Path, "nettools.*"));
    }

    [Theory]
    [InlineData("", "no host")]
    [InlineData("host", "after -- comes load")]
    [InlineData("host -- serve", "after -- comes load")]
    [InlineData("host -- load", "needs a TARGET")]
    [InlineData("-oProxyCommand=true -- load h:1", "neither a host nor an option")]
    [InlineData("../x -- load h:1", "is not a host")]
    [InlineData("a a -- load h:1", "a is there twice")]
    [InlineData("--wait soon a -- load h:1", "not a number of seconds")]
    [InlineData("a -- load h:1 --hlog x", "--hlog cannot be among the arguments")]
    public void Refuses_what_it_does_not_know(string words, string reason)
    {
        ToolResult result = Fleet("ssh", words.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Expect(2);
        Assert.Contains(reason, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    private static ToolProcess StartSshServer(TempFolder folder, string name, string address)
    {
        string script = $"""
            PATH=$PATH:/usr/sbin:/sbin
            printf '%s\n' 'ListenAddress {address}' "HostKey $PWD/hostkey" 'UsePAM no' 'StrictModes no' 'ChrootDirectory /mnt' \
              'PidFile none' "AuthorizedKeysFile $PWD/key.pub" >sshd_config.{address}
            mount --bind root /mnt; mount --bind root/etc/passwd /etc/passwd; mount -t tmpfs tmpfs /run; mkdir /run/sshd
            "$(command -v sshd)" -D -e -f "$PWD/sshd_config.{address}" &
            until ss -Hltn sport = 22 | grep -q .; do sleep 0.05; done
            echo ready
            wait
            """;
        ToolProcess server = ToolProcess.LaunchCommand(
            "unshare", ["--mount", "bash", "-ec", script], new() { Namespace = name, Folder = folder.Path });
        server.ReadUntil("ready");
        return server;
    }

    private static string Log(TempFolder folder, string host) =>
        File.Exists(folder.File($"out/{host}.hlog")) ? File.ReadAllText(folder.File($"out/{host}.hlog")) : "";

    private static ToolResult Fleet(string ssh, params string[] args) => ToolProcess.RunCommand(
        "bash", [s_fleet, .. args], new() { Timeout = TimeSpan.FromSeconds(60), Environment = Environment(ssh) });

    private static Dictionary<string, string?> Environment(string ssh) =>
        new() { ["SSH"] = ssh, ["NETTOOLS_BIN"] = Repository.Binaries };

    private static void Eventually(Func<bool> condition, string otherwise)
    {
        DateTime giveUp = DateTime.UtcNow + TimeSpan.FromSeconds(60);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < giveUp, otherwise);
            Thread.Sleep(50);
        }
    }
}
