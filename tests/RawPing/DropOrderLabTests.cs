using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Sockets are opened first, then privileges go, and only then is anything of the user's touched.</summary>
[Collection(LabLanes.RawPing)]
public class DropOrderLabTests
{
    [LabTheory(Needs.Root, Needs.Strace)]
    [InlineData("ping", "-c", "1", "localhost")]
    [InlineData("file", "-F", "FILE", "-W", "0.1")]
    [InlineData("network", "-g", "127.0.0.1/32")]
    [InlineData("payload", "-c", "1", "--payload", "FILE", "localhost")]
    [InlineData("trace", "--trace", "-c", "1", "localhost")]
    [InlineData("trace tcp", "--trace", "--protocol", "tcp", "-c", "1", "-W", "0.1", "localhost")]
    [InlineData("pmtu", "--pmtu", "localhost")]
    [InlineData("dry run", "--dry-run", "--payload", "FILE", "localhost")]
    [InlineData("json lines", "--json-lines", "-c", "1", "localhost")]
    [InlineData("json", "--json", "-F", "FILE", "-W", "0.1")]
    public void Nothing_outside_is_touched_before_the_drop(string mode, params string[] args)
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        using TempFolder folder = new();
        string file = folder.File("hosts");
        File.WriteAllText(file, "localhost\n");
        string trace = folder.File("trace");
        ToolProcess.RunCommand("strace", ["-f", "-o", trace, Repository.Binary("rawping"), .. args.Select(word => word == "FILE"
            ? file : word)],
            new RunOptions { Namespace = single.A });
        string[] calls = File.ReadAllLines(trace);
        int socket = Array.FindIndex(calls, call => call.Contains("SOCK_RAW"));
        int dropped = Array.FindLastIndex(calls, call => call.Contains("capset("));
        int sandbox = Array.FindIndex(calls, call => call.Contains("seccomp("));
        Assert.True(0 <= socket && socket < dropped && dropped < sandbox,
            $"{mode}: socket {socket}, drop {dropped}, sandbox {sandbox}");
        Assert.Contains(calls[..sandbox], call => call.Contains("PR_SET_NO_NEW_PRIVS"));
        string[] outside = ["/etc/", file, "dlopen", ".so", "connect(", "sendto("];
        Assert.DoesNotContain(calls[..dropped], call => Array.Exists(outside, part => call.Contains(part))
            && !call.Contains("execve("));
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void An_ordinary_caller_of_a_privileged_binary_may_do_what_ping_lets_him_do()
    {
        using OrdinaryUser user = new();
        user.Setcap();
        string[][] refused =
        [
            ["--hdrincl"], ["--icmp-type", "timestamp"], ["--icmp-code", "1"], ["--payload", "0xff"], ["--options", "0x070704"],
            ["--hdrincl", "--source", "192.0.2.1"], ["-f"], ["-l", "4"], ["-i", "0.001"], ["--no-sandbox"],
        ];
        foreach (string[] args in refused)
        {
            ToolResult result = user.Run(["-c", "1", .. args, "127.0.0.1"]).Expect(2);
            Assert.Single(result.ErrorLines);
        }

        user.Run(["-c", "2", "-i", "0.002", "-p", "ff", "127.0.0.1"]).Expect(0);
        user.Run(["--trace", "-c", "1", "127.0.0.1"]).Expect(0);
        user.Run(["--pmtu", "127.0.0.1"]).Expect(0);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void A_host_that_is_named_often_is_asked_no_faster()
    {
        using OrdinaryUser user = new();
        user.Setcap();
        string[] hosts = [.. Enumerable.Repeat("127.0.0.1", 20)];
        ToolResult result = user.Run(["--json-lines", "-i", "0.002", "-c", "5", .. hosts]).Expect(0);
        long[] sent = [.. result.OutputLines.Where(line => line.Contains("\"event\":\"sent\""))
            .Select(line => long.Parse(line.Split("\"time_ns\":\"")[1].Split('"')[0]))];
        Assert.Equal(100, sent.Length);
        // A hundred requests have 99 gaps of 2 ms between them; the event's own time may be late, never early by much.
        Assert.True(sent[^1] - sent[0] >= 99 * 2_000_000 - 5_000_000, $"{sent[^1] - sent[0]} ns");
    }
}
