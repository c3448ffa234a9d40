using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>iputils' ping and ours in the same namespace, letter by letter, with the numbers masked.</summary>
[Collection(LabLanes.RawPing)]
public class PingTextLabTests
{
    private const string V4 = NetworkNamespaces.AddressB;
    private const string V6 = NetworkNamespaces.Address6B;

    [LabFact(Needs.Root, Needs.Ping)]
    public void Each_letter_prints_what_ping_prints()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        string[] runs =
        [
            $"-c 2 {V4}", $"-4 -c 2 {V4}", $"-6 -c 2 {V6}", $"-a -c 2 {V4}", $"-A -c 3 {V4}", $"-A -q -c 3 {V6}", $"-C -c 2 {V4}",
            $"-f -c 20 {V4}", $"-f -i 0.05 -c 3 {V4}", $"-i 0 -c 3 {V4}", $"-I {NetworkNamespaces.InterfaceA} -c 1 {V4}",
            $"-I {NetworkNamespaces.AddressA} -c 1 {V4}", $"-I {NetworkNamespaces.InterfaceA} -c 1 {V6}",
            $"-I {NetworkNamespaces.Address6A} -c 1 {V6}", $"-M dont -s 3000 -c 1 {V4}", $"-p ff -c 1 {V4}", $"-p abc -c 1 {V4}",
            $"-q -c 2 {V4}", $"-Q 0x10 -c 1 {V4}", $"-R -c 3 {V4}", $"-T tsonly -c 2 {V4}", $"-s 16 -c 1 {V4}",
            $"-S 20000 -c 1 {V4}",
            $"-t 3 -c 1 {V4}", $"-U -c 1 {V4}", $"-w 1 -i 0.4 {V4}", $"-w 1 -i 0.4 -c 9 -q {V4}", $"-w 9 -c 2 {V4}",
            $"-W 3 -c 1 {V4}",
            "-O -W 0.2 -c 2 10.77.0.99",
        ];
        foreach (string run in runs)
        {
            string[] args = ["-n", .. run.Contains("-i ", StringComparison.Ordinal) ? [] : (string[])["-i", "0.1"],
                .. run.Split(' ')];
            args = run.StartsWith("-f -c", StringComparison.Ordinal) || run.StartsWith("-A", StringComparison.Ordinal)
                ? ["-n", .. run.Split(' ')] : args;
            AssertSame(pair, args);
        }
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void Duplicates_loss_and_an_interrupt_are_reported_alike()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, (sequence, request) => sequence switch
        {
            1 => [Answer.To(request), Answer.To(request)],
            2 => [],
            _ => [Answer.To(request)],
        });
        string[] args = ["-n", "-c", "4", "-i", "0.2", V4];
        (ToolResult theirs, ToolResult ours) = AssertSame(pair, args, sameOrder: false);
        Assert.Contains("(DUP!)", theirs.Output);
        Assert.Contains("+1 duplicates, 25% packet loss", ours.Output);

        string[] ends = [.. new[] { "ping", Repository.Binary("rawping") }.Select(program =>
        {
            using ToolProcess process = ToolProcess.LaunchCommand(
                program, ["-n", "-c", "1000", "-i", "0.2", V4], new RunOptions { Namespace = pair.A });
            process.ReadUntil("icmp_seq=4");
            string summary = Masked(process.Stop().Expect(0).Output);
            return Regex.Replace(summary[summary.IndexOf("\n\n---", StringComparison.Ordinal)..],
                "[0-9.]+%|[0-9]+ (packets|received)", "N");
        })];
        Assert.Equal(ends[0], ends[1]);
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void A_preload_is_sent_before_anything_is_read()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        foreach (string preload in new[] { "3", "50" })
        {
            string[] args = ["-n", "-q", "-c", preload, "-l", preload, "127.0.0.1"];
            foreach (string program in new[] { "ping", Repository.Binary("rawping") })
            {
                Assert.EndsWith($", pipe {preload}",
                    ToolProcess.RunCommand(program, args, new RunOptions { Namespace = single.A }).Expect(0).OutputLines[^1]);
            }
        }
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void A_broadcast_address_wants_a_letter()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolProcess.RunCommand("sh", ["-c", "echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts"],
            new RunOptions { Namespace = pair.B }).Expect(0);
        string[] args = ["-n", "-c", "2", "-i", "0.2", "10.77.0.255"];
        AssertSame(pair, args);
        Assert.Contains("ping broadcast? then -b",
            ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A }).Expect(2).Error);
        (_, ToolResult ours) = AssertSame(pair, ["-b", .. args]);
        Assert.Equal("rawping: WARNING: pinging broadcast address\n", ours.Error);
        Assert.Contains($"64 bytes from {V4}: icmp_seq=2", ours.Output);
    }

    [LabFact(Needs.Root, Needs.Script)]
    public void A_terminal_sees_the_dots_of_a_flood_as_they_come()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder silent = new(pair, (_, _) => []);
        using ToolProcess flood = ToolProcess.LaunchCommand(
            "script", ["-q", "-c", $"{Repository.Binary("rawping")} -n -f -w 60 {V4}", "/dev/null"],
            new RunOptions { Namespace = pair.A, KeepInputOpen = true });
        long deadline = Environment.TickCount64 + 30_000;
        while (!flood.OutputSoFar.Contains("data.\r\n....", StringComparison.Ordinal))
        {
            Assert.False(flood.HasExited || Environment.TickCount64 > deadline, $"no dots: {flood.OutputSoFar}");
            Thread.Sleep(20);
        }
    }

    [LabFact(Needs.Root)]
    public void A_file_gets_the_dots_in_large_blocks()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.Run(
            "rawping", ["-n", "-f", "-c", "2000", "127.0.0.1"], new RunOptions { Namespace = single.A }).Expect(0);
        Assert.Contains($"data.\n{string.Concat(Enumerable.Repeat(".\b \b", 2000))}\n---", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Replies_missing_at_the_deadline_are_exit_code_one()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        RunOptions there = new() { Namespace = single.A };
        ToolProcess.Run("rawping", ["-c", "9", "-i", "0.4", "-w", "1", "-q", "127.0.0.1"], there).Expect(1);
        ToolProcess.Run("rawping", ["-c", "2", "-i", "0.1", "-w", "20", "-q", "127.0.0.1"], there).Expect(0);
        ToolProcess.Run("rawping", ["-i", "0.4", "-w", "1", "-q", "127.0.0.1"], there).Expect(0);
    }

    /// <summary>Runs both, and compares all but the times.</summary>
    internal static (ToolResult Theirs, ToolResult Ours) AssertSame(NetworkNamespaces pair, string[] args, bool sameOrder = true)
    {
        RunOptions there = new() { Namespace = pair.A };
        ToolResult theirs = ToolProcess.RunCommand("ping", args, there);
        ToolResult ours = ToolProcess.Run("rawping", args, there);
        string text = string.Join(' ', args);
        (string a, string b) = ($"{text}\n{Masked(theirs.Output)}", $"{text}\n{Masked(ours.Output)}");
        Assert.Equal(sameOrder ? a : string.Join('\n', a.Split('\n').Order(StringComparer.Ordinal)),
            sameOrder ? b : string.Join('\n', b.Split('\n').Order(StringComparer.Ordinal)));
        Assert.True(theirs.ExitCode == ours.ExitCode, $"{text}: ping ended with {theirs.ExitCode}, rawping with {ours.ExitCode}");
        return (theirs, ours);
    }

    // Names, addresses and counts stay; times go, and the two lines that are ours alone.
    private static string Masked(string text)
    {
        text = Regex.Replace(text, "^(kernel transmit|round trip:).*\n", "", RegexOptions.Multiline);
        text = Regex.Replace(text, @"time=[0-9.]+|time [0-9]+ms|(?<= )[0-9.]+(/[0-9.]+)+(?= ms)|[0-9]+(?= absolute)", "T");
        text = Regex.Replace(text, "^\t-?[0-9]+$", "\tT", RegexOptions.Multiline);
        // The kernel's arp entry, not the tool, says how many wait at once.
        return Regex.Replace(text, "(, )?pipe [0-9]+", "");
    }
}
