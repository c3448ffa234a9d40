using NetTools.Tests.Support;

namespace NetTools.Tests.RawPing;

/// <summary>A user without privileges, with a copy of rawping where he can run it.</summary>
internal sealed class OrdinaryUser : IDisposable
{
    /// <summary>The number of the user and of his group.</summary>
    public const string Number = "65534";

    private readonly TempFolder _folder = new();

    public OrdinaryUser()
    {
        Binary = _folder.File("rawping");
        File.Copy(Repository.Binary("rawping"), Binary);
        ToolProcess.RunCommand("chmod", "755", _folder.Path, Binary).Expect(0);
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
