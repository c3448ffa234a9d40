using CommandLine;

namespace NetTools.Terminal;

/// <summary>The options that the commands of all tools share.</summary>
public abstract class SandboxedOptions
{
    /// <summary>Whether to go on without a filter on system calls.</summary>
    [Option("no-sandbox", HelpText = "Keep every system call; not for a program with file capabilities.")]
    public bool NoSandbox { get; set; }

    /// <summary>Whether a kernel that cannot filter system calls is an error.</summary>
    [Option("require-sandbox", HelpText = "Fail where the kernel cannot filter system calls.")]
    public bool RequireSandbox { get; set; }
}
