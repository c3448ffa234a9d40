using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>What happens before privileges are dropped, and what after: by strace(1).</summary>
[Collection("lab")]
public class PrivilegeTests
{
    [LabTheory(Needs.Root, Needs.Strace)]
    [InlineData("-i lo -c 1 --duration 0.1 host localhost")]
    [InlineData("-i any --duration 0.1 -w OUT")]
    [InlineData("-i lo --duration 0.1 -F FILTER")]
    [InlineData("-i lo -d host localhost")]
    [InlineData("-i lo -L")]
    [InlineData("-r IN -w OUT udp")]
    [InlineData("-r IN --count-only")]
    [InlineData("inject -i lo IN --topspeed")]
    public void Only_a_silent_socket_is_opened_before_privileges_are_dropped(string words)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in"), [SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4])]);
        File.WriteAllText(folder.File("filter"), "udp port 9\n");
        string[] arguments = words.Replace("IN", folder.File("in")).Replace("OUT", folder.File("out"))
            .Replace("FILTER", folder.File("filter")).Split(' ');
        ToolProcess.RunCommand("strace", ["-f", "-o", folder.File("trace"), Repository.Binary("pktsniff"), .. arguments],
            new() { Namespace = lab.A });
        List<string> calls = [.. File.ReadLines(folder.File("trace"))];
        int dropped = calls.FindLastIndex(line => line.Contains("capset(") && line.Contains("permitted=0"));
        Assert.True(dropped > 0, "capabilities are never dropped");
        int sandbox = calls.FindIndex(line => line.Contains("seccomp(SECCOMP_SET_MODE_FILTER"));
        Assert.True(sandbox > dropped, "there is no sandbox");
        // The files of the user, the resolver's, and libraries it would load; filters, rings and frames.
        string[] outside = [folder.Path + "/in", folder.Path + "/out", folder.Path + "/filter", "nsswitch", "resolv.conf",
            "/etc/hosts", ".so", "ETH_P_ALL",
            "SO_ATTACH_FILTER", "PACKET_RX_RING"];
        for (int i = 0; i < calls.Count; i++)
        {
            bool touches = !calls[i].Contains("execve(") && outside.Any(calls[i].Contains);
            Assert.False(touches && i < dropped, calls[i]);
        }
    }

    /// <summary>Files that only root can reach work all the same, and those that are written are root's.</summary>
    [LabTheory(Needs.RealRoot, Needs.Strace)]
    [InlineData("-r IN --count-only")]
    [InlineData("-V LIST -F FILTER --count-only")]
    [InlineData("-r IN -d udp")]
    [InlineData("-r IN -w OUT -C 1 -z true --pid-file PID")]
    [InlineData("-i lo --duration 0.1 -w OUT --pid-file PID")]
    [InlineData("-D")]
    [InlineData("inject -i lo IN --topspeed")]
    public void Root_becomes_another_user_in_every_mode(string words)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in"), [SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4])]);
        File.WriteAllText(folder.File("list"), folder.File("in") + "\n");
        File.WriteAllText(folder.File("filter"), "ether proto 0x88b5\n");
        string[] arguments = [.. words.Split(' ').Select(word => word is "IN" or "LIST" or "FILTER" or "OUT" or "PID"
            ? folder.File(word.ToLowerInvariant()) : word)];
        ToolProcess.RunCommand("env", ["-u", "SUDO_UID", "-u", "SUDO_GID", "strace", "-f", "-o", folder.File("trace"),
            Repository.Binary("pktsniff"), .. arguments], new() { Namespace = lab.A }).Expect(0);
        List<string> calls = [.. File.ReadLines(folder.File("trace"))];
        string main = calls[0].Split(' ')[0];
        int became = calls.FindIndex(line => line.StartsWith(main, StringComparison.Ordinal)
            && Regex.IsMatch(line, @"setresuid\(([1-9]\d*), \1, \1\b"));
        Assert.True(became > 0, "it stays root");
        // From then on the files are opened by the helper; before, nothing is.
        Assert.DoesNotContain(calls, line => Regex.IsMatch(line, @"\bopen(at)?\(") && line.Contains(folder.Path + "/")
            && !line.Contains("O_PATH") // which looks at a file, for the sandbox
            && (line.StartsWith(main, StringComparison.Ordinal) || calls.IndexOf(line) < became));
        Assert.False(File.Exists(folder.File("pid")), "the process id stays behind");
        Assert.Equal(words.Contains("OUT"), File.Exists(folder.File("out")) || File.Exists(folder.File("out0")));
    }

    [LabFact(Needs.RealRoot)]
    public void A_sudo_user_gets_no_file_that_only_root_can_read_or_make()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in"), [SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4])]);
        ToolResult Sudo(params string[] words) => ToolProcess.RunCommand("env",
            ["SUDO_UID=12345", "SUDO_GID=12345", Repository.Binary("pktsniff"), .. words]).Expect(2);
        Assert.Contains("EACCES", Assert.Single(Sudo("-r", folder.File("in")).ErrorLines));
        Assert.Contains("EACCES", Assert.Single(Sudo("-F", folder.File("in"), "-d").ErrorLines));
        Assert.Contains("-Z root", Sudo("-i", "lo", "-w", folder.File("out"), "--duration", "0.1").Error);
        Assert.False(File.Exists(folder.File("out")));
    }

    /// <summary>What scripts/setcap.sh makes, for everybody and for a group, as users and members see it.</summary>
    [LabTheory(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    [InlineData("755", "--clear-groups", true, false)]
    [InlineData("750", "--groups=54321", true, true)] // a member of root:54321
    [InlineData("750", "--clear-groups", false, false)]
    [InlineData("755", "--groups=54321", true, false)] // the group alone must be able to execute it
    public void A_copy_with_file_capabilities_gives_what_the_table_says(string mode, string groups, bool runs, bool trusted)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1ed);
        string copy = folder.File("pktsniff");
        File.Copy(Repository.Binary("pktsniff"), copy);
        ToolProcess.RunCommand("sh", "-ec", $"chown 0:54321 {copy}; chmod {mode} {copy}; setcap cap_net_raw+ep {copy}").Expect(0);
        // By a shell: setpriv itself still has root's capabilities when it starts a program.
        ToolResult Try(params string[] words) => ToolProcess.RunCommand("setpriv",
            ["--reuid", "65534", "--regid", "65534", groups,
            "sh", "-c", "exec \"$@\"", "sh", copy, .. words], new() { Namespace = lab.A });
        if (!runs)
        {
            Assert.NotEqual(0, Try("--version").ExitCode);
            return;
        }

        Try("-i", "lo", "-q", "--duration", "0.1").Expect(0);
        ToolResult ring = Try("-i", "lo", "-q", "-B", "70000", "--duration", "0.1").Expect(trusted ? 0 : 2);
        ToolResult inject = Try("inject", "-i", "lo", "--hex", new string('0', 40)).Expect(trusted ? 0 : 2);
        if (!trusted)
        {
            Assert.Contains("rings over 64 MiB in all: only for root and the program's own group",
                Assert.Single(ring.ErrorLines));
            Assert.Contains("inject: only for root and the program's own group", Assert.Single(inject.ErrorLines));
        }
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void Large_rings_and_injection_are_for_trusted_callers()
    {
        using OrdinaryUser user = new("pktsniff", "4755");
        Assert.Contains("64 MiB", user.Run(["-i", "lo", "-B", "131072"]).Expect(2).Error);
        Assert.Contains("inject", user.Run(["inject", "-i", "lo", "--hex", new string('0', 40)]).Expect(2).Error);
        using TempFolder folder = new();
        Assert.Contains("-z", user.Run(["-i", "lo", "-w", folder.File("x"), "-G", "1", "-z", "id"]).Expect(2).Error);
        Assert.Contains("-Z needs root", user.Run(["-i", "lo", "-Z", "root"]).Expect(2).Error);
    }
}
