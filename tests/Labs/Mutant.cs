using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>A program of tests/Labs/Mutants that is right but for one fault.</summary>
/// <param name="Fault">Its name, or RIGHT and what follows.</param>
/// <param name="First">The trial that it fails first; empty for a right one.</param>
/// <param name="Others">Those that it fails besides.</param>
internal sealed record Mutant(string Fault, string First, string[] Others)
{
    private static readonly int s_rounds =
        int.Parse(Environment.GetEnvironmentVariable("EXAMINER_SOAK") ?? "0", CultureInfo.InvariantCulture);

    /// <summary>True where every trial is run, many times (make examiner-soak), and not only those up to the fault.</summary>
    public static bool Soak => s_rounds > 0;

    /// <summary>Whether network namespaces can be made.</summary>
    public static bool CanIsolate => Requirements.ReasonToSkip(Needs.Root) is null;

    /// <summary>
    /// Examines every program of a list, several at a time, for they mostly wait, and compares the trials they fail with
    /// those of the list.
    /// </summary>
    /// <param name="kind">The list: echo, ping, sniffer.</param>
    /// <param name="examine">Runs the examiner with --json.</param>
    public static void AssertFaultsAreNamed(string kind, Func<Mutant, ToolResult> examine)
    {
        ConcurrentBag<string> wrong = [];
        for (int round = 0; round < Math.Max(s_rounds, 1); round++)
        {
            Parallel.ForEach(Read(kind), new ParallelOptions { MaxDegreeOfParallelism = Soak ? 4 : 12 }, mutant =>
            {
                ToolResult result = examine(mutant);
                string[] failed = result.Output.Length == 0 ? ["no verdict"] : Failed(result.Output);
                string[] expected = [.. Soak ? [mutant.First, .. mutant.Others] : (string[])[mutant.First]];
                expected = [.. expected.Where(name => name.Length > 0)];
                bool right = Soak ? failed.SequenceEqual(expected) : failed.Take(1).SequenceEqual(expected);
                if (!right || result.ExitCode != (expected.Length > 0 ? 1 : 0))
                {
                    wrong.Add(
                        $"{mutant.Fault}: expected {string.Join(' ', expected)}, failed {string.Join(' ', failed)}: {result}");
                }
            });
        }

        Assert.True(wrong.IsEmpty, string.Join('\n', wrong));
    }

    /// <summary>
    /// Runs a tool ahead of all others: an examiner of times, and what it examines, mostly sleep and must wake in time.
    /// </summary>
    public static ToolResult RunFirst(string tool, string[] args, RunOptions options) =>
        ToolProcess.RunCommand("nice", ["-n", "-15", Repository.Binary(tool), .. args], options);

    private static Mutant[] Read(string kind) =>
        [.. File.ReadLines(Path.Combine(Repository.Root, $"tests/Labs/Mutants/{kind}.tsv"))
            .Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line.Split('\t'))
            .Select(fields => new Mutant(fields[0], fields[1], fields[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    /// <summary>The required trials that failed, from the JSON of an examiner.</summary>
    public static string[] Failed(string output)
    {
        using JsonDocument json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("trials").EnumerateArray()
            .Where(trial => trial.GetProperty("required").GetBoolean()
                && trial.GetProperty("passed").ValueKind == JsonValueKind.False)
            .Select(trial => trial.GetProperty("name").GetString()!)];
    }
}
