using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>Archives and packages made by a test.</summary>
internal static class Packed
{
    private static readonly Lazy<TempFolder> s_shared = new(() =>
    {
        TempFolder folder = Source("x64");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        Pack(folder, "x64", ":");
        ToolProcess.RunCommand("bash",
            ["-ec", "cd artifacts/dist; tar -xzf *.tar.gz; mv */ ../../archive; dpkg-deb -x *.deb ../../package"],
            new() { Folder = folder.Path }).Expect(0);
        return folder;
    });

    /// <summary>The unpacked archive, for tests that only read it.</summary>
    public static string Archive => s_shared.Value.File("archive");

    /// <summary>The unpacked Debian package, for tests that only read it.</summary>
    public static string PackageRoot => s_shared.Value.File("package");

    /// <summary>The Debian package.</summary>
    public static string Package => Assert.Single(Directory.GetFiles(s_shared.Value.File("artifacts/dist"), "*.deb"));

    /// <summary>A folder with what is packed: the scripts, the manuals, the built binaries.</summary>
    public static TempFolder Source(string architecture)
    {
        TempFolder folder = new();
        ToolProcess.RunCommand("bash", "-ec",
            $"cd {Repository.Root}; git ls-files scripts tools README.md LICENSE | tar -c -T - | tar -x -C {folder.Path}; "
            + $"mkdir -p {folder.Path}/artifacts; cp -r artifacts/linux-{architecture} {folder.Path}/artifacts/").Expect(0);
        return folder;
    }

    /// <summary>Packs it by scripts/dist.sh, after a line of bash.</summary>
    public static void Pack(TempFolder folder, string architecture, string first) => ToolProcess.RunCommand("bash",
        ["-ec", $"{first}; export SOURCE_DATE_EPOCH=1700000000; exec scripts/dist.sh {architecture}"],
        new() { Folder = folder.Path, Timeout = TimeSpan.FromMinutes(5) }).Expect(0);
}
