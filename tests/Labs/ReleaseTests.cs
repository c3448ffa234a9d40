using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>scripts/release.sh, with small stand-ins for the binaries: what is in the folder, and what it refuses.</summary>
[Collection("lab")]
public sealed class ReleaseTests
{
    [Fact]
    public void Puts_packages_sums_components_and_changes_into_a_folder()
    {
        using TempFolder folder = Source("0.1.0");
        Run(folder, "scripts/dist.sh x64; scripts/dist.sh arm64; scripts/release.sh").Expect(0);
        string release = Assert.Single(Directory.GetDirectories(folder.File("artifacts/release")));
        string[] names = [.. Directory.GetFiles(release).Select(path => Path.GetFileName(path))];
        Assert.Equal(2, names.Count(name => name.EndsWith(".tar.gz", StringComparison.Ordinal)));
        Assert.Equal(2, names.Count(name => name.EndsWith(".deb", StringComparison.Ordinal)));
        ToolProcess.RunCommand("sha256sum", ["-c", "--quiet", "SHA256SUMS"], new() { Folder = release }).Expect(0);
        Assert.Equal(names.Length - 1, File.ReadAllLines(Path.Combine(release, "SHA256SUMS")).Length);
        Assert.StartsWith("# NetTools 0.1.0, ", File.ReadAllText(Path.Combine(release, "CHANGES.md")), StringComparison.Ordinal);

        using JsonDocument bill = JsonDocument.Parse(File.ReadAllText(Path.Combine(release, "sbom.cdx.json")));
        Assert.Equal("CycloneDX", bill.RootElement.GetProperty("bomFormat").GetString());
        JsonElement[] components = [.. bill.RootElement.GetProperty("components").EnumerateArray()];
        Assert.Equal(["glibc", "libpcap"], components.Select(component => component.GetProperty("name").GetString()));
        Assert.Equal("see licences/libpcap",
            components[1].GetProperty("licenses")[0].GetProperty("license").GetProperty("name").GetString());
    }

    /// <summary>Signed by ssh-keygen -Y: what verify.sh says of a good release and of each kind of bad one.</summary>
    [LabFact(Needs.Ssh)]
    public void A_release_is_checked_before_it_is_run()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("bash", ["-ec", """
            for key in ours theirs; do ssh-keygen -q -t ed25519 -N '' -f $key; done
            echo "releases@example.org $(cut -d' ' -f1,2 ours.pub)" >signers
            mkdir good; echo one >good/one; echo two >good/two; (cd good; sha256sum one two >SHA256SUMS)
            cp -r good unsigned; cp -r good forged
            ssh-keygen -q -Y sign -f ours -n nettools good/SHA256SUMS
            ssh-keygen -q -Y sign -f theirs -n nettools forged/SHA256SUMS
            cp -r good damaged; echo x >>damaged/two
            cp -r good longer; echo three >longer/three
            cp -r good changed; : >changed/one; rm changed/two
            echo "$(sha256sum /dev/null | cut -d' ' -f1)  one" >changed/SHA256SUMS
            """], new() { Folder = folder.Path }).Expect(0);
        foreach ((string release, int code, string says) in (ReadOnlySpan<(string, int, string)>)
            [
                ("good", 0, "signed by releases@example.org"), ("unsigned", 1, "SHA256SUMS is not signed"),
                ("forged", 1, "signed by a key that is not in"), ("damaged", 1, "two: FAILED"),
                ("longer", 1, "three is not in SHA256SUMS"), ("changed", 1, "the signature does not fit"),
            ])
        {
            ToolResult result = ToolProcess.RunCommand("bash", [Path.Combine(Repository.Root, "scripts/verify.sh"), "--signers",
                folder.File("signers"), folder.File(release)]).Expect(code);
            Assert.Contains(says, result.Output + result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Refuses_binaries_of_another_version()
    {
        using TempFolder folder = Source("0.0.9");
        ToolResult result = Run(folder, "scripts/release.sh").Expect(1);
        Assert.StartsWith("release: the binaries are 'epollecho 0.0.9', not 'epollecho 0.1.0", Assert.Single(result.ErrorLines),
            StringComparison.Ordinal);
    }

    private static TempFolder Source(string version)
    {
        TempFolder folder = new();
        ToolProcess.RunCommand("bash", "-ec", $$"""
            cd {{Repository.Root}}
            git ls-files scripts tools README.md LICENSE | tar -c -T - | tar -x -C {{folder.Path}}
            cd {{folder.Path}}
            sed -i 's:<Version>.*</Version>:<Version>0.1.0</Version>:' tools/Directory.Build.props
            for arch in x64 arm64; do
              mkdir -p artifacts/linux-$arch/licences
              for tool in epollecho rawping pktsniff optbench muxbench; do
                printf '#!/bin/sh\necho %s %s\n' $tool {{version}} >artifacts/linux-$arch/$tool
                chmod +x artifacts/linux-$arch/$tool
              done
              printf '%s\t%s\t%s\t%s\n' glibc 2.36 LGPL-2.1-or-later pkg:deb/debian/glibc@2.36 \
                libpcap 1.10.3 'see the text' pkg:deb/debian/libpcap@1.10.3 \
                >artifacts/linux-$arch/licences/components.tsv
            done
            """).Expect(0);
        return folder;
    }

    private static ToolResult Run(TempFolder folder, string command) => ToolProcess.RunCommand("bash",
        ["-ec", $"export SOURCE_DATE_EPOCH=1700000000; {command}"],
        new() { Folder = folder.Path, Timeout = TimeSpan.FromMinutes(2) });
}
