using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>The labs as a learner runs them, with the smaller loads of QUICK=1.</summary>
[Collection("lab")]
public sealed class LabReportTests
{
    private static readonly string s_scripts = Path.Combine(Repository.Root, "scripts");

    [LabFact(Needs.Root, Needs.Ab, Needs.Ss, Needs.Tcpdump, Needs.Tshark, Needs.Ping, Needs.Curl, Needs.Iperf3, Needs.Gnuplot)]
    public void Fills_every_row_of_the_report()
    {
        using TempFolder folder = new();
        RunLabs(s_scripts, "all", folder.Path, new() { ["NETTOOLS_BIN"] = Repository.Binaries }).Expect(0);

        Assert.False(File.Exists(folder.File("missing.txt")), "every peer is installed here");
        string report = File.ReadAllText(folder.File("report.md"));
        string[] rows = [.. report.Split('\n').Where(line => line.StartsWith('|'))];
        foreach (string expected in (string[])
            [
                "| 1,000 |", "| 10,000 |", "| closes: FIN | EPOLLIN", "| closes with data unread: RST | EPOLLIN",
                "| epoll | ab |", "| epoll | epollecho load |", "| fork | ab |", "| fork | epollecho load |",
                "| frames, byte for byte |", "| decoded fields, frame by frame |", "| ARP request |", "| ICMPv6 type 135",
                "| rawping |", "| rawping, by the kernel's clock |", "| ping |",
                "| an IPv4 header and an ICMP echo |", "| a datagram to a group |", "| an Ethernet frame of an unknown type |",
                "| ping-pong | nodelay=off |", "| ping-pong | nodelay=on |", "| ping-pong | sockperf",
                "| write-write-read | nodelay=off |", "| write-write-read | nodelay=on |",
                "| rcvbuf=4096 |", "| rcvbuf=262144 |", "| rcvbuf=4194304 |", "| rcvbuf=auto |",
                "| select | 1,000 | -1 |", "| poll | 1,000 | -1 |", "| epoll | 1,000 | -1 |", "| poll | 1,000 | 0 |",
                "| sndbuf=4096 |", "| cork=on",
            ])
        {
            Assert.Contains(rows, row => row.StartsWith(expected, StringComparison.Ordinal));
        }

        Assert.Equal(4, rows.Count(row => System.Text.RegularExpressions.Regex.IsMatch(row, @"^\| [0-3] \| \d+ \| [\d,]+ \|")));
        // iperf3 can neither leave the window to the kernel's tuning and name it, nor set it late.
        Assert.All(rows, row => Assert.True(
            row.Contains("rcvbuf=auto") || row.Contains("rcvbuf-late=") || row.Contains("| | |")
                || !row.Split('|')[1..^1].Any(cell => cell.Trim() is "" or "-"),
            $"a cell is empty: {row}"));

        Assert.Contains(rows, row => row.StartsWith("| TCP_NODELAY | yes, Lab 3 |", StringComparison.Ordinal)); // the checklist
        string page = File.ReadAllText(folder.File("index.html"));
        Assert.Equal(7, page.Split("<svg").Length - 1);
        if (Requirements.ReasonToSkip(Needs.Chromium) is null)
        {
            Assert.Empty(RenderedPage.Faults(folder.File("index.html"), 390));
            Assert.Empty(RenderedPage.Faults(folder.File("index.html"), 1280));
        }

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        foreach (string raw in (string[])["lab1/ss.txt", "lab2/pktsniff.pcap", "lab2/tcpdump.pcap", "lab3/nodelay.csv",
            "lab3/sweep.csv"])
        {
            Assert.True(new FileInfo(folder.File(raw)) is { Exists: true, Length: > 0 }, $"{raw} is missing");
        }

        ReportCommands.Run(folder.Path);
    }

