using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>The commands that README, manuals and help show.</summary>
[Collection("lab")]
public sealed partial class ExampleTests
{
    private static readonly string s_readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    /// <summary>
    /// The session of the README as it stands there: <c>$</c> in <c>make shell</c>, <c>#</c> in the shell of lab-net.sh.
    /// </summary>
    [LabFact(Needs.Root)]
    public void The_session_of_the_README_runs_as_written()
    {
        int begin = s_readme.IndexOf("## What it looks like", StringComparison.Ordinal);
        string session = s_readme[begin..s_readme.IndexOf("\nEvery tool", begin, StringComparison.Ordinal)];
        string[] commands = [.. SessionLine().Matches(session).Select(match => match.Groups[1].Value)];
        Assert.True(commands.Length >= 7, $"only {commands.Length} commands found");
        string script = string.Concat(commands.Select(command =>
            $"{command}\n" + (command is "exit" ? "" : $"echo \"ended with $?: {Quoted(command)}\"\n")));
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.RunCommand("make", ["-C", Repository.Root, "--no-print-directory", "shell"], new()
        {
            Namespace = lab.A,
            Input = System.Text.Encoding.UTF8.GetBytes(script),
            Environment = new Dictionary<string, string?> { ["SHELL"] = "/bin/bash" },
            Timeout = TimeSpan.FromSeconds(90),
        });
        Assert.All(commands.Where(command => command != "exit"
            && !command.StartsWith("scripts/lab-net.sh", StringComparison.Ordinal)),
            command => Assert.Contains($"ended with 0: {command}\n", result.Output, StringComparison.Ordinal));
        Assert.Contains("10000 answered", result.Output, StringComparison.Ordinal);
        Assert.Contains("100 received, 0% packet loss", result.Output, StringComparison.Ordinal);
        Assert.Contains("IPv4 8.8.8.8 > 10.99.0.1: ICMP echo reply", result.Output, StringComparison.Ordinal);
        Assert.Contains("nodelay=on", result.Output, StringComparison.Ordinal);
    }

    /// <summary>
    /// Every tool's line in README, manuals, help and checklist is run for a moment, where its names exist: none is refused.
    /// </summary>
    [LabFact(Needs.Root, Needs.Mandoc)]
    public void Every_example_is_understood()
    {
        string[] examples = [.. Examples().Distinct()];
        Assert.True(examples.Length > 60, $"only {examples.Length} examples found");
        using TempFolder folder = new();
        File.WriteAllBytes(folder.File("a.pcap"), TinyCapture.Bytes);
        File.WriteAllText(folder.File("hosts.txt"), "8.8.8.8\n10.99.0.2\n");
        File.WriteAllText(folder.File("examples"), string.Join('\0', examples));
        File.WriteAllText(folder.File("run"), """
            ip link add eth0 type veth peer name veth0; ip link set eth0 up; ip link set veth0 up
            ip address add 192.0.2.1/24 dev eth0
            sudo() { "$@"; }
            run() { timeout -k 1 0.8 bash -c "$1" </dev/null >"$2.out" 2>"$2.err"; echo $? >"$2.code"; }
            export -f sudo run
            number=0
            while IFS= read -r -d '' example || [ -n "$example" ]; do
              number=$((number + 1))
              printf '%s\0%s\0' "$example" $number
            done <examples | xargs -0 -n 2 -P 4 bash -c 'run "$1" "$2"' bash
            """);
        ToolProcess.RunCommand("bash", [Path.Combine(Repository.Root, "scripts/lab-net.sh"), "bash", "run"], new()
        {
            Folder = folder.Path,
            Timeout = TimeSpan.FromMinutes(4),
            Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries },
        }).Expect(0);
        List<string> refused = [];
        for (int i = 0; i < examples.Length; i++)
        {
            string error = File.ReadAllText(folder.File($"{i + 1}.err"));
            if (error.Contains("--help", StringComparison.Ordinal) || error.Contains("unbound variable", StringComparison.Ordinal)
                || error.Contains("syntax error", StringComparison.Ordinal)
                    || error.Contains("experiment", StringComparison.Ordinal))
            {
                refused.Add($"{examples[i]}\n    {error.Trim()}");
            }
        }

