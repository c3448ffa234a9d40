using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.RawPing.Check;

/// <summary><c>rawping check</c>.</summary>
internal static class CheckCommand
{
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
        Dictionary<Misbehaviour, PingRun> runs = PingRun.Start(command, PingTrials.Networks(chosen));
        ExamSheet sheet = new(options.Name ?? string.Join(' ', command), options.Profile,
            [.. chosen.Select(trial => PingTrials.Judge(trial, runs))], Interrupted: false);
        report.Write(sheet);
        return sheet.ExitCode;
    }
}
