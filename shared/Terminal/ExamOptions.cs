using CommandLine;
using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>The options of every <c>check</c>.</summary>
public abstract class ExamOptions : SandboxedOptions
{
    /// <summary>How much is examined.</summary>
    [Option("profile", MetaValue = "NAME", HelpText = "How much is examined: full (default), basic.")]
    public ExamProfile Profile { get; set; } = ExamProfile.Full;

    /// <summary>Names of trials, separated by commas; null for all.</summary>
    [Option("only", MetaValue = "TRIALS", HelpText = "These trials only, separated by commas.")]
    public string? Only { get; set; }

    /// <summary>What to call the program.</summary>
    [Option("name", MetaValue = "TEXT", HelpText = "What the reports call the program.")]
    public string? Name { get; set; }

    /// <summary>Whether to print JSON.</summary>
    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    /// <summary>A page for a browser.</summary>
    [Option("html", MetaValue = "FILE", HelpText = "Also write a page to hand back.")]
    public string? Html { get; set; }

    /// <summary>A report for CI servers.</summary>
    [Option("junit", MetaValue = "FILE", HelpText = "Also write JUnit XML.")]
    public string? Junit { get; set; }

    /// <summary>Results for Gradescope.</summary>
    [Option("gradescope", MetaValue = "FILE", HelpText = "Also write Gradescope's results.json.")]
    public string? Gradescope { get; set; }

    /// <summary>The points of each trial.</summary>
    [Option("points", MetaValue = "FILE", HelpText = "Points for --gradescope: lines of a trial and a number (1 each).")]
    public string? Points { get; set; }

    /// <summary>The trials that were chosen, in their order.</summary>
    /// <param name="all">Those there are.</param>
    /// <param name="help">Where the trials are listed.</param>
    /// <exception cref="OperationFailedException">There is no such trial.</exception>
    public IReadOnlyList<ExamTrial> Chosen(IReadOnlyList<ExamTrial> all, string help)
    {
        string[]? names = Only?.Split(',', StringSplitOptions.TrimEntries);
        if (names?.FirstOrDefault(name => all.All(trial => trial.Name != name)) is string unknown)
        {
            throw new OperationFailedException($"'{unknown}' is not a trial", $"see {help}");
        }

        return [.. all.Where(trial => names?.Contains(trial.Name)
            ?? (trial.Level == ExamLevel.Basic || Profile == ExamProfile.Full))];
    }

    /// <summary>Separates our options from the command that follows them.</summary>
    /// <param name="args">All words after the verb.</param>
    /// <param name="withValue">Long names of the verb's own options that take a value.</param>
    /// <param name="command">The command, which begins with the first word that is not an option, or after <c>--</c>.</param>
    /// <returns>Our options.</returns>
    public static string[] Split(string[] args, string[] withValue, out string[] command)
    {
        string[] values = [.. withValue, "--profile", "--only", "--name", "--html", "--junit", "--gradescope", "--points"];
        int at = 0;
        while (at < args.Length && args[at].StartsWith('-') && args[at] != "--")
        {
            at += values.Contains(args[at]) ? 2 : 1;
        }

        at = Math.Min(at, args.Length);
        command = at < args.Length && args[at] == "--" ? args[(at + 1)..] : args[at..];
        return args[..at];
    }

    /// <summary>Refuses to examine without a command, and to run one with more privileges than the caller has.</summary>
    /// <param name="command">The command.</param>
    /// <param name="verb">Whose help has more: <c>rawping check</c>.</param>
    /// <exception cref="OperationFailedException">Either is so.</exception>
    public static void RequireOwnCommand(string[] command, string verb)
    {
        Arguments.Check(command.Length > 0, "the command of the program to examine is missing", $"see {verb} --help");
        Arguments.Check(!CallerPolicy.IsMorePrivileged, "check runs a program: not with more privileges than yours",
            "use a copy without capabilities, as root or with scripts/check.sh");
    }

    /// <summary>The lines for <c>--help</c> that list the trials, at most 80 columns wide.</summary>
    public static string[] ListOf(IReadOnlyList<ExamTrial> all) =>
    [
        Wrapped("Trials", all.Where(trial => trial.Level == ExamLevel.Basic)),
        Wrapped("In the profile full", all.Where(trial => trial.Level == ExamLevel.Full)),
        Wrapped("Noted, not judged", all.Where(trial => trial.Level == ExamLevel.Noted)),
    ];

    private static string Wrapped(string head, IEnumerable<ExamTrial> trials)
    {
        const int Width = 78;
        string[] words = $"{head}: {string.Join(", ", trials.Select(trial => trial.Name))}.".Split(' ');
        System.Text.StringBuilder text = new();
        int column = 0;
        foreach (string word in words)
        {
            string before = column == 0 ? "" : column + 1 + word.Length > Width ? "\n" : " ";
            column = before == "\n" ? word.Length : column + before.Length + word.Length;
            text.Append(before).Append(word);
        }

        return text.ToString();
    }
}
