using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>
/// Each tool does its work on hosts that give it little. (Without standard output it says so: OutputErrorTests.)
/// </summary>
[Collection(LabLanes.Peers)]
public sealed class BareHostTests : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    private readonly NetworkNamespaces _lab = NetworkNamespaces.Single();

    public static TheoryData<string> Hosts => [.. BareHost.Names];

    public void Dispose() => _lab.Dispose();

    [LabTheory(Needs.Root, Needs.Busybox, Needs.Gcc)]
    [MemberData(nameof(Hosts))]
    public void Tools_do_their_work(string name)
    {
        using BareHost host = new(name);
        Assert.Contains("2 received", Run(host, "rawping -c 2 -i 0.2 127.0.0.1"));
        Assert.Contains("1 received", Run(host, "rawping -c 1 ::1"));
        Assert.Contains("epoll", Run(host, "muxbench --fds 10 --blocks 3"));
        Assert.Contains("\"nodelay=on\"", Run(host, "optbench nodelay --time 1 --blocks 3 --json"));
        Assert.Contains("10.77.0.2", Run(host, $"pktsniff -r {BareHost.Capture} arp"));
        Assert.Contains("1 ", Run(host, "pktsniff inject -i lo --hex ffffffffffff0200000000010800"));

        using ToolProcess server = host.Launch("epollecho serve -p 7777", _lab.A);
        server.ReadUntil("listening");
        using ToolProcess sniffer = host.Launch("pktsniff -i lo -c 1 tcp port 7777", _lab.A);
        while (!sniffer.HasExited)
        {
            Run(host, "epollecho load 127.0.0.1:7777 -c 10 -n 1000");
        }

        Assert.Contains("7777", sniffer.WaitForExit().Expect(0).Output);
        server.Stop().Expect(0);
    }

    [LabTheory(Needs.Root)]
    [InlineData("a read-only root", "pktsniff -i lo -w /frames.pcap", "EROFS: Read-only file system")]
    [InlineData("a read-only root", "muxbench --fds 10 --csv /points.csv", "EROFS: Read-only file system")]
    [InlineData("an empty root", "rawping -c 1 name.example", "name.example")]
    [InlineData("64 descriptors", "muxbench --fds 1000", "the hard limit is 64")]
    [InlineData("no /dev", "optbench link --namespace-a a --namespace-b b --delay 1", "")]
    public void What_a_host_cannot_give_is_one_line(string name, string command, string reason)
    {
        using BareHost host = new(name);
        using ToolProcess tool = host.Launch(command, _lab.A);
        Assert.Contains(reason, Assert.Single(tool.WaitForExit(s_timeout).Expect(2).ErrorLines), StringComparison.Ordinal);
    }

    private string Run(BareHost host, string command)
    {
        using ToolProcess process = host.Launch(command, _lab.A);
        return process.WaitForExit(s_timeout).Expect(0).Output;
    }
}
