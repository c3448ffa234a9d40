using CommandLine;
using NetTools.Terminal;

namespace NetTools.MuxBench.Compare;

/// <summary>The command line of <c>muxbench compare</c>, unchecked.</summary>
internal sealed class CompareOptions : SandboxedOptions
{
    /// <summary>What <c>--help</c> prints around the options.</summary>
    public static readonly HelpPage Help = new(
        "muxbench compare",
        "compare two runs that were kept with --json",
        ["A.json B.json [--smallest PERCENT] [--json]"],
        [
            "muxbench compare before.json after.json",
            "muxbench compare --smallest 5 a.json b.json | grep effect",
        ])
    {
        Notes =
        [
            "Verdicts: effect (the interval excludes zero and lies beyond the noise floor\nand the smallest effect), within "
                + "noise, no effect (the interval lies within the\nsmallest effect), undecided.",
            "Runs that measured different things are refused.",
        ],
    };

    [Value(0, MetaName = "A.json", HelpText = "the run compared with")]
    public string? A { get; set; }

    [Value(1, MetaName = "B.json", HelpText = "the run compared")]
    public string? B { get; set; }

    [Option("smallest", MetaValue = "PERCENT", HelpText = "smallest difference worth naming (default 1)")]
    public double? Smallest { get; set; }

    [Option("json", HelpText = "print one JSON object")]
    public bool Json { get; set; }
}

/// <summary>What to compare, checked.</summary>
/// <param name="A">The file of the run compared with.</param>
/// <param name="B">The file of the run compared.</param>
/// <param name="SmallestEffect">The smallest relative difference worth naming, a fraction.</param>
/// <param name="Json">Whether to print JSON.</param>
/// <param name="NoSandbox">Whether to keep every system call.</param>
internal sealed record CompareSettings(string A, string B, double SmallestEffect, bool Json, bool NoSandbox)
{
    private const double DefaultPercent = 1;
    private const double MostPercent = 1000;

    /// <summary>Checks what the user asked for.</summary>
    /// <exception cref="Os.OperationFailedException">A file is missing, or a number is out of range.</exception>
    public static CompareSettings From(CompareOptions options)
    {
        double percent = options.Smallest ?? DefaultPercent;
        return options is not { A: string a, B: string b }
            ? throw new Os.OperationFailedException("compare takes two files", "see muxbench compare --help")
            : percent is not (>= 0 and <= MostPercent)
                ? throw new Os.OperationFailedException("--smallest is out of range", "0 to 1000 percent")
            : new(a, b, percent / 100, options.Json, options.NoSandbox);
    }
}
