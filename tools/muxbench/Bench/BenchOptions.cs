using CommandLine;
using NetTools.Terminal;

namespace NetTools.MuxBench.Bench;

/// <summary>What the user asked for, unchecked; <see cref="BenchSettings.From"/> checks it.</summary>
internal sealed class BenchOptions : SandboxedOptions
{
    [Option("fds", MetaValue = "N", HelpText = "descriptors to watch (default 1000)")]
    public string? Fds { get; set; }

    [Option("sweep", MetaValue = "LIST", HelpText = "each of these numbers in turn: 10,100,1000,9000; or auto: 1, 3, 10, 30, ... to the limit")]
    public string? Sweep { get; set; }

    [Option("ready", MetaValue = "LIST", HelpText = "how many are readable: 1 (default), 10%, all")]
    public string? Ready { get; set; }

    [Option("mechanisms", MetaValue = "LIST", HelpText = "which to compare, or all (default select,poll,epoll)")]
    public string? Mechanisms { get; set; }

    [Option("measure", MetaValue = "LIST", HelpText = "what to time: call (default), wakeup, add, modify, remove, relay, or all")]
    public string? Measure { get; set; }

    [Option("kind", MetaValue = "KIND", HelpText = "what to watch: socketpair (default), pipe, tcp, eventfd")]
    public string? Kind { get; set; }

    [Option("sparse", HelpText = "spread the descriptors' numbers up to the limit")]
    public bool Sparse { get; set; }

    [Option("cold", HelpText = "empty the first two caches before each call")]
    public bool Cold { get; set; }

    [Option("shared-table", HelpText = "share the descriptor table with other threads, as a program with threads does")]
    public bool SharedTable { get; set; }

    [Option("cpu", MetaValue = "N", HelpText = "stay on this CPU (default: the last one)")]
    public string? Cpu { get; set; }

    [Option("blocks", MetaValue = "N", HelpText = "times that each is measured (default 15)")]
    public string? Blocks { get; set; }

    [Option("json", HelpText = "print one JSON object")]
    public bool Json { get; set; }

    [Option("csv", MetaValue = "FILE", HelpText = "write the points to a file as well")]
    public string? Csv { get; set; }

    [Option("plot", HelpText = "draw the sweep in the terminal")]
    public bool Plot { get; set; }

    [Option("gnuplot", MetaValue = "FILE", HelpText = "write a gnuplot script, data included, that prints an SVG")]
    public string? Gnuplot { get; set; }
}
