using System.Net;
using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>The command lines of a report, typed as they stand there into the shell that the report names.</summary>
internal static class ReportCommands
{
    /// <summary>
    /// Runs each block of commands in a network of its own, for a few seconds: what ends by then must have worked, and what runs
    /// on must not have complained.
    /// </summary>
    /// <param name="report">The folder of the report.</param>
    public static void Run(string report)
    {
        string[] blocks = [.. Regex.Matches(File.ReadAllText(Path.Combine(report, "index.html")),
            "<pre class=\"command\">\n(.*?)\n\\s*</pre>", RegexOptions.Singleline)
            .Select(match => WebUtility.HtmlDecode(match.Groups[1].Value))];
        Assert.True(blocks.Length >= 12, $"only {blocks.Length} blocks of commands found");
        using TempFolder folder = new();
        for (int i = 0; i < blocks.Length; i++)
        {
            string place = Directory.CreateDirectory(folder.File($"{i}")).FullName;
            File.CreateSymbolicLink(Path.Combine(place, "lab-report"), report);
            File.WriteAllText(Path.Combine(place, "commands"), $"set -e\n{blocks[i]}\n");
        }

        string shell = Path.Combine(Repository.Root, "scripts/lab-net.sh");
        ToolProcess.RunCommand("bash", ["-c", $"seq 0 {blocks.Length - 1} | xargs -P 6 -I N bash -c 'cd N; "
            + $"timeout -s KILL 2.5 bash {shell} bash commands </dev/null >out 2>err; echo $? >code'"], new()
            {
                Folder = folder.Path,
                Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries },
                Timeout = TimeSpan.FromMinutes(2),
            }).Expect(0);
        for (int i = 0; i < blocks.Length; i++)
        {
            string error = File.ReadAllText(folder.File($"{i}/err"));
            string code = File.ReadAllText(folder.File($"{i}/code")).Trim();
            Assert.True(code is "0" or "137", $"{blocks[i]}\nended with {code}: {error}");
            Assert.True(!Regex.IsMatch(error, "--help|not found|No such|syntax error|EADDRINUSE|ECONNREFUSED"),
                $"{blocks[i]}\ncomplained: {error}");
        }
    }
}
