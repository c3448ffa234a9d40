using CommandLine;
using NetTools.OptBench.Experiments;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Run;

/// <summary>What the user asked for: optbench [EXPERIMENT...].</summary>
internal sealed class RunOptions : SandboxedOptions
{
    private const int BlocksByDefault = 20;
    private const int QuickBlocks = 8;
    private const int QuickPart = 5;

    [Value(0, MetaName = "EXPERIMENT", HelpText = "Which to run; all when none is named.")]
    public IEnumerable<string> Experiments { get; set; } = [];

    [Option("server", MetaValue = "HOST:PORT", HelpText = "Use an 'optbench server' there; default: one started here, on the other CPU.")]
    public string? Server { get; set; }

    [Option("token", MetaValue = "TEXT", HelpText = "The server's secret; default: $OPTBENCH_TOKEN.")]
    public string? Token { get; set; }

    [Option("time", MetaValue = "S", Default = 5.0, HelpText = "Longest an arm may take, all its blocks together, seconds.")]
    public double Time { get; set; }

    [Option("quick", HelpText = "A first look: a fifth of the time and of the bytes, 8 blocks.")]
    public bool Quick { get; set; }

    [Option("bytes", MetaValue = "B", Default = 1_000_000_000L, HelpText = "Most a throughput arm moves, all its blocks together.")]
    public long Bytes { get; set; }

    [Option("blocks", MetaValue = "N", Default = BlocksByDefault, HelpText = "Randomised blocks; each arm is measured once in each.")]
    public int Blocks { get; set; }

    [Option("confidence", MetaValue = "PERCENT", Default = 95.0, HelpText = "Level of the intervals, and of what is called an effect.")]
    public double Confidence { get; set; }

    [Option("congestion", MetaValue = "NAME", HelpText = "Congestion control at both ends; default: cubic, for bdp reno.")]
    public string? Congestion { get; set; }

    [Option("size", MetaValue = "B", Default = 1, HelpText = "Bytes of each message of nodelay, 1 to 1400.")]
    public int Size { get; set; }

    [Option("let-idle", HelpText = "Let CPUs go idle between messages; default: kept awake while exchanges are timed.")]
    public bool LetIdle { get; set; }

    [Option("seed", MetaValue = "N", Default = 1, HelpText = "Orders the arms within the blocks.")]
    public int Seed { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    [Option("csv", MetaValue = "FILE", HelpText = "Also write every sample to a file.")]
    public string? Csv { get; set; }

    [Option("gnuplot", MetaValue = "FILE", HelpText = "Also write a gnuplot script, data included, that prints an SVG.")]
    public string? Gnuplot { get; set; }

    /// <summary>What most experiments take when none is named: bbr, some machines' default, paces small windows to a crawl.</summary>
    public const string UsualCongestion = "cubic";

    public static HelpPage Help { get; } = new("optbench", "measures what socket options really do", ["[EXPERIMENT...] [options]", "list", "server [-p PORT]", "link --namespace-a NS --namespace-b NS --delay MS"],
        [
            "optbench nodelay                       where Nagle's algorithm waits",
            "optbench rcvbuf --json                 throughput by receive buffer",
            "optbench nodelay rcvbuf --csv s.csv    every sample, for a plot",
            "optbench server                        on the far host, then here:",
            "optbench nodelay --server far:5400     between two hosts",
        ])
    {
        Notes =
        [
            "Experiments: " + string.Join(", ", Catalog.All.Take(8).Select(e => e.Name))
                + string.Concat(Catalog.All.Skip(8).Select((e, i) => (i == 0 ? ",\n" : ", ") + e.Name)) + ".\n'optbench list' says what each shows.",
            "Arms are measured in randomised blocks, warm-up dropped. Values are medians of\nthe block medians with bootstrap intervals.",
        ],
    };

    /// <summary>The checked settings.</summary>
    /// <exception cref="OperationFailedException">A value is out of its range.</exception>
    public RunSettings ToSettings()
    {
        Check(Time is >= 0.1 and <= 600, "--time is 0.1 to 600");
        Check(Blocks is >= 3 and <= 1000, "--blocks is 3 to 1000");
        Check(Bytes is >= 1_000_000 and <= 10_000_000_000, "--bytes is 1000000 to 10000000000");
        Check(Congestion is null || (Congestion.Length is > 0 and < 16 && Congestion.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')),
            $"--congestion '{Congestion}' is no congestion control's name");
        Check(Size is >= 1 and <= 1400, "--size is 1 to 1400: a message shall be less than a segment");
        Check(Confidence is >= 50 and <= 99.9, "--confidence is 50 to 99.9 percent");
        RunSettings settings = Quick ? new(Math.Min(Blocks, QuickBlocks), Time / QuickPart, Bytes / QuickPart, Seed) : new(Blocks, Time, Bytes, Seed);
        return settings with { Confidence = Confidence / 100, Congestion = Congestion, MessageBytes = Size };
    }

    internal static void Check(bool sound, string rule)
    {
        if (!sound)
        {
            throw new OperationFailedException(rule, "see optbench --help");
        }
    }
}
