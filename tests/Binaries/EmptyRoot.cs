using NetTools.Tests.Support;

namespace NetTools.Tests.Binaries;

/// <summary>A root folder that holds one binary and nothing else: no /dev, no /proc, no /etc, no C library.</summary>
internal sealed class EmptyRoot : IDisposable
{
    private readonly TempFolder _folder = new();

    public EmptyRoot(string tool)
    {
        Tool = tool;
        File.Copy(Repository.Binary(tool), _folder.File(tool));
    }

    public string Tool { get; }

    public ToolResult Run(string[] args, RunOptions options) =>
        ToolProcess.RunCommand("chroot", [_folder.Path, $"/{Tool}", .. args], options);

    public ToolProcess Launch(string[] args, RunOptions options) =>
        ToolProcess.LaunchCommand("chroot", [_folder.Path, $"/{Tool}", .. args], options);

    public void Dispose() => _folder.Dispose();
}
