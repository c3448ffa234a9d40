using System.Text.Json;
using NetTools.RawPing.Check;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>
/// rawping check and pktsniff check: right programs pass, the first trial a wrong one fails names its fault, and well-known
/// programs fail what they are known to fail.
/// </summary>
[Collection(LabLanes.Peers)]
public sealed class PacketExaminerTests
{
    [LabFact(Needs.RealRoot, Needs.Gcc)]
    public void The_first_failed_trial_names_the_fault_of_a_ping()
    {
        using TempFolder folder = new();
        string[] all = [.. PingTrials.All.Where(trial => trial.Level != ExamLevel.Noted).Select(trial => trial.Name)];
        Mutant.AssertFaultsAreNamed("ping", mutant =>
        {
            Build(folder, "ping", mutant.Fault);
            string[] only = Mutant.Soak ? [] : ["--only", string.Join(',', mutant.First.Length == 0 ? all
                : all[..(Array.IndexOf(all, mutant.First) + 1)])];
            return Mutant.RunFirst("rawping", ["check", "--json", .. only, folder.File(mutant.Fault), "8.8.8.8"],
                new() { Timeout = TimeSpan.FromSeconds(60) });
        });
    }

    [LabFact(Needs.RealRoot, Needs.Gcc)]
    public void The_first_failed_trial_names_the_fault_of_a_sniffer()
    {
        using TempFolder folder = new();
        Mutant.AssertFaultsAreNamed("sniffer", mutant =>
        {
            Build(folder, "sniffer", mutant.Fault);
            return ToolProcess.Run("pktsniff",
                ["check", "--json", "--burst", Mutant.Soak ? "1000000" : "5000", folder.File(mutant.Fault), "eth0"],
                new() { Timeout = TimeSpan.FromSeconds(120) });
        });
    }

    [LabFact(
        Needs.RealRoot, Needs.Ping, Needs.Busybox, Needs.Fping, Needs.Tcpdump, Needs.Socat, Needs.Ncat, Needs.Python3)]
    public void Well_known_programs_fail_what_they_are_known_to_fail()
    {
        string[][] peers = [.. File.ReadLines(Path.Combine(Repository.Root, "tests/Labs/Mutants/peers.tsv"))
            .Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line.Split('\t'))];
        using NetworkNamespaces network = NetworkNamespaces.Single();
        string[] wrong = [.. peers.AsParallel().WithDegreeOfParallelism(4).Select((peer, number) =>
        {
            string port = $"{8001 + number}"; // of a network that is ours alone
            string[] program = peer[2].Replace("PORT", port, StringComparison.Ordinal)
                .Replace("MUTANTS", Path.Combine(Repository.Root, "tests/Labs/Mutants"), StringComparison.Ordinal).Split(' ');
            string[] to = peer[0] == "epollecho" ? [$"127.0.0.1:{port}"] : [];
            ToolResult result = Mutant.RunFirst(peer[0], ["check", .. to, "--json", .. peer[1].Split(' '), "--", .. program],
                new() { Timeout = TimeSpan.FromSeconds(90), Namespace = to.Length > 0 ? network.A : null });
            string failed = string.Join(' ', Mutant.Failed(result.Output));
            return failed == peer[3] && result.ExitCode == (failed.Length > 0 ? 1 : 0) ? ""
                : $"{peer[2]}: failed {failed}: {result}";
        }).Where(text => text.Length > 0)];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [LabFact(Needs.RealRoot, Needs.Gcc, Needs.Setpriv)]
    public void The_script_gives_a_caged_program_a_raw_socket_and_nothing_more()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("chmod", "755", folder.Path).Expect(0);
        Build(folder, "ping", "RIGHT");
        Build(folder, "sniffer", "RIGHT_WORDS");
        string command = $"touch {folder.File("written")}; exec {folder.File("RIGHT")} 8.8.8.8";
        ToolResult ping = Check("ping", "--profile", "basic", "--json", "bash", "-c", command).Expect(0);
        Assert.Equal(9, JsonDocument.Parse(ping.Output).RootElement.GetProperty("passed").GetInt32());
        Assert.False(File.Exists(folder.File("written")), "the program wrote outside of its cage");
        ToolResult sniffer = Check("sniffer", "--profile", "basic", folder.File("RIGHT_WORDS"), "eth0").Expect(0);
        Assert.Contains("10 passed, 0 failed", sniffer.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rawping", "check", "the command of the program to examine is missing")]
    [InlineData("pktsniff", "check", "the command of the program to examine is missing")]
    [InlineData("rawping", "check --only nonsense true", "'nonsense' is not a trial")]
    [InlineData("pktsniff", "check --burst -1 true", "--burst")]
    public void The_tools_refuse_in_a_line(string tool, string words, string reason) =>
        Assert.Contains(reason, Assert.Single(ToolProcess.Run(tool, words.Split(' ')).Expect(2).ErrorLines),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("rtt min/avg/max/mdev = 1.5/2.25/3.0/0.1 ms", 1.5, 2.25, 3.0)]
    [InlineData("xmt/rcv/%loss = 5/5/0%, min/avg/max = 10.2/20/30.5", 10.2, 20, 30.5)]
    [InlineData("Minimum: 1500 us\nMaximum: 3000 us\nAverage: 2250 us\n", 1.5, 2.25, 3.0)]
    [InlineData("min 0.0015 s max 0.003 s avg 0.00225 s", 1.5, 2.25, 3.0)]
    [InlineData("{\"rtt_min\":1.5,\"rtt_avg\":2.25,\"rtt_max\":3}", 1.5, 2.25, 3.0)]
    [InlineData("  min   avg   max\n  1.5  2.25  3.0\n", 1.5, 2.25, 3.0)]
    public void Times_are_found_in_any_wording(string text, double minimum, double mean, double maximum)
    {
        PrintedTimes printed = PrintedTimes.Find(text)!.Value;
        Assert.Equal(minimum, printed.Minimum, 6);
        Assert.Equal(mean, printed.Mean, 6);
        Assert.Equal(maximum, printed.Maximum, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("reply from 8.8.8.8: time=3 ms")]
    [InlineData("min/max = 1/2 ms")]
    public void Times_that_are_not_there_are_not_found(string text) => Assert.Null(PrintedTimes.Find(text));

    private static void Build(TempFolder folder, string kind, string fault) =>
        ToolProcess.RunCommand("gcc", "-O1", "-Wall", "-Werror", $"-DFAULT={fault}", "-o", folder.File(fault),
            Path.Combine(Repository.Root, $"tests/Labs/Mutants/{kind}.c")).Expect(0);

    private static ToolResult Check(params string[] args) => ToolProcess.RunCommand("bash",
        [Path.Combine(Repository.Root, "scripts/check.sh"), .. args], new()
        {
            Timeout = TimeSpan.FromSeconds(60),
            Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries },
        });
}
