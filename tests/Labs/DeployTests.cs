using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>
/// scripts/deploy.sh, to hosts with a real ssh server and nothing but busybox, and to stand-ins that fail in a chosen way.
/// </summary>
[Collection(LabLanes.Peers)]
public sealed class DeployTests
{
    private static readonly string s_scripts = Path.Combine(Repository.Root, "scripts");
    private static readonly Dictionary<string, string?> s_built = new() { ["NETTOOLS_BIN"] = Repository.Binaries };

    [LabTheory(Needs.RealRoot, Needs.Ssh, Needs.Sshd, Needs.Dropbear, Needs.Busybox, Needs.Ss)]
    [InlineData("sshd")]
    [InlineData("dropbear")]
    public void Installs_on_a_host_that_has_busybox_alone(string server)
    {
        using SshHost host = new(server);
        string version = ToolProcess.Run("epollecho", "--version").Output.Trim().Split(' ', 2)[1];
        Directory.CreateDirectory(host.File("usr/local/bin"));
        string first = Finish(host.Launch(s_scripts, "root", s_built), 0).Output;
        Assert.Contains($"  {version} in /usr/local/bin", first, StringComparison.Ordinal);
        Assert.Contains("need root", first, StringComparison.Ordinal);
        AssertInstalled(host.File("usr/local/bin"));
        Assert.Contains($"(before: {version})", Finish(host.Launch(s_scripts, "root", s_built), 0).Output,
            StringComparison.Ordinal);

        // An ordinary user, in a folder that is not on PATH and needs quoting.
        const string Folder = "~/it's a \"folder\" of $HOME; exit 3";
        string second = Finish(host.Launch(
            s_scripts, "learner", new Dictionary<string, string?>(s_built) { ["DEPLOY_TO"] = Folder }), 0).Output;
        AssertInstalled(host.File("home/learner/" + Folder[2..]));
        Assert.Contains("PATH there finds another one first: /usr/local/bin/epollecho", second, StringComparison.Ordinal);
        Finish(host.Launch(s_scripts, "learner", s_built), 0);
        AssertInstalled(host.File("home/learner/bin"));

        // What cannot be granted there is said before anything is installed.
        ToolResult refused = Finish(host.Launch(s_scripts, "root", s_built, "--to", "/opt", "--setcap"), 1);
        Assert.Contains("setcap is missing", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(host.File("opt")));
    }

    [LabFact(Needs.RealRoot, Needs.Ssh, Needs.Dropbear, Needs.Busybox, Needs.Ss)]
    public void A_signal_in_the_middle_leaves_nothing_on_either_side()
    {
        using SshHost host = new("dropbear");
        string temporary = Directory.CreateDirectory(host.Scratch("tmp")).FullName;
        string slow = host.Scratch("slow-ssh");
        WriteScript(
            slow, $"#!/bin/bash\ncase \"$*\" in *uname*) ;; *) exec < <(head -c 5000000; exec sleep 1000.78) ;; esac\nexec "
                + $"{host.Ssh} \"$@\"\n");
        using ToolProcess deploy = host.Launch(s_scripts, "root",
            new Dictionary<string, string?>(s_built) { ["SSH"] = slow, ["DEPLOY_TO"] = "/opt", ["TMPDIR"] = temporary });
        Eventually(() => Directory.Exists(host.File("opt"))
            && Directory.GetFileSystemEntries(host.File("opt"), ".nettools.*").Length == 1, "the copy did not begin");
        deploy.Stop(Signals.SIGTERM).Expect(143);
        Eventually(() => Directory.GetFileSystemEntries(host.File("opt")).Length == 0, "something is left on the host");
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
    }

