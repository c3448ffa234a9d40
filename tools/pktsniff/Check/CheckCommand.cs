using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.PktSniff.Check;

/// <summary><c>pktsniff check</c>.</summary>
internal static class CheckCommand
{
    private const int LongBurst = 1_000_000;
    private const int ShortBurst = 20_000;

    /// <summary>Reads the command line, runs the program and writes what was seen.</summary>
    /// <returns>The exit code: 1 when a required trial failed.</returns>
    /// <exception cref="OperationFailedException">There is no command, or no network can be made.</exception>
    public static int Run(string[] args)
    {
        string[] own = ExamOptions.Split(args, ["--interface", "--burst"], out string[] command);
        if (CommandLineReader.Read<CheckOptions>(own, CheckOptions.Help) is not CheckOptions options)
        {
            return ExitCode.Success;
        }

        ExamOptions.RequireOwnCommand(command, "pktsniff check");
        int burst = options.Burst ?? (options.Profile == ExamProfile.Basic ? ShortBurst : LongBurst);
        Arguments.CheckRange("--burst", burst, 0, 100_000_000);
        IReadOnlyList<ExamTrial> chosen = options.Chosen(SnifferTrials.All, "pktsniff check --help");
        using ExamReport report = new(options, SnifferTrials.All);
        SnifferRun run = SnifferRun.Start(command, options.Interface, burst);
        ExamSheet sheet = new(options.Name ?? string.Join(' ', command), options.Profile,
            [.. chosen.Select(trial => SnifferTrials.Judge(trial, run))], Interrupted: false);
        report.Write(sheet);
        return sheet.ExitCode;
    }
}
