using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

[Collection("lab")]
public class HelpTests
{
    /// <summary>Every command that has a page of help.</summary>
    public static TheoryData<string> Commands =>
    [
        "epollecho", "epollecho serve", "epollecho load", "epollecho send", "epollecho check", "rawping", "rawping check",
        "pktsniff", "pktsniff check", "pktsniff inject", "optbench",
        "optbench server", "optbench link", "muxbench", "muxbench compare",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_fits_80_columns_and_ends_with_examples(string command)
    {
        string[] words = command.Split(' ');
        ToolResult result = ToolProcess.Run(words[0], [.. words[1..], "--help"], new RunOptions()).Expect(0);
        Assert.Equal("", result.Error);
        Assert.StartsWith($"{command}: ", result.Output);
        Assert.All(result.OutputLines, line => Assert.True(line.Length <= 80, line));
        int examples = Array.IndexOf(result.OutputLines, "Examples:");
        Assert.True(examples > 0, "no examples");
        Assert.All(result.OutputLines[(examples + 1)..], line => Assert.StartsWith("  ", line));
        Assert.Contains(result.OutputLines[(examples + 1)..], line => line.Contains(command, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void Version_is_one_line(string tool)
    {
        ToolResult result = ToolProcess.Run(tool, "--version").Expect(0);
        Assert.Matches($@"^{tool} \d+\.\d+\.\d+( \([0-9a-f]{{12}}(-modified)?\))?\n$", result.Output);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public void Ping_has_a_letter_for_its_version() => Assert.Equal(
        ToolProcess.Run("rawping", "--version").Expect(0).Output, ToolProcess.Run("rawping", "-V").Expect(0).Output);

    public static TheoryData<string> Tools => [.. Repository.Tools];
}
