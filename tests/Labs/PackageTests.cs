using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>
/// What is handed out: make install, the archive, the Debian package, the completion; the same bytes wherever it is built.
/// </summary>
[Collection("lab")]
public sealed class PackageTests
{
    private static readonly TimeSpan s_build = TimeSpan.FromMinutes(5);

    [Fact]
    public void Installs_below_the_prefix_and_nowhere_else()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("make", "-C", Repository.Root, "install", "PREFIX=/opt/net", $"DESTDIR={folder.Path}").Expect(0);
        Assert.Equal(["opt"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        foreach (string tool in Repository.Tools)
        {
            ToolProcess.RunCommand(folder.File($"opt/net/bin/{tool}"), "--version").Expect(0);
            Assert.True(File.Exists(folder.File($"opt/net/share/man/man1/{tool}.1")), $"no manual of {tool}");
            Assert.True(File.Exists(folder.File($"opt/net/share/bash-completion/completions/{tool}")),
                $"no completion for {tool}");
        }

        Assert.True(Directory.GetFiles(folder.File("opt/net/share/doc/nettools/licences")).Length >= 8, "licences are missing");
        Assert.StartsWith("usage: lab.sh",
            ToolProcess.RunCommand("bash", folder.File("opt/net/lib/nettools/scripts/lab.sh"), "9").Expect(2).Error);
    }

    [Fact]
    public void Installs_after_a_build_by_somebody_else_and_asks_for_one_first()
    {
        using TempFolder folder = new();
        RunOptions elsewhere = new()
        {
            Environment =
            new Dictionary<string, string?> { ["HOME"] = "/nonexistent", ["NUGET_PACKAGES"] = null }
        };
        ToolProcess.RunCommand("make", ["-C", Repository.Root, "install", "PREFIX=/opt/net", $"DESTDIR={folder.Path}"], elsewhere)
            .Expect(0);
        Assert.True(File.Exists(folder.File("opt/net/share/doc/nettools/licences/glibc")), "no licences");

        string empty = Directory.CreateDirectory(folder.File("empty")).FullName;
        ToolResult unbuilt = ToolProcess.RunCommand(
            "bash", Path.Combine(Repository.Root, "scripts", "install.sh"), empty, folder.File("to")).Expect(2);
        Assert.EndsWith("is missing: run make first", Assert.Single(unbuilt.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("to")), "something was copied");
    }

    [Fact]
    public void The_script_that_installs_has_help_and_refuses_misuse_in_a_line()
    {
        string script = Path.Combine(Repository.Root, "scripts", "install.sh");
        Assert.Contains("install.sh BINARIES PREFIX", ToolProcess.RunCommand("bash", script, "--help").Expect(0).Output,
            StringComparison.Ordinal);
        string refused = Assert.Single(ToolProcess.RunCommand("bash", script, "--force", "/nonexistent").Expect(2).ErrorLines);
        Assert.Contains("usage: install.sh BINARIES PREFIX", refused, StringComparison.Ordinal);
        ToolProcess.RunCommand("bash", script).Expect(2);
    }

    [Fact]
    public void Make_lists_its_targets_and_refuses_another_architecture_in_a_line()
    {
        string help = ToolProcess.RunCommand("make", "-C", Repository.Root, "--no-print-directory", "help").Expect(0).Output;
        Assert.All(Repository.Tools, tool => Assert.Contains(tool, help, StringComparison.Ordinal));
        ToolResult wrong = ToolProcess.RunCommand("make", "-C", Repository.Root, "--no-print-directory", "ARCH=ppc");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("ARCH=ppc is not known: x64 or arm64", Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);
    }

    [LabFact(Needs.Mandoc)]
    public void The_manual_of_the_labs_is_clean() =>
        ToolProcess.RunCommand("mandoc", "-T", "lint", "-W", "warning", Path.Combine(Repository.Root, "scripts/dist/nettools.7"))
            .Expect(0);

    [Theory]
    [InlineData("x64")]
    [InlineData("arm64")]
    public void Packs_the_same_bytes_in_another_folder(string architecture)
    {
        if (architecture == "arm64" && Requirements.ReasonToSkip(Needs.Arm64) is not null)
        {
            return; // nothing was built to be packed; CI builds both
        }

        using TempFolder one = Packed.Source(architecture);
        using TempFolder two = Packed.Source(architecture);
        Packed.Pack(one, architecture, "umask 022; export TZ=UTC");
        Packed.Pack(two, architecture, "umask 077; export TZ=Asia/Tokyo LC_ALL=C");
        string[] names = [.. Directory.GetFiles(one.File("artifacts/dist")).Select(path => Path.GetFileName(path)).Order()];
        Assert.Equal(3, names.Length);
        Assert.All(names, name => Assert.Equal(
            File.ReadAllBytes(one.File($"artifacts/dist/{name}")), File.ReadAllBytes(two.File($"artifacts/dist/{name}"))));
        ToolProcess.RunCommand("sha256sum", ["-c", "SHA256SUMS"], new() { Folder = one.File("artifacts/dist") }).Expect(0);
    }

    [Fact]
    public void Builds_the_same_bytes_in_another_folder()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("bash", "-ec",
            $"cd {Repository.Root}; git ls-files shared tools Directory.Packages.props .editorconfig | tar -c -T - | tar -x -C "
                + $"{folder.Path}").Expect(0);
        RunOptions inside = new()
        {
            Folder = folder.Path,
            Timeout = s_build,
            // What the test runner's own build leaves in its environment.
            Environment = new Dictionary<string, string?>
            {
                ["MSBUILD_EXE_PATH"] = null,
                ["MSBuildSDKsPath"] = null,
                ["MSBuildExtensionsPath"] = null
            },
        };
        // The commit that the binary names: it is not the source's, and the copy here has no git.
        string commit = Regex.Match(ToolProcess.Run("muxbench", "--version").Expect(0).Output, @"\((.*)\)").Groups[1].Value;
        ToolProcess.RunCommand("dotnet",
            ["publish", "tools/muxbench", "-r", "linux-x64", "-o", "out", "--verbosity", "quiet", "-nodeReuse:false",
            $"-p:NetToolsCommit={commit}"], inside).Expect(0);
        Assert.True(File.ReadAllBytes(folder.File("out/muxbench")).AsSpan()
            .SequenceEqual(File.ReadAllBytes(Repository.Binary("muxbench"))),
            "the binary depends on the folder it is built in (or is older than its source: make)");
    }

