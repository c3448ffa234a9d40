using System.Text.Json;
using NetTools.Measure;
using NetTools.MuxBench.Compare;
using NetTools.Terminal;
using static NetTools.MuxBench.Report.Wording;

namespace NetTools.MuxBench.Report;

/// <summary>Two runs beside one another, as tables or as one JSON object.</summary>
internal static class CompareReport
{
    /// <summary>Writes what was asked for.</summary>
    public static void Write(RunComparison comparison, CompareSettings settings, JsonHead head, Output output)
    {
        if (settings.Json)
        {
            WriteJson(comparison, settings, head, output);
        }
        else
        {
            WriteText(comparison, output);
        }
    }

    private static void WriteText(RunComparison comparison, Output output)
    {
        output.WriteLine($"A: {comparison.A.File}, {comparison.A.Started}");
        output.WriteLine($"B: {comparison.B.File}, {comparison.B.Started}");
        foreach (string note in comparison.Notes)
        {
            TextReport.Wrap(note, output);
        }

        foreach (IGrouping<PointKey, PointChange> family in comparison.Changes.GroupBy(
            change => change.Key with { Fds = 0, Mechanism = "", Ready = 0 }))
        {
            output.WriteLine();
            PointKey key = family.Key;
            string timeout = key.TimeoutMs is int milliseconds ? Text($", timeout {milliseconds}") : "";
            output.WriteLine($"{key.Measure}{timeout}, readable ones: {key.Position}");
            Table table = new("mechanism", "fds", "ready", "A", "B", "B - A", "95 % interval", "verdict");
            foreach (PointChange change in family)
            {
                table.Add(change.Key.Mechanism, Text($"{change.Key.Fds}"), Text($"{change.Key.Ready}"), Wording.Time(change.A),
                    Wording.Time(change.B),
                    change.Comparison.Relative is MedianEstimate relative ? Percent(relative.Value) : "",
                    change.Comparison.Relative?.Interval is Interval ends
                        ? Text($"{100 * ends.Low:+0.0;-0.0;0.0} .. {100 * ends.High:+0.0;-0.0;0.0}") : "none",
                    change.Comparison.Verdict.Text());
            }

            table.Write(output);
        }
    }

    private static void WriteJson(RunComparison comparison, CompareSettings settings, JsonHead head, Output output)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        head.WriteTool(json);
        head.WriteRun(json, interrupted: false);
        json.WriteStartObject("options");
        JsonReport.Number(json, "smallest_effect_percent", 100 * settings.SmallestEffect);
        json.WriteEndObject();
        Run(json, "a", comparison.A);
        Run(json, "b", comparison.B);
        JsonReport.Strings(json, "notes", comparison.Notes);
        JsonReport.Number(json, "noise_floor_percent", 100 * comparison.Changes.Max(change => change.NoiseFloor));
        json.WriteStartArray("differences");
        foreach (PointChange change in comparison.Changes)
        {
            json.WriteStartObject();
            json.WriteString("mechanism", change.Key.Mechanism);
            json.WriteNumber("fds", change.Key.Fds);
            json.WriteNumber("ready", change.Key.Ready);
            json.WriteString("measure", change.Key.Measure);
            json.WriteNumberOrNull("timeout_ms", change.Key.TimeoutMs);
            json.WriteString("position", change.Key.Position);
            JsonReport.Number(json, "a_ns", change.A);
            JsonReport.Number(json, "b_ns", change.B);
            JsonReport.Number(json, "noise_floor_percent", 100 * change.NoiseFloor);
            JsonReport.Comparison(json, change.Comparison);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        lines.End();
    }

    private static void Run(Utf8JsonWriter json, string name, SavedRun run)
    {
        json.WriteStartObject(name);
        json.WriteString("file", run.File);
        json.WriteString("started", run.Started);
        json.WriteBoolean("interrupted", run.Interrupted);
        JsonReport.Strings(json, "spoiled_by", run.SpoiledBy);
        json.WriteEndObject();
    }
}
