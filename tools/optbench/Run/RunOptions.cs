using CommandLine;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Run;

/// <summary>What the user asked for: optbench [EXPERIMENT...].</summary>
internal sealed class RunOptions : SandboxedOptions
{
    private const int BlocksByDefault = 20;
    private const int QuickBlocks = 8;
    private const int QuickPart = 5;

    [Value(0, MetaName = "EXPERIMENT", HelpText = "Which to run; default: all.")]
    public IEnumerable<string> Experiments { get; set; } = [];

    [Option("server", MetaValue = "HOST:PORT",
        HelpText = "The far end, an 'optbench server'; default: one started here, on another CPU.")]
    public string? Server { get; set; }

    [Option("token", MetaValue = "TEXT", HelpText = "The server's secret; default: $OPTBENCH_TOKEN.")]
    public string? Token { get; set; }

    [Option("time", MetaValue = "S", Default = 5.0, HelpText = "Budget of an arm in seconds, warm-up and all blocks together.")]
    public double Time { get; set; }

    [Option("quick", HelpText = "A first look: a fifth of the time and of the bytes, 8 blocks.")]
    public bool Quick { get; set; }

    [Option("bytes", MetaValue = "B", Default = 1_000_000_000L,
        HelpText = "Most a throughput arm moves while timed, all blocks together.")]
    public long Bytes { get; set; }

    [Option("blocks", MetaValue = "N", Default = BlocksByDefault,
        HelpText = "Most randomised blocks; each arm is measured once in each.")]
    public int Blocks { get; set; }

    [Option("confidence", MetaValue = "PERCENT", Default = 95.0, HelpText = "Level of the intervals and verdicts.")]
    public double Confidence { get; set; }

    [Option("smallest", MetaValue = "PERCENT", Default = 1.0, HelpText = "Smallest difference worth naming.")]
    public double Smallest { get; set; }

    [Option("aa", HelpText = "Compare each arm with itself: shows how often noise is called an effect.")]
    public bool CompareWithItself { get; set; }

    [Option("congestion", MetaValue = "NAME", HelpText = "Congestion control at both ends; default: cubic, for bdp reno.")]
    public string? Congestion { get; set; }

    [Option("size", MetaValue = "B", Default = 1, HelpText = "Bytes of each message of nodelay, 1 to 1400.")]
    public int Size { get; set; }

    [Option("let-idle", HelpText = "Let this machine's CPUs go idle; default: kept awake while exchanges are timed.")]
    public bool LetIdle { get; set; }

    [Option("cpu", MetaValue = "N[,M]",
        HelpText = "CPU of this end, and of a far end started here; default: the first and the last.")]
    public string? Cpu { get; set; }

    [Option("seed", MetaValue = "N", Default = 1, HelpText = "Seed of the order of arms within blocks.")]
    public int Seed { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    [Option("csv", MetaValue = "FILE", HelpText = "Also write every sample to a file.")]
    public string? Csv { get; set; }

    [Option("gnuplot", MetaValue = "FILE", HelpText = "Also write a gnuplot script, data included, that prints an SVG.")]
    public string? Gnuplot { get; set; }

    /// <summary>
    /// What most experiments take when none is named: bbr, some machines' default, paces small windows to a crawl.
    /// </summary>
    public const string UsualCongestion = "cubic";

    public static HelpPage Help { get; } = new("optbench", "measures what socket options really do",
        ["[EXPERIMENT...] [options]", "compare A.json B.json", "list", "server [-p PORT]",
        "link --namespace-a NS --namespace-b NS --delay MS"],
        [
            "optbench nodelay                       where Nagle's algorithm waits",
            "optbench rcvbuf --json                 throughput by receive buffer",
            "optbench nodelay rcvbuf --csv s.csv    every sample, for a plot",
            "OPTBENCH_TOKEN=s3cret optbench server  on the far host, then here too:",
            "optbench nodelay --server far:5400     between two hosts",
        ])
    {
        Notes =
        [
            "Experiments: "
                + string.Join(",\n", Catalog.All.Chunk(8).Select(line => string.Join(", ", line.Select(one => one.Name))))
                + ".\n'optbench list' says what each shows.",
            "Arms are measured in randomised blocks, warm-up dropped. Values are medians of\nthe block medians with "
                + "order-statistic intervals, from 6 blocks on; below that,\ntheir range. MB is 10^6 bytes. Exit: 0 done, 1 "
                + "something failed, 2 cannot run.",
        ],
    };

    /// <summary>The checked settings.</summary>
    /// <exception cref="OperationFailedException">A value is out of its range.</exception>
    public RunSettings ToSettings()
    {
        Check(Time is >= 0.1 and <= 600, "--time is 0.1 to 600");
        Check(Blocks is >= 3 and <= DifferenceResult.MostBlocks, "--blocks is 3 to 1000");
        Check(Bytes is >= 1_000_000 and <= 10_000_000_000, "--bytes is 1000000 to 10000000000");
        Check(Congestion is null || (Congestion.Length is > 0 and < 16
            && Congestion.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')),
            $"--congestion '{Congestion}' is not a congestion control");
        Check(Size is >= 1 and <= 1400, "--size is 1 to 1400: a message must be smaller than a segment");
        Check(Confidence is >= 50 and <= 99.9, "--confidence is 50 to 99.9 percent");
        Check(Smallest is >= 0 and <= 100, "--smallest is 0 to 100 percent");
        string[] known = Congestion is null ? [] : CongestionControls.ReadAvailable();
        Check(known.Length == 0 || known.Contains(Congestion),
            $"--congestion {Congestion}: this kernel has {string.Join(", ", known)}");
        RunSettings settings = Quick ? new(Math.Min(Blocks, QuickBlocks), Time / QuickPart, Bytes / QuickPart, Seed)
            : new(Blocks, Time, Bytes, Seed);
        return settings with
        {
            Confidence = Confidence / 100,
            SmallestEffect = Smallest / 100,
            CompareWithItself = CompareWithItself,
            Congestion = Congestion,
            MessageBytes = Size,
        };
    }

    internal static void Check(bool sound, string rule)
    {
        if (!sound)
        {
            throw new OperationFailedException(rule, "see optbench --help");
        }
    }
}