    [LabFact(Needs.RealRoot, Needs.Ssh, Needs.Dropbear, Needs.Busybox, Needs.Ss)]
    public void Finds_its_binaries_in_the_archive_the_installation_and_the_package()
    {
        using SshHost host = new("dropbear");
        using TempFolder installed = new();
        ToolProcess.RunCommand("make", "-C", Repository.Root, "install", "PREFIX=/opt/net", $"DESTDIR={installed.Path}")
            .Expect(0);
        int number = 0;
        foreach (string scripts in (string[])
            [$"{Packed.Archive}/scripts", $"{Packed.PackageRoot}/usr/lib/nettools/scripts",
                installed.File("opt/net/lib/nettools/scripts")])
        {
            string to = $"/opt/{++number}";
            Finish(host.Launch(scripts, "root", new Dictionary<string, string?> { ["DEPLOY_TO"] = to }), 0);
            AssertInstalled(host.File(to[1..]));
        }
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Sets_capabilities_only_when_asked()
    {
        using TempFolder host = new();
        Deploy(host, "exec sh -c \"$*\"").Expect(0);
        AssertInstalled(host.File("to"));
        Assert.Equal("", Capabilities(host.File("to/rawping")));

        ToolResult all = Deploy(host, "exec sh -c \"$*\"", "--setcap").Expect(0);
        Assert.Contains("rawping, pktsniff: everybody may run them", all.Output, StringComparison.Ordinal);
        Assert.EndsWith("cap_net_raw=ep", Capabilities(host.File("to/rawping")), StringComparison.Ordinal);
        Assert.Equal("", Capabilities(host.File("to/epollecho")));

        Deploy(host, "exec sh -c \"$*\"", "--setcap=games").Expect(0);
        Assert.Equal("root:games 750", ToolProcess.RunCommand("stat", "-c", "%U:%G %a", host.File("to/pktsniff")).Output.Trim());
        Assert.EndsWith("cap_net_raw=ep", Capabilities(host.File("to/pktsniff")), StringComparison.Ordinal);

        ToolResult refused = Deploy(host, "exec sh -c \"$*\"", "--setcap=no-such-group").Expect(1);
        Assert.Contains("there is no group no-such-group; nothing was installed", refused.Error, StringComparison.Ordinal);
    }

    [LabFact(Needs.Root)]
    public void Installs_nothing_when_the_copy_is_damaged_or_the_host_is_gone()
    {
        using TempFolder damaged = new();
        Deploy(damaged, "case $* in uname*) exec uname -m;; *) tr a b | sh -c \"$*\";; esac").Expect(1);
        Assert.Empty(Directory.GetFileSystemEntries(damaged.File("to")));

        using TempFolder gone = new();
        Assert.Contains("deploy: host cannot be reached", Deploy(gone, "exit 255").Expect(1).Error, StringComparison.Ordinal);
    }

    [LabFact(Needs.Root)]
    public void A_rename_that_fails_brings_back_what_was_there()
    {
        using TempFolder host = new();
        Directory.CreateDirectory(host.File("to"));
        foreach (string tool in (string[])["epollecho", "optbench"])
        {
            WriteScript(host.File($"to/{tool}"), "#!/bin/sh\necho old\n");
        }

        Directory.CreateDirectory(host.File("bin"));
        WriteScript(host.File("bin/mv"),
            "#!/bin/sh\ncase \"$2\" in *.nettools.*/muxbench) exit 1 ;; esac\nexec /bin/mv \"$@\"\n");
        ToolResult result = Deploy(host, $"PATH={host.File("bin")}:$PATH; exec sh -c \"$*\"").Expect(1);
        Assert.Contains("cannot put", result.Error, StringComparison.Ordinal);
        Assert.Equal(["epollecho", "optbench"],
            Directory.GetFileSystemEntries(host.File("to")).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal("old", ToolProcess.RunCommand(host.File("to/optbench")).Output.Trim());
    }

    [LabFact(Needs.Root)]
    public void Sends_no_binary_to_a_host_of_another_architecture()
    {
        using TempFolder host = new();
        ToolResult result = Deploy(host, "case $* in uname*) echo riscv64;; *) echo sent >&2;; esac").Expect(1);
        Assert.StartsWith("deploy: host: no binaries for riscv64 (those in ", result.Error, StringComparison.Ordinal);
        Assert.Contains("make ARCH=riscv64", result.Error, StringComparison.Ordinal);
        Assert.Single(result.ErrorLines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--nonsense host")]
    [InlineData("-oProxyCommand=true")]
    [InlineData("--to")]
    [InlineData("--setcap=a;b host")]
    public void Refuses_what_it_does_not_know(string words)
    {
        ToolResult result = ToolProcess.RunCommand(
            "bash", [Path.Combine(s_scripts, "deploy.sh"), .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Expect(2);
        Assert.Single(result.ErrorLines);
    }

    [Theory]
    [InlineData("deploy.sh")]
    [InlineData("setcap.sh")]
    [InlineData("lab.sh")]
    [InlineData("lab-net.sh")]
    [InlineData("check.sh")]
    [InlineData("fleet.sh")]
    public void Every_script_has_help(string script)
    {
        ToolResult result = ToolProcess.RunCommand("bash", Path.Combine(s_scripts, script), "--help").Expect(0);
        Assert.Contains(script, result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Error);
    }

    private static void AssertInstalled(string folder)
    {
        Assert.Equal(Repository.Tools.Order(),
            Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order());
        foreach (string tool in Repository.Tools)
        {
            Assert.Equal(File.ReadAllBytes(Repository.Binary(tool)), File.ReadAllBytes(Path.Combine(folder, tool)));
            Assert.True(File.GetUnixFileMode(Path.Combine(folder, tool)).HasFlag(UnixFileMode.OtherExecute));
        }
    }

    private static ToolResult Finish(ToolProcess process, int code)
    {
        using (process)
        {
            return process.WaitForExit(TimeSpan.FromSeconds(60)).Expect(code);
        }
    }

    private static void Eventually(Func<bool> condition, string otherwise)
    {
        DateTime giveUp = DateTime.UtcNow + RunOptions.DefaultTimeout;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < giveUp, otherwise);
            Thread.Sleep(20);
        }
    }

    private static string Capabilities(string path) => ToolProcess.RunCommand("getcap", path).Expect(0).Output.Trim();

    private static void WriteScript(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <param name="host">Holds the stand-in for ssh; what arrives goes to its folder <c>to</c>.</param>
    /// <param name="ssh">The body of the stand-in; its arguments are the remote command.</param>
    /// <param name="options">Options of deploy.sh.</param>
    private static ToolResult Deploy(TempFolder host, string ssh, params string[] options)
    {
        WriteScript(host.File("ssh"), $"#!/bin/sh\nshift\n{ssh}\n");
        return ToolProcess.RunCommand("bash", [Path.Combine(s_scripts, "deploy.sh"), .. options, "host"], new()
        {
            Environment = new Dictionary<string, string?>(
                s_built)
            { ["SSH"] = host.File("ssh"), ["DEPLOY_TO"] = host.File("to") },
        });
    }
}
