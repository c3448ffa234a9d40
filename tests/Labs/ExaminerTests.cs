using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>
/// epollecho check and scripts/check.sh: right servers pass, and the first trial a wrong one fails names its fault.
/// </summary>
[Collection(LabLanes.Peers)]
public sealed partial class ExaminerTests
{
    private static readonly string s_check = Path.Combine(Repository.Root, "scripts/check.sh");
    private static readonly string s_source = Path.Combine(Repository.Root, "tests/Labs/Mutants/echo.c");

    private static readonly string[] s_long = ["flood-starves-nobody", "descriptors", "memory"];

    [LabFact(Needs.Gcc)]
    public void The_first_failed_trial_names_the_fault()
    {
        using TempFolder folder = new();
        using NetworkNamespaces? network = Mutant.CanIsolate ? NetworkNamespaces.Single() : null;
        string[] trials = TrialNames();
        Mutant.AssertFaultsAreNamed("echo", mutant =>
        {
            string port = $"{FreePort.Tcp()}";
            Build(folder, mutant.Fault);
            // In the suite each runs to its fault; what takes long is for the right one, and for those who fail it.
            string[] until = mutant.First.Length == 0 ? [.. trials.Except(["ten-thousand", "ipv6"])]
                : trials[..(Array.IndexOf(trials, mutant.First) + 1)];
            string[] only = Mutant.Soak ? [] : ["--only", string.Join(',', mutant.Fault == "RIGHT" ? until
                : until.Except(s_long.Except([mutant.First])))];
            return ToolProcess.Run(
                "epollecho", ["check", $"127.0.0.1:{port}", "--json", .. only, "--", folder.File(mutant.Fault), port],
                new() { Timeout = TimeSpan.FromSeconds(240), Namespace = network?.A });
        });
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("level")]
    [InlineData("fork")]
    public void Our_own_servers_pass(string model)
    {
        string[] options = model == "fork" ? ["--model", "fork"] : ["--trigger", model];
        using ToolProcess server = ToolProcess.Launch(
            "epollecho", ["serve", "--address", "127.0.0.1", "-p", "0", "--json", .. options]);
        string address = JsonDocument.Parse(server.ReadUntil("listening")).RootElement.GetProperty("address").GetString()!;
        string only = string.Join(',', TrialNames().Except(["ten-thousand", "ipv6"]));
        ToolResult result = ToolProcess.Run("epollecho", ["check", address, "--only", only],
            new() { Timeout = TimeSpan.FromSeconds(90) })
            .Expect(0);
        Assert.EndsWith($"{address}: 14 passed, 0 failed, 6 not tried", result.OutputLines[^1], StringComparison.Ordinal);
    }

    [LabFact(Needs.Root, Needs.Gcc, Needs.Setpriv)]
    public void The_script_keeps_the_program_in_a_cage_and_hands_on_the_verdict()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("chmod", "755", folder.Path).Expect(0);
        Build(folder, "RIGHT");
        string command = $"touch {folder.File("written")} $TMPDIR/scratch; id -u; ls $TMPDIR; echo complaint >&2; "
            + $"exec {folder.File("RIGHT")} $PORT";
        ToolResult right = Check("--port", "9099", "--only", "answers,restarts", "bash", "-c", command).Expect(0);
        Assert.Contains("2 passed, 0 failed", right.Output, StringComparison.Ordinal);
        Assert.Contains("scratch", right.Error, StringComparison.Ordinal);
        Assert.Contains("complaint", right.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("written")), "the program wrote outside of its cage");

        Build(folder, "STRLEN");
        File.WriteAllText(folder.File("points"), "answers 3 # the least\nbytes 4\n");
        ToolResult wrong = Check("--only", "answers,bytes", "--html", folder.File("page"), "--junit", folder.File("junit"),
            "--gradescope", folder.File("results"), "--points", folder.File("points"), folder.File("STRLEN"), "8080").Expect(1);
        Assert.Contains("bytes    FAILED", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("usually: it treats the bytes as text", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("<td class=\"failed\">FAILED</td>", File.ReadAllText(folder.File("page")), StringComparison.Ordinal);
        XElement suite = XDocument.Load(folder.File("junit")).Root!.Element("testsuite")!;
        Assert.Equal(("2", "1"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value));
        Assert.Equal("bytes", Assert.Single(suite.Descendants("failure")).Parent!.Attribute("name")!.Value);
        JsonElement grades = JsonDocument.Parse(File.ReadAllText(folder.File("results"))).RootElement;
        Assert.Equal(3, grades.GetProperty("score").GetDouble());
        Assert.Equal([3.0, 4.0],
            grades.GetProperty("tests").EnumerateArray().Select(test => test.GetProperty("max_score").GetDouble()));

        Assert.Contains("ended with 1 before it listened on port 8080", Check("false").Expect(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "usage:")]
    [InlineData("router true", "cannot be examined")]
    [InlineData("echo", "no program to examine")]
    [InlineData("echo --port 0 true", "is not a port")]
    [InlineData("echo /nonexistent/server", "there is no program")]
    public void The_script_refuses_in_a_line(string words, string reason)
    {
        ToolResult result = ToolProcess.RunCommand("bash", [s_check, .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
            .Expect(2);
        Assert.Contains(reason, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check", "HOST:PORT is missing")]
    [InlineData("check 127.0.0.1:1", "ECONNREFUSED")]
    [InlineData("check 127.0.0.1:1 --only nonsense", "'nonsense' is not a trial")]
    [InlineData("check 127.0.0.1:1 --pid 0", "--pid 0: out of range")]
    [InlineData("check 127.0.0.1:1 --points /dev/null", "--points is for --gradescope")]
    [InlineData("check 127.0.0.1:1 --html /nonexistent/page", "creating /nonexistent/page: ENOENT")]
    [InlineData("check 127.0.0.1:1 -- false", "ended with 1 before it listened on port 1")]
    public void The_tool_refuses_in_a_line(string words, string reason) =>
        Assert.Contains(reason, Assert.Single(ToolProcess.Run("epollecho", words.Split(' ')).Expect(2).ErrorLines),
            StringComparison.Ordinal);

    /// <summary>
    /// The trials in their order, from the help, which is held against what is tried by the count of passed ones above.
    /// </summary>
    private static string[] TrialNames() =>
        [.. TrialList().Matches(ToolProcess.Run("epollecho", "check", "--help").Expect(0).Output)
            .SelectMany(list => list.Groups[1].Value.Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries))];

    private static ToolResult Check(params string[] args) => ToolProcess.RunCommand("bash", [s_check, "echo", .. args],
        new()
        {
            Timeout = TimeSpan.FromSeconds(60),
            Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries }
        });

    private static void Build(TempFolder folder, string fault) =>
        ToolProcess.RunCommand("gcc", "-O1", "-Wall", "-Werror", $"-DFAULT={fault}", "-o", folder.File(fault), s_source)
            .Expect(0);

    [GeneratedRegex(@"^(?:Trials|In the profile full|Noted, not judged): ([^.]*)\.", RegexOptions.Multiline)]
    private static partial Regex TrialList();
}
