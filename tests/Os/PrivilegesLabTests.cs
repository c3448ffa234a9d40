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
