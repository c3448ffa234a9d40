using System.Globalization;
using NetTools.Os;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Os;

/// <summary>Running tools keep their sockets from other processes of the same user.</summary>
[Collection("lab")]
public sealed class PrivilegesLabTests : IDisposable
{
    private const string Nobody = "65534";

    private readonly TempFolder _folder = new();

    public PrivilegesLabTests() => ToolProcess.RunCommand("chmod", "755", _folder.Path).Expect(0);

    public void Dispose() => _folder.Dispose();

    [LabTheory(Needs.RealRoot, Needs.Gcc, Needs.Setcap, Needs.Setpriv)]
    [InlineData(true)] // the launcher holds the capability
    [InlineData(false)] // the file does
    public void No_process_of_the_same_user_takes_a_socket(bool launcherHasIt)
    {
        string binary = Copy("rawping");
        string thief = Compile("thief.c");
        string[] user = ["--reuid", Nobody, "--regid", Nobody, "--clear-groups"];
        if (!launcherHasIt)
        {
            ToolProcess.RunCommand("setcap", "cap_net_raw+ep", binary).Expect(0);
        }

        string[] ambient = launcherHasIt ? ["--inh-caps", "+net_raw", "--ambient-caps", "+net_raw"] : [];
        using ToolProcess tool = ToolProcess.LaunchCommand(
            "setpriv", [.. user, .. ambient, binary, "-c", "0", "-i", "0.2", "127.0.0.1"]);
        tool.ReadUntil("64 bytes");
        string pid = tool.Id.ToString(CultureInfo.InvariantCulture);
        string denied = Errno.Name(LibC.EPERM);
        Assert.Equal(denied, ToolProcess.RunCommand("setpriv", [.. user, thief, pid]).Expect(0).Output.Trim());
        Assert.Equal(denied, ToolProcess.RunCommand("setpriv", [.. user, .. ambient, thief, pid]).Expect(0).Output.Trim());
        tool.Stop().Expect(0);
    }

    /// <summary>The thief works where nothing is protected, or the test above would prove nothing.</summary>
    [LabFact(Needs.RealRoot, Needs.Gcc, Needs.Setpriv)]
    public void A_process_without_privileges_can_be_looked_into()
    {
        string thief = Compile("thief.c");
        string[] user = ["--reuid", Nobody, "--regid", Nobody, "--clear-groups"];
        using ToolProcess tool = ToolProcess.LaunchCommand("setpriv", [.. user, Copy("epollecho"), "serve", "-p", "0", "--json"]);
        tool.ReadUntil("listening");
        string pid = tool.Id.ToString(CultureInfo.InvariantCulture);
        Assert.Equal("taken", ToolProcess.RunCommand("setpriv", [.. user, thief, pid]).Expect(0).Output.Trim());
    }

    /// <summary>
    /// All four ids on every thread, no group of root's left, no capability but those that are kept, and nobody of that user
    /// looks in.
    /// </summary>
    [LabTheory(Needs.RealRoot, Needs.Gcc, Needs.Setpriv)]
    [InlineData("epollecho serve -p 0 --json", "listening", Nobody, 0)]
    [InlineData("epollecho serve -p 0 --json --user nobody", "listening", Nobody, 0)]
    [InlineData("epollecho serve -p 0 --json", "listening", "12345", 0)] // the caller of sudo
    [InlineData("optbench server -p 0 --json", "listening", Nobody, 1 << 12)] // CAP_NET_ADMIN
    [InlineData("pktsniff -i lo", "listening on lo", null, 0)] // tcpdump where there is such a user, else nobody
    [InlineData("pktsniff -i lo -Z nobody", "listening on lo", Nobody, 0)]
    public void Root_becomes_another_user_for_good(string command, string ready, string? user, long kept)
    {
        string thief = Compile("thief.c");
        string[] words = command.Split(' ');
        string[] sudo = user == "12345" ? ["SUDO_UID=12345", "SUDO_GID=12345"] : [];
        using ToolProcess tool = ToolProcess.LaunchCommand("env", [.. sudo, Repository.Binary(words[0]), .. words[1..]]);
        DateTime giveUp = DateTime.UtcNow + RunOptions.DefaultTimeout;
        while (!(tool.OutputSoFar + tool.ErrorSoFar).Contains(ready, StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < giveUp && !tool.HasExited, tool.ErrorSoFar);
            Thread.Sleep(10);
        }

        string number = "";
        bool keeps = false;
        foreach (string task in Directory.GetDirectories($"/proc/{tool.Id}/task"))
        {
            Dictionary<string, string[]> status = File.ReadLines(Path.Combine(task, "status")).Select(line => line.Split(':', 2))
                .ToDictionary(pair => pair[0], pair => pair[1].Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries));
            number = user ?? status["Uid"][0];
            Assert.NotEqual("0", number);
            string group = status["Gid"][0];
            Assert.Equal([number, number, number, number], status["Uid"]);
            Assert.Equal([group, group, group, group], status["Gid"]);
            Assert.Equal([group], status["Groups"]);
            Assert.Equal("1", status["NoNewPrivs"][0]);
            long capabilities = long.Parse(status["CapPrm"][0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(0, capabilities & ~kept);
            keeps |= capabilities == kept;
        }

        Assert.True(keeps, "a capability that is to be kept is gone");
        string[] other = ["--reuid", number, "--regid", number, "--clear-groups", thief,
            tool.Id.ToString(CultureInfo.InvariantCulture)];
        Assert.Equal(Errno.Name(LibC.EPERM), ToolProcess.RunCommand("setpriv", other).Expect(0).Output.Trim());
        tool.Stop();
    }

    [LabTheory(Needs.Gcc)]
    [InlineData("none")]
    [InlineData("empty")]
    [InlineData("not-utf8")]
    [InlineData("long")]
    [InlineData("controls")]
    public void Odd_argument_vectors_end_in_one_line(string kind)
    {
        string launcher = Compile("odd-arguments.c");
        foreach (string tool in Repository.Tools)
        {
            ToolResult result = ToolProcess.RunCommand(launcher, Repository.Binary(tool), kind);
            Assert.InRange(result.ExitCode, 0, 2);
            Assert.True(result.ErrorLines.Length <= 1, result.Error);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain('\x1b', result.Error);
            Assert.True(result.Error.Length < 4096, "the error line repeats all that it was given");
        }
    }

    private string Copy(string tool)
    {
        string copy = _folder.File(tool);
        File.Copy(Repository.Binary(tool), copy);
        ToolProcess.RunCommand("chmod", "755", copy).Expect(0);
        return copy;
    }

    private string Compile(string source)
    {
        string program = _folder.File(Path.GetFileNameWithoutExtension(source));
        ToolProcess.RunCommand("gcc", "-O2", "-Wall", "-Werror", "-o", program,
            Path.Combine(Repository.Root, "tests", "Os", source)).Expect(0);
        return program;
    }
}
