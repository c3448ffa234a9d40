using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>Each tool does its work in an empty chroot.</summary>
[Collection("lab")]
public class EmptyRootTests
{
    public static TheoryData<string> Tools => [.. Repository.Tools];

    [LabTheory(Needs.Root)]
    [MemberData(nameof(Tools))]
    public void Tells_its_version_and_its_help(string tool)
    {
        using EmptyRoot root = new(tool);
        Assert.Equal(ToolProcess.Run(tool, "--version").Output, root.Run(["--version"], new RunOptions()).Expect(0).Output);
        Assert.Equal(ToolProcess.Run(tool, "--help").Output, root.Run(["--help"], new RunOptions()).Expect(0).Output);
    }

    [LabFact(Needs.Root)]
    public void Epollecho_serves_and_loads()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using EmptyRoot root = new("epollecho");
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess server = root.Launch(["serve", "-p", "7777", "--json"], inside);
        Assert.Contains("listening", server.ReadLine());
        ToolResult load = root.Run(["load", "127.0.0.1:7777", "-c", "10", "-n", "1000", "--json"], inside).Expect(0);
        Assert.Equal(1000, JsonDocument.Parse(load.Output).RootElement.GetProperty("requests").GetInt64());
        ToolResult served = server.Stop().Expect(0);
        Assert.Equal(10, JsonDocument.Parse(served.OutputLines[^1]).RootElement.GetProperty("accepted").GetInt64());
    }

    [LabTheory(Needs.Root)]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Rawping_pings(string address)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using EmptyRoot root = new("rawping");
        ToolResult result = root.Run(["-c", "2", "-i", "0.2", "--json", address], new RunOptions { Namespace = lab.A }).Expect(0);
        Assert.Equal(2, JsonDocument.Parse(result.Output).RootElement.GetProperty("received").GetInt32());
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void Pktsniff_captures_what_its_filter_lets_through()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using EmptyRoot root = new("pktsniff");
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess sniffer = root.Launch(["-i", "lo", "-c", "1", "--json", "icmp"], inside);
        // It says nothing before the first frame: ping until it has one.
        using ToolProcess ping = ToolProcess.LaunchCommand("ping", ["-i", "0.2", "127.0.0.1"], inside);
        JsonElement frame = JsonDocument.Parse(sniffer.ReadLine()).RootElement;
        Assert.Equal(8, frame.GetProperty("icmp").GetProperty("type").GetInt32());
        sniffer.WaitForExit().Expect(0);
    }

    [LabFact(Needs.Root)]
    public void Optbench_measures()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using EmptyRoot root = new("optbench");
        RunOptions inside = new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) };
        ToolResult result = root.Run(["nodelay", "--time", "1", "--blocks", "3", "--json"], inside).Expect(0);
        Assert.NotEmpty(JsonDocument.Parse(result.Output).RootElement.GetProperty("experiments").EnumerateArray());
    }

    [LabFact(Needs.Root)]
    public void Muxbench_measures()
    {
        using EmptyRoot root = new("muxbench");
        ToolResult result = root.Run(["--fds", "10", "--blocks", "3", "--json"],
            new RunOptions { Timeout = TimeSpan.FromSeconds(60) }).Expect(0);
        Assert.Equal(3, JsonDocument.Parse(result.Output).RootElement.GetProperty("points").GetArrayLength());
    }
}