    [LabFact(Needs.Root)]
    public void A_failed_step_is_told_in_its_place_and_the_rest_goes_on()
    {
        using TempFolder folder = new();
        string programs = Directory.CreateDirectory(folder.File("bin")).FullName;
        foreach (string tool in Repository.Tools)
        {
            File.CreateSymbolicLink(Path.Combine(programs, tool), Repository.Binary(tool));
        }

        string broken = Path.Combine(programs, "rawping");
        File.Delete(broken);
        File.WriteAllText(
            broken, $"#!/bin/sh\ncase \"$*\" in *--hdrincl*) exec {Repository.Binary("rawping")} \"$@\" ;; *) echo broken >&2; "
                + $"exit 1 ;; esac\n");
        File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string report = folder.File("report");
        ToolResult result = RunLabs(s_scripts, "2", report, new() { ["NETTOOLS_BIN"] = programs }).Expect(1);
        Assert.Contains("FAILED: rawping beside ping", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("Steps that failed:\n  lab 2: rawping beside ping\n", result.Error, StringComparison.Ordinal);
        string text = File.ReadAllText(Path.Combine(report, "report.md"));
        int before = text.IndexOf("### A sniffer beside tcpdump", StringComparison.Ordinal);
        int told = text.IndexOf("> Note: This step failed: rawping beside ping", StringComparison.Ordinal);
        int after = text.IndexOf("### Packets and frames made by hand", StringComparison.Ordinal);
        Assert.True(0 < before && before < told && told < after, text);
        Assert.Contains("> Steps that failed: lab 2: rawping beside ping", text, StringComparison.Ordinal);
        Assert.Contains("broken", File.ReadAllText(Path.Combine(report, "lab2", "steps.log")), StringComparison.Ordinal);
    }

    [LabFact(Needs.Root)]
    public void Goes_on_without_peers_from_a_folder_of_binaries()
    {
        using TempFolder folder = new();
        string programs = Directory.CreateDirectory(folder.File("programs")).FullName;
        foreach (string program in (string[])
            [
                "bash", "sh", "ip", "unshare", "mount", "id", "awk", "sed", "grep", "cat", "mkdir", "rm", "touch", "sleep",
                "sort", "head", "wc", "od", "mktemp", "ln", "cp", "mv", "basename", "seq", "tail", "uniq", "env", "ls",
                "readlink",
                "diff", "printf", "paste", "tr", "tee", "uname", "nproc", "date", "dirname", "cut", "true", "test",
            ])
        {
            string path = ((string[])["/usr/bin", "/bin", "/usr/sbin", "/sbin"]).Select(place => Path.Combine(place, program))
                .First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(programs, program), path);
        }

        ToolProcess.RunCommand("cp", "-r", s_scripts, folder.File("scripts")).Expect(0);
        foreach (string tool in Repository.Tools)
        {
            File.Copy(Repository.Binary(tool), folder.File(tool));
        }

        string report = folder.File("report");
        ToolResult result = RunLabs(folder.File("scripts"), "2", report, new() { ["PATH"] = programs }).Expect(0);
        Assert.Contains("(tcpdump is not installed: going on without it)", result.Error, StringComparison.Ordinal);
        string text = File.ReadAllText(Path.Combine(report, "report.md"));
        Assert.Contains("Not installed here, so left out: ", text, StringComparison.Ordinal);
        Assert.Contains("| rawping | 5 | 5 |", text, StringComparison.Ordinal);
        Assert.Contains("| ARP request |", text, StringComparison.Ordinal);
    }

    [LabFact(Needs.Root)]
    public void Network_goes_with_its_script_even_by_sigkill()
    {
        string before = ToolProcess.RunCommand("ip", "netns", "list").Output;
        using ToolProcess network = ToolProcess.LaunchCommand(
            "bash", [Path.Combine(s_scripts, "lab-net.sh"), "bash", "-c",
                "echo inside $(ip netns identify $$); exec sleep 1000.77"], new());
        Assert.Equal("inside near", network.ReadLine());
        Assert.Equal(before, ToolProcess.RunCommand("ip", "netns", "list").Output);
        network.Signal(Signals.SIGKILL);
        network.WaitForExit(RunOptions.DefaultTimeout);

        DateTime giveUp = DateTime.UtcNow + RunOptions.DefaultTimeout;
        while (SleeperIsThere())
        {
            Assert.True(DateTime.UtcNow < giveUp, "a process of the lab network outlived it");
            Thread.Sleep(20);
        }
    }

    /// <summary>The commands of the multicast line and the sniffer's, as the report shows them: no race is lost.</summary>
    [LabFact(Needs.Root)]
    public void Commands_that_need_a_listener_wait_for_it()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("commands"), """
            set -e; . "$LIB/common.sh"
            for i in 1 2 3; do
              eval "$READY_FIFO"
              eval "ip netns exec far epollecho serve --udp --group 239.1.2.3 --interface far0 -p 9000 --json >member$i $READY"
              epollecho send --group 239.1.2.3:9000 --interface near0 -n 3 hello
              for j in {1..100}; do kill -USR1 $!; grep -q '"bytes_received":15,' member$i && break; sleep 0.05; done
              kill $!; wait $! || true
            done
            """);
        ToolProcess.RunCommand("bash", [Path.Combine(s_scripts, "lab-net.sh"), "bash", "commands"], new()
        {
            Folder = folder.Path,
            Environment = new Dictionary<string, string?>
            {
                ["NETTOOLS_BIN"] = Repository.Binaries,
                ["LIB"] = Path.Combine(s_scripts, "lib"),
            },
        }).Expect(0);
        Assert.All(Enumerable.Range(1, 3), i => Assert.Contains("\"bytes_received\":15,",
            File.ReadAllText(folder.File($"member{i}")), StringComparison.Ordinal));
    }

    [Fact]
    public void Refuses_a_lab_that_is_not_there()
    {
        ToolResult result = ToolProcess.RunCommand("bash", Path.Combine(s_scripts, "lab.sh"), "4").Expect(2);
        Assert.Equal(["usage: lab.sh [--far [USER@]HOST [OPTION...]] [1|2|3|all]"], result.ErrorLines);
    }

    private static ToolResult RunLabs(string scripts, string labs, string report, Dictionary<string, string?> environment)
    {
        environment["QUICK"] = "1";
        environment["LAB_REPORT"] = report;
        return ToolProcess.RunCommand("/bin/bash", [Path.Combine(scripts, "lab.sh"), labs],
            new() { Environment = environment, Timeout = TimeSpan.FromMinutes(6) });
    }

    private static bool SleeperIsThere() => Directory.EnumerateDirectories("/proc").Any(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).StartsWith("sleep\01000.77", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // not a process, or gone meanwhile
        }
    });
}
