using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/lab.sh and lab-net.sh where something is missing, and what labs run one by one keep of each other.</summary>
[Collection("lab")]
public sealed class LabScriptTests
{
    private static readonly string s_scripts = Path.Combine(Repository.Root, "scripts");

    [Fact]
    public void Without_iproute2_the_reason_is_a_line_and_stands_in_the_report()
    {
        using TempFolder folder = new();
        // A root without /sbin, because the scripts look there too.
        ToolResult result = Lab(folder,
            $"ln -s $(type -P bash awk sed grep cat mkdir rm sort tail head uname nproc date dirname cut paste tr od id "
                + $"unshare mount) path/; ", "all", 2);
        Assert.Equal(["lab: ip is missing: apt-get install iproute2"], result.ErrorLines);
        string report = File.ReadAllText(folder.File("report/report.md"));
        Assert.Contains("> Note: This lab could not run: ip is missing: apt-get install iproute2.", report,
            StringComparison.Ordinal);
        Assert.Contains("> Steps that failed: lab 1 could not run: ip is missing", report, StringComparison.Ordinal);
        Assert.DoesNotContain("yes, Lab", report, StringComparison.Ordinal);
        Assert.Contains("could not run", File.ReadAllText(folder.File("report/index.html")), StringComparison.Ordinal);
    }

    /// <summary>The sentence about iperf3 over a long link, from the measured rates of both.</summary>
    [Theory]
    [InlineData("104.5", "is within a tenth in every row")]
    [InlineData("150", "differs by more than a tenth here: 65536 bytes 100.00 against 150.00 MB/s")]
    [InlineData("0", "differs by more than a tenth here: 65536 bytes 100.00 against none MB/s")]
    public void The_rate_of_iperf3_is_compared_in_words(string theirs, string sentence)
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("link-iperf3.tsv"), $"4096\t0.2\n65536\t{theirs}\n");
        File.WriteAllText(folder.File("link.tsv"),
            "rcvbuf\t-\tMB/s\trcvbuf=4096\t4096\t4096\t0.2\nrcvbuf\t-\tMB/s\trcvbuf=65536\t65536\t65536\t100\n");
        ToolResult result = ToolProcess.RunCommand("bash", ["-euc", $$"""
            LIB={{s_scripts}}/lib RAW=. IPERF_SECONDS=5; paragraph() { echo "$*"; }
            eval "$(sed -n '/^iperf3_agrees() {/,/^}/p' {{s_scripts}}/lab3.sh)"
            iperf3_agrees
            """], new() { Folder = folder.Path }).Expect(0);
        Assert.Contains(sentence, result.Output, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length); // and nothing was written beside them
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Without_permission_for_namespaces_the_reason_is_a_line()
    {
        using TempFolder folder = new();
        ToolResult result = ToolProcess.RunCommand(
            "setpriv", ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "bash", Path.Combine(s_scripts, "lab.sh"), "3"],
            new()
            {
                Environment = new Dictionary<string, string?>
                {
                    ["LAB_REPORT"] = folder.File("report"),
                    ["NETTOOLS_BIN"] = Repository.Binaries
                }
            }).Expect(2);
        Assert.StartsWith("lab: root here may not make namespaces: CAP_SYS_ADMIN is missing", Assert.Single(result.ErrorLines),
            StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("report/index.html")), "no report");
    }

    [LabFact(Needs.Root)]
    public void Labs_run_one_by_one_keep_what_the_others_missed()
    {
        using TempFolder folder = new();
        // Steps that fail at once: no binary does anything.
        string programs = Directory.CreateDirectory(folder.File("bin")).FullName;
        foreach (string tool in Repository.Tools)
        {
            File.WriteAllText(Path.Combine(programs, tool), "#!/bin/sh\nexit 1\n");
            File.SetUnixFileMode(Path.Combine(programs, tool), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.WriteAllText(folder.File("lab1.sh"), "");
        ToolProcess.RunCommand("cp", "-r", s_scripts, folder.File("scripts")).Expect(0);
        foreach ((string lab, string peer) in (ReadOnlySpan<(string, string)>)[("1", "peer-one"), ("2", "peer-two")])
        {
            File.WriteAllText(folder.File($"scripts/lab{lab}.sh"), $$"""
                set -eu; . "$LIB/common.sh"; . "$LIB/report.sh"; RAW=$REPORT/lab{{lab}}; LAB_NAME="lab {{lab}}"
                begin_section lab{{lab}} "Lab {{lab}}"; step 1 "step of {{lab}}" false; have {{peer}} || true; end_section
                """);
            ToolProcess.RunCommand("bash", [folder.File("scripts/lab.sh"), lab], new()
            {
                Environment = new Dictionary<string, string?>
                {
                    ["LAB_REPORT"] = folder.File("report"),
                    ["NETTOOLS_BIN"] = programs
                },
            }).Expect(1);
        }

        string report = File.ReadAllText(folder.File("report/report.md"));
        Assert.Contains("Not installed here, so left out: peer-one, peer-two.", report, StringComparison.Ordinal);
        Assert.Contains("Steps that failed: lab 1: step of 1; lab 2: step of 2.", report, StringComparison.Ordinal);
    }

    [LabFact(Needs.Root)]
    public void The_shell_of_the_lab_has_the_tools_on_PATH()
    {
        ToolResult result = ToolProcess.RunCommand("bash", [Path.Combine(s_scripts, "lab-net.sh")], new()
        {
            Input = "command -v rawping\nrawping -q -c 1 8.8.8.8\n"u8.ToArray(),
            Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries, ["SHELL"] = "/bin/bash" },
        }).Expect(0);
        Assert.Contains($"{Repository.Binaries}/rawping", result.Output, StringComparison.Ordinal);
        Assert.Contains("1 received", result.Output, StringComparison.Ordinal);
    }

    /// <summary>lab.sh with nothing on PATH but what the preparation puts into the folder path.</summary>
    private static ToolResult Lab(TempFolder folder, string preparation, string lab, int code)
    {
        ToolProcess.RunCommand("cp", "-r", s_scripts, folder.File("scripts")).Expect(0);
        ToolProcess.RunCommand("bash", ["-ec", $"mkdir path; {preparation} sed -i 's#^PATH=.*##' scripts/lab-net.sh"],
            new() { Folder = folder.Path }).Expect(0);
        return ToolProcess.RunCommand("/bin/bash", [folder.File("scripts/lab.sh"), lab], new()
        {
            Environment = new Dictionary<string, string?>
            {
                ["PATH"] = folder.File("path"),
                ["LAB_REPORT"] = folder.File("report"),
                ["NETTOOLS_BIN"] = Repository.Binaries,
            },
        }).Expect(code);
    }
}
