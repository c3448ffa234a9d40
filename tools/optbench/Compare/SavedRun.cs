using System.Text.Json;
using NetTools.Measure;
using NetTools.Os;

namespace NetTools.OptBench.Compare;

/// <summary>An arm of a run that was kept.</summary>
/// <param name="Experiment">The experiment's name.</param>
/// <param name="Pattern">What was repeated.</param>
/// <param name="Unit"><c>us</c> or <c>MB/s</c>.</param>
/// <param name="Arm"><c>option=value</c>.</param>
/// <param name="Blocks">The median of each block.</param>
/// <param name="Steady">False where the rate was not.</param>
/// <param name="NoiseFloor">Of the comparisons with this arm as the first, a fraction; null where unknown.</param>
/// <param name="Congestion">The congestion control in effect at the end that sends; null where it plays no part.</param>
internal sealed record SavedArm(
    string Experiment, string Pattern, string Unit, string Arm, double[] Blocks, bool Steady, double? NoiseFloor,
    string? Congestion)
{
    /// <summary>What identifies the arm in two runs.</summary>
    public (string Experiment, string Pattern, string Arm) Key => (Experiment, Pattern, Arm);
}

/// <summary>A run as <c>--json</c> printed it.</summary>
/// <param name="File">Where it was read from.</param>
/// <param name="MustMatch">What must be the same for two runs to be comparable, by name.</param>
/// <param name="MayDiffer">What may differ, and is then said.</param>
/// <param name="Notes">What is to be known of this run: interrupted, spoiled.</param>
/// <param name="Arms">The arms of all experiments, in order.</param>
internal sealed record SavedRun(
    string File, IReadOnlyDictionary<string, string> MustMatch, IReadOnlyDictionary<string, string> MayDiffer,
    IReadOnlyList<string> Notes, IReadOnlyList<SavedArm> Arms)
{
    /// <summary>
    /// A round trip that differs by more than this factor, and by more than <see cref="SmallRoundTripUs"/>, is another path.
    /// </summary>
    private const double SamePath = 2;
    private const double SmallRoundTripUs = 1_000;

    private static readonly string[] s_fixedOptions = ["congestion", "size_bytes", "let_idle", "aa"];
    private static readonly string[] s_machine = ["kernel", "architecture", "cpu", "cpus", "clock_source", "congestion_control"];

    /// <summary>The round trip of the path, microseconds; null where there was none.</summary>
    public double? RoundTripUs { get; init; }

    /// <summary>True when both runs went over much the same round trip.</summary>
    public bool SharesPathWith(SavedRun other) => RoundTripUs is not double ours || other.RoundTripUs is not double theirs
        || Math.Max(ours, theirs) < SmallRoundTripUs || Math.Max(ours, theirs) <= SamePath * Math.Min(ours, theirs);

    /// <summary>Reads a run.</summary>
    /// <param name="file">The path, for messages.</param>
    /// <param name="text">What the file holds.</param>
    /// <exception cref="OperationFailedException">It is not the JSON of a run of this tool.</exception>
    public static SavedRun Parse(string file, string text) => SavedRuns.Parse("optbench", file, text, root => Of(file, root));

    private static SavedRun Of(string file, JsonElement root)
    {
        if (!root.TryGetProperty("experiments", out JsonElement experiments))
        {
            throw new OperationFailedException($"{file}: not a measurement", "compare takes what optbench --json printed");
        }

        if (!root.TryGetProperty("settings", out JsonElement options))
        {
            throw new OperationFailedException(
                $"{file}: it does not have the settings it was measured with", "an older version wrote it: measure again");
        }

        Dictionary<string, string> fixedThings = SavedRuns.Texts(options, s_fixedOptions);
        fixedThings["far end"] = root.GetProperty("server").GetString() == "local" ? "on the same machine"
            : "on another machine";
        List<string> notes = root.GetProperty("interrupted").GetBoolean() ? ["interrupted"] : [];
        foreach (JsonElement experiment in experiments.EnumerateArray())
        {
            if (experiment.TryGetProperty("spoiled_by", out JsonElement spoiled) && spoiled.GetArrayLength() > 0)
            {
                notes.Add($"{experiment.GetProperty("name").GetString()}, {experiment.GetProperty("pattern").GetString()}: "
                    + "spoiled by " + string.Join(", ", spoiled.EnumerateArray().Select(name => name.GetString())));
            }
        }

        JsonElement path = root.GetProperty("path");
        JsonElement environment = root.GetProperty("environment");
        Dictionary<string, string> mayDiffer = SavedRuns.Texts(environment, s_machine);
        mayDiffer["version"] = root.GetProperty("version").GetString() ?? "";
        mayDiffer["server"] = root.GetProperty("server").GetString() ?? "";
        mayDiffer["path MTU"] = path.ValueKind == JsonValueKind.Object ? path.GetProperty("mtu_bytes").ToString() : "";
        return new(file, fixedThings, mayDiffer, notes,
            [.. experiments.EnumerateArray().SelectMany(ArmsOf)])
        {
            RoundTripUs = path.ValueKind == JsonValueKind.Object ? Number(path.GetProperty("rtt_us")) : null,
        };
    }

    private static IEnumerable<SavedArm> ArmsOf(JsonElement experiment)
    {
        JsonElement[] differences = [.. experiment.GetProperty("differences").EnumerateArray()];
        foreach (JsonElement arm in experiment.GetProperty("arms").EnumerateArray())
        {
            string name = arm.GetProperty("name").GetString()!;
            double? floor = differences.Where(
                difference => difference.GetProperty("a").ValueEquals(name) || difference.GetProperty("b").ValueEquals(name))
                .Select(difference => Number(difference.GetProperty("noise_floor_percent")) / 100).Max();
            yield return new(experiment.GetProperty("name").GetString()!, experiment.GetProperty("pattern").GetString()!,
                experiment.GetProperty("unit").GetString()!, name,
                [.. arm.GetProperty("blocks").EnumerateArray().Select(block => block.GetDouble())],
                arm.GetProperty("steady").GetBoolean(), floor,
                arm.TryGetProperty("congestion_control", out JsonElement congestion) ? congestion.GetString() : null);
        }
    }

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
