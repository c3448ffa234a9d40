using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.RawPing.Check;

/// <summary><c>rawping check</c>.</summary>
internal static class CheckCommand
{
    private const int MostRounds = 5;
    private const double BusyMs = 10; // later than this, a printed time may miss its tolerance

    /// <summary>Reads the command line, runs the program in its networks and writes what was seen.</summary>
    /// <returns>The exit code: 1 when a required trial failed.</returns>
    /// <exception cref="OperationFailedException">There is no command, or no network can be made.</exception>
    public static int Run(string[] args)
    {
        string[] own = ExamOptions.Split(args, [], out string[] command);
        if (CommandLineReader.Read<CheckOptions>(own, CheckOptions.Help) is not CheckOptions options)
        {
            return ExitCode.Success;
        }

        ExamOptions.RequireOwnCommand(command, "rawping check");
        IReadOnlyList<ExamTrial> chosen = options.Chosen(PingTrials.All, "rawping check --help");
        using ExamReport report = new(options, PingTrials.All);
        ExamResult[] results = Examine(command, chosen);
        ExamSheet sheet = new(options.Name ?? string.Join(' ', command), options.Profile, results, Interrupted: false);
        report.Write(sheet);
        return sheet.ExitCode;
    }

    /// <summary>
    /// Tries everything; what failed by the times it printed is tried again while the machine is too busy to keep time.
    /// </summary>
    private static ExamResult[] Examine(IReadOnlyList<string> command, IReadOnlyList<ExamTrial> chosen)
    {
        ExamResult[] results = [];
        ExamTrial[] open = [.. chosen];
        for (int round = 0; round < MostRounds && open.Length > 0; round++)
        {
            using StallWatch watch = new();
            Dictionary<Misbehaviour, PingRun> runs = PingRun.Start(command, PingTrials.Networks(open));
            ExamResult[] judged = [.. open.Select(trial => PingTrials.Judge(trial, runs))];
            results = round == 0 ? judged
                : [.. results.Select(before => judged.FirstOrDefault(after => after.Trial == before.Trial) ?? before)];
            open = watch.LongestMs < BusyMs ? []
                : [.. judged.Where(one => one.Passed == false && PingTrials.KeepsTime(one.Trial)).Select(one => one.Trial)];
        }

        return results;
    }
}
