namespace NetTools.Tests.Support;

/// <summary>Where things are: the clone, the published binaries.</summary>
public static class Repository
{
    /// <summary>The folder that holds NetTools.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The five tools.</summary>
    public static string[] Tools { get; } = File.ReadAllLines(Path.Combine(Root, "scripts", "lib", "tools"));

    /// <summary>The folder of the published binaries: NETTOOLS_BIN, or artifacts/linux-x64.</summary>
    public static string Binaries { get; } = Environment.GetEnvironmentVariable("NETTOOLS_BIN") is { Length: > 0 } folder
        ? Path.GetFullPath(folder, Root) : Path.Combine(Root, "artifacts", "linux-x64");

    /// <summary>The folder of the published binaries for arm64.</summary>
    public static string Arm64Binaries { get; } = Path.Combine(Root, "artifacts", "linux-arm64");

    /// <summary>The published binary of a tool.</summary>
    /// <exception cref="FileNotFoundException">It was not built.</exception>
    public static string Binary(string tool)
    {
        string path = Path.Combine(Binaries, tool);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: run `make {tool}` first");
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NetTools.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"NetTools.sln is not above {AppContext.BaseDirectory}");
    }
}