        Assert.True(refused.Count == 0, string.Join('\n', refused));
    }

    [Fact]
    public void Make_knows_every_target_that_the_README_names()
    {
        foreach (string target in MakeTarget().Matches(s_readme).Select(match => match.Groups[1].Value).Distinct())
        {
            ToolProcess.RunCommand("make", ["-n", "-C", Repository.Root, target], new()).Expect(0);
        }
    }

    [Fact]
    public void The_shells_have_the_tools_on_PATH()
    {
        ToolResult shell = ToolProcess.RunCommand("make", ["-C", Repository.Root, "--no-print-directory", "shell"],
            new()
            {
                Input = "command -v rawping; exit 3\n"u8.ToArray(),
                Environment = new Dictionary<string, string?> { ["SHELL"] = "/bin/bash" }
            });
        Assert.Contains(Path.Combine(Repository.Root, "artifacts/linux-x64/rawping"), shell.Output, StringComparison.Ordinal);
    }

    /// <summary>No text of the repository links to a file that is not there.</summary>
    [Fact]
    public void Links_lead_somewhere()
    {
        foreach (string page in ToolProcess.RunCommand("git", "-C", Repository.Root, "ls-files", "*.md").Expect(0).OutputLines)
        {
            string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;
            foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                Assert.True(target.Length == 0 || target.Contains("://", StringComparison.Ordinal)
                    || Path.Exists(Path.Combine(folder, target)), $"{page} links to {target}");
            }
        }
    }

    private static IEnumerable<string> Examples()
    {
        List<string> texts = [s_readme,
            .. Directory.GetFiles(Path.Combine(Repository.Root, "scripts/lib"), "checklist.tsv").Select(File.ReadAllText)];
        foreach (string tool in Repository.Tools)
        {
            string folder = Path.Combine(Repository.Root, "tools", tool);
            texts.Add(File.ReadAllText(Path.Combine(folder, "README.md")));
            string page = Overstrike().Replace(ToolProcess.RunCommand(
                "mandoc", "-T", "ascii", "-O", "width=200", Path.Combine(folder, $"{tool}.1")).Expect(0).Output, "");
            texts.Add(ManualExamples().Match(page).Value);
        }

        foreach (string command in Binaries.HelpTests.Commands)
        {
            string[] words = command.Split(' ');
            string help = ToolProcess.Run(words[0], [.. words[1..], "--help"]).Expect(0).Output;
            texts.Add(help[help.IndexOf("\nExamples:", StringComparison.Ordinal)..]);
        }

        foreach (Match match in texts.SelectMany(text => (IEnumerable<Match>)Example().Matches(Continued().Replace(text, " "))))
        {
            string example = (match.Groups[1].Success ? match.Groups[1] : match.Groups[2]).Value;
            example = Comment().Replace(example, "").TrimEnd();
            // Words in capitals and brackets stand for something; three dots for more of the same.
            if (!Placeholder().IsMatch(example))
            {
                yield return example;
            }
        }
    }

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("$", "\\$", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal);

    [GeneratedRegex(@"^    [$#] (.*?)(?: {2,}#.*)?$", RegexOptions.Multiline)]
    private static partial Regex SessionLine();

    /// <summary>A line that begins with a tool, or a tool with arguments between backticks in a table.</summary>
    [GeneratedRegex(@"^ *(?:[$#] )?((?:sudo )?(?:epollecho|rawping|pktsniff|optbench|muxbench) .*)$"
        + @"|(?<=^\|.*)`((?:sudo )?(?:epollecho|rawping|pktsniff|optbench|muxbench) [^`]*)`", RegexOptions.Multiline)]
    private static partial Regex Example();

    /// <summary>What stands beside a command: behind a number sign, or behind two spaces.</summary>
    [GeneratedRegex(@" +# .*$|\s{2,}.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"\b[A-Z][A-Z]+\b(?!\=)|\.\.\.|\[[A-Z-]|\b[NSB]\b|^\w+ (server|link|serve|load|inject|send|list)?$|: |,$"
            + "| (is|are|and|takes|does|has|with|on) ")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(?:^    |`)make ([a-z0-9]+)\b", RegexOptions.Multiline)]
    private static partial Regex MakeTarget();

    [GeneratedRegex(@"\\\n *")]
    private static partial Regex Continued();

    [GeneratedRegex(@"^EXAMPLES\n(^(?![A-Z]).*\n?)*", RegexOptions.Multiline)]
    private static partial Regex ManualExamples();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(".\b")]
    private static partial Regex Overstrike();
}
