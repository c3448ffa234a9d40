using CommandLine;
using NetTools.Terminal;

namespace NetTools.MuxBench.Bench;

/// <summary>The command line of a measurement, unchecked; <see cref="BenchSettings.From"/> checks it.</summary>
internal sealed class BenchOptions : SandboxedOptions
{
    /// <summary>What <c>--help</c> prints around the options.</summary>
    public static readonly HelpPage Help = new(
        "muxbench",
        "measure what a call of select, poll or epoll costs with n descriptors",
        ["[--fds N | --sweep LIST] [--ready LIST] [--timeout LIST]",
            "[--mechanisms LIST] [--measure LIST] [--json | --plot] [options]", "compare A.json B.json"],
        [
            "muxbench                                select, poll, epoll, 1,000 sockets",
            "muxbench --sweep auto --plot            1, 3, 10, ... to the limit, drawn",
            "muxbench --timeout -1,0 --position last what waiting adds to poll and select",
            "muxbench --measure wakeup               how long a waiting call takes to wake",
            "muxbench --measure relay --fds 1000     libevent's bench",
            "muxbench --json >a.json                 keep a run; later, compare another:",
            "muxbench compare a.json b.json",
        ])
    {
        Notes =
        [
            "Mechanisms: select, poll, ppoll, epoll, epoll-et, epoll-oneshot, epoll-pwait2,\nuring.",
            "The soft descriptor limit is raised to the hard limit. SIGINT ends the run and\nprints the blocks measured so far.",
        ],
    };

    [Option("fds", MetaValue = "N", HelpText = "descriptors to watch (default 1000)")]
    public string? Fds { get; set; }

    [Option("sweep", MetaValue = "LIST",
        HelpText = "numbers of descriptors to watch, such as 10,100,1000; auto: 1, 3, 10, ... to the limit")]
    public string? Sweep { get; set; }

    [Option("ready", MetaValue = "LIST", HelpText = "readable descriptors: a number, 10% or all (default 1)")]
    public string? Ready { get; set; }

    [Option("position", MetaValue = "LIST", HelpText = "where the readable ones are: even (default), first, last, random")]
    public string? Position { get; set; }

    [Option("timeout", MetaValue = "LIST",
        HelpText = "timeout of the timed call: -1 waits (default), 0 only looks; -1,0 times both")]
    public string? Timeout { get; set; }

    [Option("mechanisms", MetaValue = "LIST", HelpText = "mechanisms to compare, or all (default select,poll,epoll)")]
    public string? Mechanisms { get; set; }

    [Option("measure", MetaValue = "LIST", HelpText = "what to time: call (default), wakeup, add, modify, remove, relay, or all")]
    public string? Measure { get; set; }

    [Option("kind", MetaValue = "KIND", HelpText = "descriptors to watch: socketpair (default), pipe, tcp, eventfd")]
    public string? Kind { get; set; }

    [Option("sparse", HelpText = "spread descriptor numbers up to the limit")]
    public bool Sparse { get; set; }

    [Option("cold", HelpText = "empty the first two cache levels before each call")]
    public bool Cold { get; set; }

    [Option("shared-table", HelpText = "share the descriptor table between threads, as threaded programs do")]
    public bool SharedTable { get; set; }

    [Option("cpu", MetaValue = "N", HelpText = "CPU to run on (default the last one allowed)")]
    public string? Cpu { get; set; }

    [Option("blocks", MetaValue = "N", HelpText = "samples of each point, at least 3 (default 15); 6 or more carry an interval")]
    public string? Blocks { get; set; }

    [Option("seed", MetaValue = "N", HelpText = "seed of the random order (default 20060101)")]
    public string? Seed { get; set; }

    [Option("json", HelpText = "print one JSON object")]
    public bool Json { get; set; }

    [Option("csv", MetaValue = "FILE", HelpText = "also write the points to FILE")]
    public string? Csv { get; set; }

    [Option("plot", HelpText = "draw the sweep in the terminal")]
    public bool Plot { get; set; }

    [Option("gnuplot", MetaValue = "FILE", HelpText = "write a gnuplot script, data included, that prints an SVG")]
    public string? Gnuplot { get; set; }
}
