using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/setcap.sh and scripts/deploy.sh; ssh is stood in for by a script that runs the command here.</summary>
[Collection("lab")]
public sealed class DeployTests
{
    private static readonly string s_scripts = Path.Combine(Repository.Root, "scripts");

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Sets_and_takes_away_one_capability()
    {
        using TempFolder folder = CopyOfBinaries();
        ToolResult set = SetCapabilities(folder.Path).Expect(0);
        Assert.Equal(2, set.OutputLines.Length);
        Assert.Equal($"{folder.File("rawping")} cap_net_raw=ep", Capabilities(folder.File("rawping")));
        Assert.Equal($"{folder.File("pktsniff")} cap_net_raw=ep", Capabilities(folder.File("pktsniff")));
        Assert.Equal("", Capabilities(folder.File("epollecho")));

        SetCapabilities("--undo", folder.Path).Expect(0);
        Assert.Equal("", Capabilities(folder.File("rawping")));
        SetCapabilities("--undo", folder.Path).Expect(0); // nothing to undo is no failure
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Refuses_a_binary_that_everybody_may_replace()
    {
        using TempFolder folder = CopyOfBinaries();
        File.SetUnixFileMode(folder.File("rawping"), File.GetUnixFileMode(folder.File("rawping")) | UnixFileMode.OtherWrite);
        ToolResult result = SetCapabilities(folder.Path).Expect(2);
        Assert.Equal([$"setcap: {folder.File("rawping")} is writable by everybody: chmod o-w {folder.File("rawping")}"], result.ErrorLines);

        using TempFolder open = CopyOfBinaries();
        File.SetUnixFileMode(open.Path, File.GetUnixFileMode(open.Path) | UnixFileMode.OtherWrite);
        Assert.Contains("is writable by everybody", SetCapabilities(open.Path).Expect(2).Error, StringComparison.Ordinal);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Refuses_a_binary_of_another_architecture()
    {
        using TempFolder folder = CopyOfBinaries();
        byte[] image = File.ReadAllBytes(folder.File("rawping"));
        image[18] = 0xb7; // e_machine: EM_AARCH64
        File.WriteAllBytes(folder.File("rawping"), image);
        Assert.Contains("is for aarch64, this machine is", SetCapabilities(folder.Path).Expect(2).Error, StringComparison.Ordinal);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Refuses_a_file_system_without_set_id()
    {
        using TempFolder folder = CopyOfBinaries();
        ToolResult result = ToolProcess.RunCommand("unshare", "--mount", "bash", "-ec",
            $"cp -r {folder.Path} /tmp/copy.$$; mount -t tmpfs -o nosuid nosuid {folder.Path}; cp /tmp/copy.$$/* {folder.Path}; rm -r /tmp/copy.$$; "
            + $"chmod 755 {folder.Path}; exec bash {s_scripts}/setcap.sh {folder.Path}");
        result.Expect(2);
        Assert.Contains("mounted nosuid", result.Error, StringComparison.Ordinal);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Deploys_whole_binaries_and_says_what_each_may_do()
    {
        using TempFolder host = new();
        ToolResult result = Deploy(host, "exec sh -c \"$*\"").Expect(0);
        foreach (string tool in Repository.Tools)
        {
            Assert.Equal(File.ReadAllBytes(Repository.Binary(tool)), File.ReadAllBytes(host.File($"to/{tool}")));
            Assert.Contains(tool, result.Output, StringComparison.Ordinal);
        }

        Assert.Equal(5, Directory.GetFileSystemEntries(host.File("to")).Length); // nothing left over
        Assert.EndsWith("cap_net_raw=ep", Capabilities(host.File("to/rawping")), StringComparison.Ordinal);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Installs_nothing_when_the_copy_is_damaged_or_the_host_is_gone()
    {
        using TempFolder damaged = new();
        Deploy(damaged, "case $* in uname*) exec uname -m;; *) tr a b | sh -c \"$*\";; esac").Expect(1);
        Assert.Empty(Directory.GetFileSystemEntries(damaged.File("to")));

        using TempFolder gone = new();
        Assert.Contains("deploy: host cannot be reached", Deploy(gone, "exit 255").Expect(1).Error, StringComparison.Ordinal);
    }

    private static TempFolder CopyOfBinaries()
    {
        TempFolder folder = new();
        foreach (string tool in Repository.Tools)
        {
            File.Copy(Repository.Binary(tool), folder.File(tool));
        }

        return folder;
    }

    private static ToolResult SetCapabilities(params string[] args) =>
        ToolProcess.RunCommand("bash", [Path.Combine(s_scripts, "setcap.sh"), .. args]);

    private static string Capabilities(string path) => ToolProcess.RunCommand("getcap", path).Expect(0).Output.Trim();

    /// <param name="host">Holds the stand-in for ssh; what arrives goes to its folder <c>to</c>.</param>
    /// <param name="ssh">The body of the stand-in; its arguments are the remote command.</param>
    private static ToolResult Deploy(TempFolder host, string ssh)
    {
        File.WriteAllText(host.File("ssh"), $"#!/bin/sh\nshift\n{ssh}\n");
        File.SetUnixFileMode(host.File("ssh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return ToolProcess.RunCommand("bash", [Path.Combine(s_scripts, "deploy.sh"), "host"], new()
        {
            Environment = new Dictionary<string, string?>
            {
                ["SSH"] = host.File("ssh"),
                ["DEPLOY_TO"] = host.File("to"),
                ["NETTOOLS_BIN"] = Repository.Binaries,
            },
        });
    }
}
