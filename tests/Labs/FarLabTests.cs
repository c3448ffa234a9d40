using System.Globalization;
using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/lab.sh --far, to hosts with a real ssh server and nothing but busybox.</summary>
[Collection(LabLanes.Peers)]
public sealed class FarLabTests
{
    private static readonly string s_scripts = Path.Combine(Repository.Root, "scripts");

    [LabFact(Needs.RealRoot, Needs.Ssh, Needs.Sshd, Needs.Busybox, Needs.Ss)]
    public void The_labs_run_from_the_archive_over_a_long_link_and_leave_nothing_there()
    {
        using SshHost host = new("sshd", far: true);
        string folder = Directory.CreateDirectory(host.Scratch("report")).FullName;
        using ToolProcess lab = host.LaunchLab(Path.Combine(Packed.Archive, "scripts"), "root",
            new Dictionary<string, string?> { ["QUICK"] = "1", ["LAB_REPORT"] = folder }, "--yes");
        lab.WaitForExit(TimeSpan.FromMinutes(4)).Expect(0);
        Assert.Empty(Leftover(host));

        string report = File.ReadAllText(Path.Combine(folder, "report.md"));
        Assert.Contains("The server there counted the same 4,000.", report, StringComparison.Ordinal);
        Assert.Contains("The server there counted the same 200.", report, StringComparison.Ordinal);
        Assert.Contains("| MTU of the path | 1,500 |", report, StringComparison.Ordinal);
        foreach (string row in (string[])["| 1,000 | 1,000 | 4,000 | 256,000 | 0 | 0 |", "| rawping | 5 | 5 |",
            "| rcvbuf=4194304 |", "| sndbuf=4194304 |", "| write-write-read | nodelay=off |"])
        {
            Assert.Contains(row, report, StringComparison.Ordinal);
        }

        // 10 ms each way; how close a run comes to that and to 100 Mbit/s is up to the machine.
        Assert.InRange(Number(report, @"round trip of an echo request \| ([\d.,]+) ms"), 19.9, 20_000);
        MatchCollection products = Regex.Matches(report, @"([\d.,]+) MB/s x ([\d.,]+) ms = ([\d,]+) kB are on the way");
        Assert.Equal(2, products.Count);
        foreach (Match product in products)
        {
            double[] number = [.. product.Groups.Values.Skip(1).Select(group => Number(group.Value, "(.*)"))];
            Assert.InRange(number[0], 0.1, 100);
            // Rate and round trip are rounded to a tenth.
            Assert.InRange(number[2],
                ((number[0] - 0.06) * (number[1] - 0.06)) - 1, ((number[0] + 0.06) * (number[1] + 0.06)) + 1);
        }

        Assert.DoesNotContain("Checklist", report, StringComparison.Ordinal);
        Assert.Contains("<section id=\"lab3\">", File.ReadAllText(Path.Combine(folder, "index.html")), StringComparison.Ordinal);
    }

    [LabTheory(Needs.RealRoot, Needs.Ssh, Needs.Sshd, Needs.Dropbear, Needs.Busybox, Needs.Ss)]
    [InlineData("sshd", Signals.SIGINT)]
    [InlineData("dropbear", Signals.SIGKILL)]
    public void What_went_there_is_private_and_goes_when_the_run_is_cut_short(string server, int signal)
    {
        using SshHost host = new(server);
        using ToolProcess lab = host.LaunchLab(s_scripts, "learner", new Dictionary<string, string?>
        {
            ["LAB_REPORT"] = host.Scratch("report"),
            ["NETTOOLS_BIN"] = Repository.Binaries,
        }, "--yes", "1");
        lab.ReadErrorUntil("a thousand connections");
        string folder = Assert.Single(Leftover(host));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        lab.Signal(signal);
        Assert.Equal(128 + signal, lab.WaitForExit(TimeSpan.FromSeconds(60)).ExitCode);
        Assert.True(SpinWait.SpinUntil(() => Leftover(host).Length == 0, TimeSpan.FromSeconds(60)), "something is left there");
    }

    [Theory]
    [InlineData("say --yes", "--far", "host")]
    [InlineData("is not a host", "--far", "-oProxyCommand=true", "--yes")]
    [InlineData("--far needs a value", "--far")]
    [InlineData("'4' is not a lab", "--far", "host", "--yes", "4")]
    [InlineData("is not 0 to 65535", "--far", "host", "--yes", "--port", "65536")]
    [InlineData("is not an IPv4 or IPv6 address", "--far", "host", "--yes", "--address", "a.example")]
    public void Nothing_is_sent_without_a_yes_or_to_what_is_not_a_host(string reason, params string[] args)
    {
        using TempFolder folder = new();
        string ssh = folder.File("ssh");
        File.WriteAllText(ssh, $"#!/bin/sh\necho \"$@\" >{folder.File("called")}\nexit 255\n");
        File.SetUnixFileMode(ssh, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ToolResult result = ToolProcess.RunCommand("bash", [Path.Combine(s_scripts, "lab.sh"), .. args], new RunOptions
        {
            Folder = folder.Path,
            Environment = new Dictionary<string, string?> { ["SSH"] = ssh, ["NETTOOLS_BIN"] = Repository.Binaries }
        }).Expect(2);
        Assert.Contains(reason, result.ErrorLines[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("called")));
        Assert.False(Directory.Exists(folder.File("lab-report-far")));
    }

    private static string[] Leftover(SshHost host) => Directory.GetFileSystemEntries(host.File("tmp"));

    private static double Number(string text, string pattern) =>
        double.Parse(Regex.Match(text, pattern).Groups[1].Value.Replace(",", ""), CultureInfo.InvariantCulture);
}
