namespace NetTools.Tests.Support;

/// <summary>A user without privileges, with a copy of a tool where he can run it.</summary>
internal sealed class OrdinaryUser : IDisposable
{
    /// <summary>The number of the user and of his group.</summary>
    public const string Number = "65534";

    private readonly TempFolder _folder = new();

    /// <summary>Makes the copy.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="mode">Mode of the copy, which is root's: 4755 for a setuid one.</param>
    public OrdinaryUser(string tool = "rawping", string mode = "755")
    {
        Binary = _folder.File(tool);
        File.Copy(Repository.Binary(tool), Binary);
        ToolProcess.RunCommand("chmod", "755", _folder.Path).Expect(0);
        ToolProcess.RunCommand("chmod", mode, Binary).Expect(0);
    }

    /// <summary>The copy.</summary>
    public string Binary { get; }

    /// <summary>Gives the copy the capability that a raw socket needs.</summary>
    public void Setcap() => ToolProcess.RunCommand("setcap", "cap_net_raw+ep", Binary).Expect(0);

    /// <summary>The words of a command line that runs the copy as the user.</summary>
    public string[] Command(params string[] args) =>
        ["setpriv", "--reuid", Number, "--regid", Number, "--clear-groups", Binary, .. args];

    /// <summary>Runs the copy as the user.</summary>
    public ToolResult Run(string[] args, RunOptions? options = null)
    {
        string[] command = Command(args);
        return ToolProcess.RunCommand(command[0], command[1..], options ?? new RunOptions());
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
