using System.Text.Json;
using NetTools.Measure;
using NetTools.Os;

namespace NetTools.MuxBench.Compare;

/// <summary>What identifies a point in two runs.</summary>
internal sealed record PointKey(string Measure, int? TimeoutMs, string Position, int Ready, int Fds, string Mechanism);

/// <summary>A run as <c>--json</c> printed it.</summary>
/// <param name="File">Where it was read from.</param>
/// <param name="Started">When it began, as written.</param>
/// <param name="Interrupted">Whether it was stopped before its end.</param>
/// <param name="SpoiledBy">What spoiled it.</param>
/// <param name="Fixed">What must be the same for two runs to be comparable: kind, placement, caches, descriptor_table.</param>
/// <param name="Machine">What may differ and is said: kernel, CPU and so on.</param>
/// <param name="Points">The samples of each point, one a block, nanoseconds, and its noise floor, a fraction.</param>
internal sealed record SavedRun(
    string File, string Started, bool Interrupted, IReadOnlyList<string> SpoiledBy,
    IReadOnlyDictionary<string, string> Fixed, IReadOnlyDictionary<string, string> Machine,
    IReadOnlyDictionary<PointKey, (double[] Blocks, double NoiseFloor)> Points)
{
    private static readonly string[] FixedNames = ["kind", "placement", "caches", "descriptor_table"];
    private static readonly string[] MachineNames = ["kernel", "architecture", "cpu", "cpus", "clock_source", "cpu_number"];

    /// <summary>Reads a run.</summary>
    /// <param name="file">The path, for messages.</param>
    /// <param name="text">What the file holds.</param>
    /// <exception cref="OperationFailedException">It is not the JSON of a run of this tool.</exception>
    public static SavedRun Parse(string file, string text) => SavedRuns.Parse("muxbench", file, text, root => Of(file, root));

    private static SavedRun Of(string file, JsonElement root)
    {
        if (!root.TryGetProperty("points", out JsonElement points))
        {
            throw new OperationFailedException($"{file}: not a measurement", "compare takes what muxbench --json printed");
        }

        Dictionary<PointKey, (double[], double)> samples = [];
        foreach (JsonElement point in points.EnumerateArray())
        {
            if (!point.TryGetProperty("block_ns", out JsonElement blocks))
            {
                throw new OperationFailedException(
                    $"{file}: it has no samples of the blocks", "an older version wrote it: measure again");
            }

            samples[Key(point)] = ([.. blocks.EnumerateArray().Select(block => block.GetDouble())],
                point.GetProperty("noise_floor_percent") is { ValueKind: JsonValueKind.Number } floor
                    ? floor.GetDouble() / 100 : 0);
        }

        return new(file, root.GetProperty("started").GetString() ?? "", root.GetProperty("interrupted").GetBoolean(),
            [.. root.GetProperty("spoiled_by").EnumerateArray().Select(name => name.GetString() ?? "")],
            SavedRuns.Texts(root.GetProperty("options"), FixedNames),
            SavedRuns.Texts(root.GetProperty("environment"), MachineNames), samples);
    }

    private static PointKey Key(JsonElement point)
    {
        JsonElement timeout = point.GetProperty("timeout_ms");
        return new(point.GetProperty("measure").GetString()!, timeout.ValueKind == JsonValueKind.Null ? null : timeout.GetInt32(),
            point.GetProperty("position").GetString()!, point.GetProperty("ready").GetInt32(),
            point.GetProperty("fds").GetInt32(),
            point.GetProperty("mechanism").GetString()!);
    }
}
