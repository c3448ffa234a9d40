using CommandLine;

namespace NetTools.Terminal;

/// <summary>The options of a command that runs until it is stopped, often in the background.</summary>
public abstract class BackgroundOptions : SandboxedOptions
{
    /// <summary>A descriptor that the caller left open for <see cref="ReadySignal"/>.</summary>
    [Option("ready-fd", MetaValue = "N", HelpText = "Write a newline to descriptor N when ready, and close it.")]
    public ushort? ReadyDescriptor { get; set; }

    /// <summary>The file for <see cref="NetTools.Terminal.PidFile"/>.</summary>
    [Option("pid-file", MetaValue = "FILE",
        HelpText = "Write the process id to FILE; at the end removed, or left empty where root became another user.")]
    public string? PidFile { get; set; }
}