    [Fact]
    public void The_archive_is_whole_and_its_sums_are_right()
    {
        ToolProcess.RunCommand("sha256sum", ["-c", "--quiet", "SHA256SUMS"], new() { Folder = Packed.Archive }).Expect(0);
        int listed = File.ReadAllLines(Path.Combine(Packed.Archive, "SHA256SUMS")).Length;
        Assert.Equal(listed + 1, Directory.GetFiles(Packed.Archive, "*", SearchOption.AllDirectories).Length);
        // Every path that its README names is there.
        foreach (Match path in Regex.Matches(
            File.ReadAllText(Path.Combine(Packed.Archive, "README.md")), @"\b(bin|scripts|share)/[\w./-]*\w"))
        {
            Assert.True(Path.Exists(Path.Combine(Packed.Archive, path.Value)), $"the README names {path.Value}");
        }
    }

    /// <summary>Whole texts, not the manifests of packages, and what section 6 of the LGPL asks for.</summary>
    [Fact]
    public void The_licences_are_whole()
    {
        string folder = Path.Combine(Packed.Archive, "share/doc/nettools/licences");
        string Text(string name) => File.ReadAllText(Path.Combine(folder, name));
        foreach (string line in File.ReadAllLines(Path.Combine(folder, "components.tsv")))
        {
            string[] fields = line.Split('\t');
            Assert.DoesNotContain("<package", Text(fields[0]), StringComparison.Ordinal);
            Assert.DoesNotContain("see the text", line, StringComparison.Ordinal);
            Assert.NotEqual("unknown", fields[1]);
        }

        Assert.All((string[])["Tmds.LibC", "CommandLineParser", "dotnet-runtime"],
            name => Assert.Contains("Permission is hereby granted", Text(name), StringComparison.Ordinal));
        Assert.Contains("CC0 1.0", Text("HdrHistogram"), StringComparison.Ordinal);
        Assert.Contains("GNU LESSER GENERAL PUBLIC LICENSE", Text("LGPL-2.1"), StringComparison.Ordinal);
        Assert.Contains("RUNTIME LIBRARY EXCEPTION", Text("libgcc").ToUpperInvariant(), StringComparison.Ordinal);
        Assert.Matches("three years(.|\n)*make clean and make", Text("glibc-source"));
        using System.Text.Json.JsonDocument bill = System.Text.Json.JsonDocument.Parse(Text("sbom.cdx.json"));
        Assert.Equal(File.ReadAllLines(Path.Combine(folder, "components.tsv")).Length,
            bill.RootElement.GetProperty("components").GetArrayLength());
    }

