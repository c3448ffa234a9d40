using CommandLine;
using NetTools.Measure;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Compare;

/// <summary>The command line of <c>optbench compare</c>, unchecked.</summary>
internal sealed class CompareOptions : SandboxedOptions
{
    [Value(0, MetaName = "A.json", HelpText = "The run compared with, as --json printed it.")]
    public string? A { get; set; }

    [Value(1, MetaName = "B.json", HelpText = "The run compared.")]
    public string? B { get; set; }

    [Option("smallest", MetaValue = "PERCENT", Default = 1.0, HelpText = "Smallest difference worth naming.")]
    public double Smallest { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    public static HelpPage Help { get; } = new("optbench compare", "compares two runs arm by arm", ["A.json B.json [options]"],
        [
            "optbench nodelay --json >before.json     then change something, and:",
            "optbench nodelay --json >after.json",
            "optbench compare before.json after.json",
        ])
    {
        Notes =
        [
            "Prints B - A for each arm that both runs have, with an interval and a verdict.\nRuns that did not measure the same "
                + "way are refused with the reason. Exit: 0\ncompared, 2 not comparable.",
        ],
    };

    /// <summary>Checks what the user asked for.</summary>
    /// <exception cref="OperationFailedException">A file is missing, or a value is out of range.</exception>
    public CompareSettings ToSettings()
    {
        RunOptions.Check(Smallest is >= 0 and <= 100, "--smallest is 0 to 100 percent");
        return A is string a && B is string b ? new(a, b, Smallest / 100)
            : throw new OperationFailedException("compare needs two files", "see optbench compare --help");
    }
}

/// <summary>What to compare, checked.</summary>
/// <param name="A">The file of the run compared with.</param>
/// <param name="B">The file of the run compared.</param>
/// <param name="SmallestEffect">The smallest relative difference worth naming, a fraction.</param>
internal sealed record CompareSettings(string A, string B, double SmallestEffect = Verdicts.SmallestEffect);
