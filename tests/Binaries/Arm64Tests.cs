using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>
/// The cross-built binaries under qemu's user emulation, which passes system calls on to this kernel. It has no raw or packet
/// sockets with the options that the tools set, and shows a thread of its own, so what needs root is not run here.
/// </summary>
[Collection("lab")]
public sealed class Arm64Tests : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly Lazy<NetworkNamespaces> _lab = new(NetworkNamespaces.Single);

    public static TheoryData<string> Tools => [.. Repository.Tools];

    public void Dispose()
    {
        if (_lab.IsValueCreated)
        {
            _lab.Value.Dispose();
        }
    }

    [LabTheory(Needs.Arm64, Needs.Binutils)]
    [MemberData(nameof(Tools))]
    public void Are_static_hardened_and_small(string tool)
    {
        ElfTests.CheckKind(Binary(tool));
        Assert.Contains("AArch64", ToolProcess.RunCommand("readelf", "-hW", Binary(tool)).Expect(0).Output);
    }

    [LabTheory(Needs.Root, Needs.Arm64, Needs.Setpriv)]
    [MemberData(nameof(Tools))]
    public void Tell_the_same_version_and_help(string tool)
    {
        Assert.Equal(ToolProcess.Run(tool, "--version").Output, Run($"{tool} --version").Expect(0).Output);
        Assert.Equal(ToolProcess.Run(tool, "--help").Output, Run($"{tool} --help").Expect(0).Output);
    }

    [LabFact(Needs.Root, Needs.Arm64, Needs.Setpriv)]
    public void Epollecho_echoes()
    {
        using ToolProcess server = Launch("epollecho serve -p 7777 --json");
        server.ReadUntil("listening", s_timeout);
        ToolResult load = Run("epollecho load 127.0.0.1:7777 -c 10 -n 1000 --json").Expect(0);
        JsonElement result = JsonDocument.Parse(load.Output).RootElement;
        Assert.Equal(1000, result.GetProperty("requests").GetInt64());
        Assert.Equal(0, result.GetProperty("mismatches").GetInt64());
        server.Stop().Expect(0);
    }

    [LabFact(Needs.Root, Needs.Arm64, Needs.Setpriv)]
    public void Muxbench_measures()
    {
        JsonElement result = JsonDocument.Parse(Run("muxbench --fds 10 --blocks 3 --json").Expect(0).Output).RootElement;
        Assert.Equal(3, result.GetProperty("points").GetArrayLength());
    }

    [LabFact(Needs.Root, Needs.Arm64, Needs.Setpriv)]
    public void Optbench_measures()
    {
        using ToolProcess server = Launch("optbench server -p 7778");
        server.ReadUntil("listening", s_timeout);
        // The experiments on throughput and latency set TCP_CONGESTION, which qemu does not know.
        JsonElement result = JsonDocument.Parse(
            Run("optbench backlog --server 127.0.0.1:7778 --quick --blocks 3 --json").Expect(0).Output).RootElement;
        Assert.NotEmpty(result.GetProperty("experiments").EnumerateArray());
        server.Stop().Expect(0);
    }

    [LabFact(Needs.Root, Needs.Arm64, Needs.Setpriv)]
    public void Pktsniff_reads_files_and_compiles_filters_as_on_x64()
    {
        using TempFolder folder = new();
        File.WriteAllBytes(folder.File("arp.pcap"), TinyCapture.Bytes);
        foreach (string arguments in (string[])[$"-r {folder.File("arp.pcap")} -e -x arp", $"-r {folder.File("arp.pcap")} --json",
            "-d tcp port 80 or vlan"])
        {
            string[] words = arguments.Split(' ');
            string[] native = ToolProcess.Run("pktsniff", words).Expect(0).OutputLines;
            string[] emulated = Run($"pktsniff {arguments}").Expect(0).OutputLines;
            Assert.Equal(native.Where(IsTimeless), emulated.Where(IsTimeless));
        }

        static bool IsTimeless(string line) => !line.Contains("\"seconds\"", StringComparison.Ordinal);
    }

    [LabTheory(Needs.Root, Needs.Arm64, Needs.Setpriv)]
    [InlineData("rawping -c 1 127.0.0.1")]
    [InlineData("pktsniff -i lo")]
    public void Say_what_they_need(string command)
    {
        ToolResult result = Run(command).Expect(2);
        // qemu has no seccomp(2), and a tool without its sandbox says so first.
        Assert.Contains("needs CAP_NET_RAW", result.ErrorLines[^1], StringComparison.Ordinal);
        Assert.All(result.ErrorLines[..^1], line => Assert.Contains("no sandbox", line, StringComparison.Ordinal));
    }

    private static string Binary(string tool) => Path.Combine(Repository.Arm64Binaries, tool);

    // qemu's own thread would keep the capabilities, which the tools refuse: they begin without.
    private static string[] Emulated(string command)
    {
        string[] words = command.Split(' ');
        return ["--bounding-set=-all", "--inh-caps=-all", "--", "qemu-aarch64-static", Binary(words[0]), .. words[1..]];
    }

    private ToolResult Run(string command) => ToolProcess.RunCommand("setpriv", Emulated(command), Options(command));

    private ToolProcess Launch(string command) => ToolProcess.LaunchCommand("setpriv", Emulated(command), Options(command));

    private RunOptions Options(string command) => new()
    {
        Timeout = s_timeout,
        Namespace = command.Contains("--version", StringComparison.Ordinal)
            || command.Contains("--help", StringComparison.Ordinal) ? null : _lab.Value.A,
    };
}
