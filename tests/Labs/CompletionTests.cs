using System.Text.RegularExpressions;
using NetTools.Tests.Binaries;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/completions.bash: what TAB offers, with the tools as they are.</summary>
[Collection("lab")]
public sealed class CompletionTests
{
    public static TheoryData<string> Commands => HelpTests.Commands;

    [Theory]
    [MemberData(nameof(Commands))]
    public void Offers_every_option_of_the_verb_and_no_other(string command)
    {
        string[] words = command.Split(' ');
        string help = ToolProcess.Run(words[0], [.. words[1..], "--help"]).Expect(0).Output;
        string[] options = [.. Regex.Matches(help, @"^  (?:-\S[^,\n]*, )?(--[a-z0-9-]+)", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value)];
        string[] offered = [.. Complete($"{command} --").Where(word => word.StartsWith("--", StringComparison.Ordinal))];
        Assert.Equal(options.Order(), offered.Order());
    }

    [Theory]
    [InlineData("epollecho ", "serve load send")]
    [InlineData("epollecho l", "load")]
    [InlineData("epollecho serve --model ", "epoll fork")]
    [InlineData("epollecho serve --model=f", "fork")]
    [InlineData("epollecho serve --trigger ", "edge level")]
    [InlineData("muxbench --mechanisms ", "select poll ppoll epoll epoll-et epoll-oneshot epoll-pwait2 uring all")]
    [InlineData("muxbench --mechanisms select,epoll-e", "select,epoll-et")]
    [InlineData("muxbench --kind t", "tcp")]
    [InlineData("optbench qu", "quickack")]
    [InlineData("optbench nodelay rcv", "rcvbuf")]
    [InlineData("optbench li", "list link")]
    [InlineData("optbench link --del", "--delay")]
    [InlineData("optbench --server ", "")]
    [InlineData("pktsniff -Q ", "in out inout")]
    [InlineData("pktsniff inj", "inject")]
    [InlineData("pktsniff ch", "check")]
    [InlineData("pktsniff --color ", "auto always never")]
    [InlineData("rawping -I l", "lo")]
    [InlineData("rawping ", "check")]
    [InlineData("rawping --protocol ", "icmp udp tcp")]
    [InlineData("rawping --icmp-type ", "echo timestamp mask")]
    public void Offers_verbs_and_values(string line, string expected)
    {
        string[] offered = Complete(line);
        string[] wanted = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(wanted.Except(offered));
        Assert.True(wanted.Length > 0 || offered.Length == 0, string.Join(' ', offered));
    }

    /// <summary>What is offered for the last word of a line; bash makes words of its own of <c>=</c>.</summary>
    private static string[] Complete(string line)
    {
        string[] words = line.Replace("=", " = ", StringComparison.Ordinal).Split(' ');
        return ToolProcess.RunCommand("bash",
            ["-c", $"PATH={Repository.Binaries}:$PATH; . {Repository.Root}/scripts/completions.bash; COMP_WORDS=(\"$@\"); "
                + $"COMP_CWORD=$(($# - 1)); "
                + "_nettools; printf '%s\\n' \"${COMPREPLY[@]}\"", "bash", .. words], new()).Expect(0).OutputLines;
    }
}