    /// <summary>As nobody where we are root, so that the lab makes its network in a user namespace.</summary>
    [LabFact(Needs.Root, Needs.Tcpdump, Needs.Ping)]
    public void A_lab_runs_from_the_archive_as_an_ordinary_user_with_no_make_git_or_SDK()
    {
        using TempFolder folder = new();
        string user = Requirements.ReasonToSkip(Needs.RealRoot, Needs.Setpriv) is null
            ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : "";
        ToolProcess.RunCommand("bash", ["-ec",
            "mkdir path; for file in /usr/sbin/* /usr/bin/* /sbin/* /bin/*; do name=${file##*/}; "
            + "case $name in dotnet | make | git) ;; *) [ -e path/$name ] || ln -s $file path/$name ;; esac; done; "
            + $"cp -r {Packed.Archive} archive; mkdir work; chmod -R a+rX .; chmod a+rwx work; cd work; "
            + $"exec env -i PATH=$PWD/../path QUICK=1 {user} bash ../archive/scripts/lab.sh 2"],
                new() { Folder = folder.Path, Timeout = s_build }).Expect(0);
        Assert.True(File.Exists(folder.File("work/lab-report/index.html")), "no report");
    }

    [LabFact(Needs.RealRoot)]
    public void The_package_installs_and_leaves_nothing_behind()
    {
        using TempFolder folder = new();
        string package = Packed.Package;
        string contents = ToolProcess.RunCommand("dpkg-deb", "--contents", package).Expect(0).Output;
        Assert.All(contents.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Matches("^[d-]r[w-][x-]r-[x-]r-[x-] root/root ", line));

        ToolProcess.RunCommand("dpkg-deb", "-e", package, folder.File("control")).Expect(0);
        ToolProcess.RunCommand("dpkg-deb", "-x", package, folder.File("files")).Expect(0);
        ToolProcess.RunCommand("md5sum", ["-c", "--quiet", folder.File("control/md5sums")],
            new() { Folder = folder.File("files") }).Expect(0);
        Assert.Matches("\nStatic-Built-Using: glibc \\(= 2", File.ReadAllText(folder.File("control/control")));

        string root = folder.File("root");
        foreach (string part in (string[])["updates", "info", "triggers"])
        {
            Directory.CreateDirectory(Path.Combine(root, "var/lib/dpkg", part));
        }

        File.WriteAllText(Path.Combine(root, "var/lib/dpkg/status"), "");
        ToolProcess.RunCommand("dpkg", $"--root={root}", "--force-depends", "-i", package).Expect(0);
        foreach (string tool in Repository.Tools)
        {
            ToolProcess.RunCommand("chroot", root, $"/usr/bin/{tool}", "--version").Expect(0);
            Assert.True(File.Exists(Path.Combine(root, "usr/share/man/man1", $"{tool}.1.gz")), $"no manual of {tool}");
        }

        Assert.True(File.Exists(Path.Combine(root, "usr/share/man/man7/nettools.7.gz")), "no manual of the labs");
        foreach (string command in (string[])["lab", "lab-net", "fleet", "check", "deploy", "setcap"])
        {
            string help = ToolProcess.RunCommand(Path.Combine(root, $"usr/bin/nettools-{command}"), "--help").Expect(0).Output;
            Assert.Contains($"{command}.sh", help, StringComparison.Ordinal);
        }

        ToolResult usage = ToolProcess.RunCommand(Path.Combine(root, "usr/bin/nettools-lab"), "9").Expect(2);
        Assert.Equal(["usage: nettools-lab [--far [USER@]HOST [OPTION...]] [1|2|3|all]"], usage.ErrorLines);

        ToolProcess.RunCommand("dpkg", $"--root={root}", "-r", "nettools-labs").Expect(0);
        Assert.False(Directory.Exists(Path.Combine(root, "usr/lib/nettools")), "removal left files behind");
    }
}
