using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/setcap.sh: who may run rawping and pktsniff, and who could replace them.</summary>
[Collection("lab")]
public sealed class SetcapTests
{
    private static readonly string s_script = Path.Combine(Repository.Root, "scripts", "setcap.sh");

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Installs_copies_with_one_capability_shows_them_and_undoes_it()
    {
        using TempFolder folder = new();
        Assert.Equal(2, Setcap(folder.Path).Expect(0).OutputLines.Length);
        Assert.Equal(["pktsniff", "rawping"],
            Directory.GetFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(File.ReadAllBytes(Repository.Binary("rawping")), File.ReadAllBytes(folder.File("rawping")));
        Assert.Equal($"rawping: {folder.File("rawping")}, root:root 755, cap_net_raw=ep",
            Setcap("--show", folder.Path).Expect(0).OutputLines[0]);

        Setcap("--undo", folder.Path).Expect(0);
        Assert.Equal($"rawping: {folder.File("rawping")}, root:root 755, no capabilities",
            Setcap("--show", folder.Path).Expect(0).OutputLines[0]);
        Setcap("--undo", folder.Path).Expect(0); // nothing to undo is not a failure
    }

    [LabFact(Needs.RealRoot, Needs.Setcap, Needs.Setpriv)]
    public void With_a_group_its_members_alone_may_run_them()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("chmod", "755", folder.Path).Expect(0);
        Setcap("--group", "games", folder.Path).Expect(0);
        Assert.Equal($"pktsniff: {folder.File("pktsniff")}, root:games 750, cap_net_raw=ep",
            Setcap("--show", folder.Path).Expect(0).OutputLines[1]);
        string games = ToolProcess.RunCommand("getent", "group", "games").Expect(0).Output.Split(':')[2];
        // setpriv itself still has root's capabilities when it executes a file.
        string[] user = ["--reuid", "65534", "--regid", "65534"];
        string[] ping = ["sh", "-c", "exec \"$@\"", "sh", folder.File("rawping"), "-c", "1", "-q", "127.0.0.1"];
        ToolProcess.RunCommand("setpriv", [.. user, "--groups", games, .. ping]).Expect(0);
        Assert.Equal(126, ToolProcess.RunCommand("setpriv", [.. user, "--clear-groups", .. ping]).ExitCode);
        Setcap("--undo", folder.Path).Expect(0);
        Assert.Contains("root:root 755, no capabilities", Setcap("--show", folder.Path).Output, StringComparison.Ordinal);
    }

    [LabTheory(Needs.RealRoot, Needs.Setcap)]
    [InlineData("chmod o+w FOLDER", "is writable by everybody")]
    [InlineData("chmod o+w FOLDER/rawping", "is writable by everybody")]
    [InlineData("chgrp games FOLDER; chmod g+w FOLDER", "is writable by group")]
    [InlineData("chgrp games FOLDER/pktsniff; chmod g+w FOLDER/pktsniff", "is writable by group")]
    [InlineData("chown nobody FOLDER", "belongs to user 65534, not to root")]
    [InlineData("chown nobody FOLDER/rawping", "belongs to user 65534, not to root")]
    [InlineData("rm FOLDER/rawping; ln -s /bin/true FOLDER/rawping", "is not a plain file")]
    [InlineData("printf '\\267' | dd of=FOLDER/rawping bs=1 seek=18 conv=notrunc", "is for aarch64, this machine is")]
    public void Refuses_what_somebody_else_could_replace(string preparation, string reason)
    {
        using TempFolder folder = new();
        string inner = Directory.CreateDirectory(folder.File("in ner")).FullName;
        foreach (string tool in (string[])["rawping", "pktsniff"])
        {
            File.Copy(Repository.Binary(tool), Path.Combine(inner, tool));
        }

        ToolProcess.RunCommand("bash", "-ec",
            $"PATH=$PATH:/usr/sbin; chmod 755 {folder.Path}; "
                + $"{preparation.Replace("FOLDER", $"'{inner}'", StringComparison.Ordinal)}").Expect(0);
        ToolResult result = Setcap(inner).Expect(2);
        Assert.Contains(reason, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("", ToolProcess.RunCommand("getcap", "-r", inner).Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Refuses_a_folder_below_one_of_somebody_else()
    {
        using TempFolder folder = new();
        string inner = Directory.CreateDirectory(folder.File("a/b")).FullName;
        ToolProcess.RunCommand("chown", "nobody", folder.File("a")).Expect(0);
        Assert.Contains($"{folder.File("a")} belongs to user 65534", Setcap(inner).Expect(2).Error, StringComparison.Ordinal);
    }

    [LabFact(Needs.RealRoot, Needs.Setcap)]
    public void Refuses_a_file_system_without_set_id()
    {
        using TempFolder folder = new();
        ToolResult result = ToolProcess.RunCommand("unshare", "--mount", "bash", "-ec",
            $"mount -t tmpfs -o nosuid,mode=755 nosuid {folder.Path}; exec bash {s_script} {folder.Path}");
        Assert.Contains("mounted nosuid", result.Expect(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tmp /var", "one folder at a time")]
    [InlineData("--nonsense", "is not an option")]
    [InlineData("--group", "--group needs a name")]
    [InlineData("--undo --group games", "goes with neither")]
    [InlineData("/nonexistent", "is not a folder")]
    public void Refuses_what_it_does_not_know(string words, string reason) =>
        Assert.Contains(reason, Assert.Single(Setcap(words.Split(' ')).Expect(2).ErrorLines), StringComparison.Ordinal);

    private static ToolResult Setcap(params string[] args) =>
        ToolProcess.RunCommand("bash", [s_script, .. args],
            new() { Environment = new Dictionary<string, string?> { ["NETTOOLS_BIN"] = Repository.Binaries } });
}
