using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Errors;

/// <summary>What a failing tool owes its user: one line that says what and why, the right exit code, no stack trace.</summary>
internal static class Complaint
{
    private static readonly string[] s_insides = ["   at ", "Unhandled", "Exception", "internal error", "System."];

    /// <summary>Runs a tool (in an optional wrapper such as prlimit) and checks its complaint.</summary>
    public static void Check(string command, int code, string[] says, RunOptions? options = null, params string[] wrapper)
    {
        string[] words = command.Split(' ');
        string binary = Repository.Binary(words[0]);
        string[] line = [.. wrapper, binary, .. words[1..]];
        Check(ToolProcess.RunCommand(line[0], line[1..], options ?? new RunOptions()), words[0], code, says);
    }

    /// <summary>Checks the complaint of a tool that has ended.</summary>
    public static void Check(ToolResult result, string tool, int code, params string[] says)
    {
        Assert.True(result.ExitCode == code, $"expected exit code {code}: {result}");
        Assert.True(result.ErrorLines.Length == 1 && result.Error.EndsWith('\n'), $"expected one line: {result}");
        Assert.StartsWith($"{tool}: ", result.Error);
        Assert.All(says, text => Assert.True(
            result.Error.Contains(text, StringComparison.Ordinal), $"expected \"{text}\": {result}"));
        Assert.All(s_insides, text => Assert.DoesNotContain(text, result.Error + result.Output, StringComparison.Ordinal));
    }
}
