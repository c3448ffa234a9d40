using System.Globalization;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>What a setcap'd binary started by an ordinary user may do, and what it says without the capability.</summary>
[Collection(LabLanes.RawPing)]
public class PrivilegeLabTests
{
    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void No_thread_has_a_capability_left()
    {
        using OrdinaryUser user = new();
        user.Setcap();
        string[] command = user.Command("-c", "0", "-i", "0.05", "127.0.0.1");
        using ToolProcess ping = ToolProcess.LaunchCommand(command[0], command[1..]);
        ping.ReadUntil("icmp_seq=2");
        string[] threads = Directory.GetDirectories($"/proc/{ping.Id}/task");
        Assert.True(threads.Length >= 2, "the finalizer thread is missing: is this the right process?");
        foreach (string thread in threads)
        {
            Dictionary<string, string> status = File.ReadAllLines(Path.Combine(thread, "status"))
                .Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());
            Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], set => Assert.Equal("0000000000000000", status[set]));
            Assert.Equal("1", status["NoNewPrivs"]);
            Assert.StartsWith(OrdinaryUser.Number, status["Uid"]);
        }

        ping.Stop().Expect(0);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Without_the_capability_it_says_how_to_give_it()
    {
        using OrdinaryUser user = new();
        ToolResult result = user.Run(["-c", "1", "127.0.0.1"]).Expect(2);
        Assert.Equal("rawping: opening a raw ICMP socket: EPERM: Operation not permitted "
            + $"(needs CAP_NET_RAW: run with sudo, or once: sudo setcap cap_net_raw+ep {user.Binary})\n", result.Error);
        Assert.Equal("", result.Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void Ordinary_users_may_not_flood()
    {
        using OrdinaryUser user = new();
        user.Setcap();
        foreach (string[] args in new string[][] { ["-f"], ["-i", "0"], ["-i", "0.001"] })
        {
            user.Run([.. args, "127.0.0.1"]).Expect(2);
        }

        foreach (string group in (string[])["239.1.2.3", "ff02::1%lo"])
        {
            ToolResult refused = user.Run(["-i", "0.5", group]).Expect(2);
            Assert.Contains("broadcast and multicast: intervals below 1 s are for root", Assert.Single(refused.ErrorLines));
        }
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void Ordinary_users_ask_groups_once_a_second_however_many_are_named()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using OrdinaryUser user = new();
        user.Setcap();
        ToolResult result = user.Run(["--json-lines", "-b", "-c", "1", "-W", "0.1", "10.77.0.255", "10.77.0.0",
            $"ff02::1%{NetworkNamespaces.InterfaceA}"], new RunOptions { Namespace = pair.A });
        long[] sent = [.. result.OutputLines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "sent")
            .Select(line => long.Parse(line.GetProperty("time_ns").GetString()!, CultureInfo.InvariantCulture))];
        Assert.Equal(3, sent.Length);
        Assert.All(sent.Zip(sent.Skip(1)), two => Assert.True(two.Second - two.First >= 999_000_000,
            $"{two.Second - two.First} ns between two packets"));
    }
}
