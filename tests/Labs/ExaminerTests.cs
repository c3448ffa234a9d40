using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
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

    /// <summary>The faults of echo.c by their names there, and the trial that each fails first.</summary>
    private static readonly (string Fault, string FirstFailed)[] s_mutants =
    [
        ("READ_ONCE", "several-buffers"), ("ACCEPT_ONCE", "many-at-once"), ("WRITE_REST_LOST", "nothing-lost"),
        ("WRITE_SPINS", "others-go-on"),
        ("NO_EPOLLOUT", "goes-on-when-there-is-room"), ("CLOSES_EARLY", "half-close-answered"),
        ("NEVER_CLOSES", "half-close-ends"),
        ("SIGPIPE_ENDS", "resets"), ("ERROR_ENDS", "resets"), ("LEAKS", "descriptors"), ("EPOLLOUT_ALWAYS", "rest"),
        ("STRLEN", "bytes"),
        ("ONE_BLOCKS", "silent-clients"),
    ];

    [LabFact(Needs.Gcc)]
    public void The_first_failed_trial_names_the_fault()
    {
        string[] trials = TrialNames();
        ConcurrentBag<string> wrong = [];
        using TempFolder folder = new();
        (string Fault, string FirstFailed)[] servers = [.. s_mutants, ("RIGHT", "")];
        Parallel.ForEach(servers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, mutant =>
        {
            using ToolProcess server = Start(folder, mutant.Fault, out string port);
            string[] only = mutant.FirstFailed.Length > 0
                ? ["--only", string.Join(',', trials[..(Array.IndexOf(trials, mutant.FirstFailed) + 1)])] : [];
            ToolResult result = ToolProcess.Run(
                "epollecho", ["check", $"127.0.0.1:{port}", "--pid", $"{server.Id}", "--json", .. only],
                new() { Timeout = TimeSpan.FromSeconds(90) });
            using JsonDocument json = JsonDocument.Parse(result.Output);
            string[] failed = [.. json.RootElement.GetProperty("trials").EnumerateArray()
                .Where(trial => trial.GetProperty("passed").ValueKind == JsonValueKind.False)
                    .Select(trial => trial.GetProperty("name").GetString()!)];
            bool right = failed.Length == (mutant.FirstFailed.Length > 0 ? 1 : 0)
                && failed.FirstOrDefault("") == mutant.FirstFailed
                && result.ExitCode == failed.Length && json.RootElement.GetProperty("failed").GetInt32() == failed.Length;
            if (!right)
            {
                wrong.Add($"{mutant.Fault}: {result}");
            }
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
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
        ToolResult result = ToolProcess.Run("epollecho", ["check", address], new() { Timeout = TimeSpan.FromSeconds(90) })
            .Expect(0);
        Assert.EndsWith($"{address}: 13 passed, 0 failed, 2 not tried", result.OutputLines[^1], StringComparison.Ordinal);
    }

    [LabFact(Needs.Root, Needs.Gcc, Needs.Setpriv)]
    public void The_script_keeps_the_program_in_a_cage_and_hands_on_the_verdict()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("chmod", "755", folder.Path).Expect(0);
        Build(folder, "RIGHT");
        string command = $"touch {folder.File("written")} $TMPDIR/scratch; id -u; ls $TMPDIR; exec {folder.File("RIGHT")} $PORT";
        ToolResult right = Check("--port", "9099", "--only", "answers,descriptors", "bash", "-c", command).Expect(0);
        Assert.Contains("2 passed, 0 failed", right.Output, StringComparison.Ordinal);
        Assert.Contains("scratch", right.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("written")), "the program wrote outside of its cage");

        Build(folder, "STRLEN");
        ToolResult wrong = Check("--only", "answers,bytes", folder.File("STRLEN"), "8080").Expect(1);
        Assert.Contains("bytes    FAILED", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("usually: it treats the bytes as text", wrong.Output, StringComparison.Ordinal);

        Assert.Contains("ended with 1 before it listened on port 8080", Check("false").Expect(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "usage:")]
    [InlineData("sniffer true", "cannot be examined")]
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
    public void The_tool_refuses_in_a_line(string words, string reason) =>
        Assert.Contains(reason, Assert.Single(ToolProcess.Run("epollecho", words.Split(' ')).Expect(2).ErrorLines),
            StringComparison.Ordinal);

    /// <summary>
    /// The trials in their order, from the help, which is held against what is tried by the count of passed ones above.
    /// </summary>
    private static string[] TrialNames() =>
        TrialList().Match(ToolProcess.Run("epollecho", "check", "--help").Expect(0).Output)
            .Groups[1].Value.Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static ToolResult Check(params string[] args) => ToolProcess.RunCommand("bash", [s_check, "echo", .. args],
        new()
        {
            Timeout = TimeSpan.FromSeconds(60),
            Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries }
        });

    private static void Build(TempFolder folder, string fault) =>
        ToolProcess.RunCommand("gcc", "-O1", "-Wall", "-Werror", $"-DFAULT={fault}", "-o", folder.File(fault), s_source)
            .Expect(0);

    private static ToolProcess Start(TempFolder folder, string fault, out string port)
    {
        Build(folder, fault);
        ToolProcess server = ToolProcess.LaunchCommand("bash", "-c", $"ulimit -n $(ulimit -Hn); exec {folder.File(fault)} 0");
        port = server.ReadLine();
        return server;
    }

    [GeneratedRegex(@"^Trials: ([^.]*)\.", RegexOptions.Multiline)]
    private static partial Regex TrialList();
}
