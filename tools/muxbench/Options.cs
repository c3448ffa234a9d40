using CommandLine;

namespace NetTools.MuxBench;

/// <summary>What the user asked for, unchecked; <see cref="Settings.From"/> checks it.</summary>
internal sealed class Options
{
    [Option("fds", MetaValue = "N", HelpText = "descriptors to watch (default 1000)")]
    public string? Fds { get; set; }

    [Option("sweep", MetaValue = "LIST", HelpText = "watch each of these numbers in turn: 10,100,1000,9000; or auto: 1, 3, 10, 30, ... to the limit")]
    public string? Sweep { get; set; }

    [Option("ready", Default = "1", MetaValue = "K", HelpText = "how many are readable: 1, 10%, all; or a list")]
    public string Ready { get; set; } = "1";

    [Option("mechanisms", MetaValue = "LIST", HelpText = "which to compare, or all (default select,poll,epoll)")]
    public string? Mechanisms { get; set; }

    [Option("blocks", Default = "15", MetaValue = "N", HelpText = "times that each is measured")]
    public string Blocks { get; set; } = "15";

    [Option("json", HelpText = "print one JSON object")]
    public bool Json { get; set; }

    [Option("csv", MetaValue = "FILE", HelpText = "write the points to a file as well")]
    public string? Csv { get; set; }
}
