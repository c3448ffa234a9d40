using CommandLine;

namespace NetTools.Terminal;

/// <summary>The option that the commands of all tools share.</summary>
public abstract class SandboxedOptions
{
    /// <summary>Whether to go on without a filter on system calls.</summary>
    [Option("no-sandbox", HelpText = "Keep every system call; not for a program with file capabilities.")]
    public bool NoSandbox { get; set; }
}
