using CommandLine;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Merge;

/// <summary>The command line of <c>epollecho merge</c>.</summary>
internal sealed class MergeOptions : SandboxedOptions
{
    [Value(0, MetaName = "FILE", Required = true, HelpText = "Logs written by load --hlog.")]
    public IEnumerable<string> Files { get; set; } = [];

    [Option("histogram", HelpText = "Draw the latencies; the default on a terminal.")]
    public bool Histogram { get; set; }

    [Option("together", HelpText = "The runs began at the same moment: do not compare clocks.")]
    public bool Together { get; set; }

    [Option("hgrm", MetaValue = "FILE", HelpText = "Write the latency distribution (HdrHistogram, us).")]
    public string? Hgrm { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho merge", "add up runs of several hosts",
        ["FILE... [OPTIONS]"],
        [
            "epollecho load http://h/ -d 10s --start-at 12:30:00 --hlog a.hlog    on each host",
            "epollecho merge a.hlog b.hlog",
        ])
    {
        Notes =
        [
            "Reads HdrHistogram logs, version 1.3. Latencies are exact to the histogram's\n"
            + "resolution, three digits. Exit code 1: one of the runs had failures, or its log\n"
            + "lacks the end (cut short).",
        ],
    };
}
