using System.Text.Json;
using NetTools.Measure;
using NetTools.OptBench.Compare;
using NetTools.OptBench.Results;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>Two runs side by side, for people and for scripts.</summary>
internal static class CompareReport
{
    /// <summary>Writes a table for each experiment, then the notes.</summary>
    public static void Write(Output output, RunComparison comparison)
    {
        output.WriteLine($"A: {comparison.A.File}");
        output.WriteLine($"B: {comparison.B.File}");
        foreach (IGrouping<(string, string, string), ArmChange> group in comparison.Changes.GroupBy(
            change => (change.A.Experiment, change.A.Pattern, change.A.Unit)))
        {
            (string experiment, string pattern, string unit) = group.Key;
            output.WriteLine();
            output.WriteLine($"{experiment}, {pattern}, {unit}");
            Table table = new("arm", "A", "B", "B - A", "95 % interval", "verdict");
            foreach (ArmChange change in group)
            {
                table.Add(change.A.Arm, Numbers.Show(change.MedianA), Numbers.Show(change.MedianB),
                    Numbers.Show(change.Difference),
                    change.Interval is Interval interval ? $"{Numbers.Show(interval.Low)} .. {Numbers.Show(interval.High)}" : "-",
                    change.Verdict.Text());
            }

            table.Write(output);
        }

        if (comparison.Notes.Count > 0)
        {
            output.WriteLine();
        }

        foreach (string note in comparison.Notes)
        {
            output.WriteLine(note);
        }
    }

    /// <summary>Writes one object.</summary>
    public static void WriteJson(Output output, JsonHead head, RunComparison comparison)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        head.WriteTool(json);
        head.WriteRun(json, interrupted: false);
        json.WriteString("a", comparison.A.File);
        json.WriteString("b", comparison.B.File);
        json.WriteStartArray("notes");
        foreach (string note in comparison.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        json.WriteStartArray("differences");
        foreach (ArmChange change in comparison.Changes)
        {
            json.WriteStartObject();
            json.WriteString("experiment", change.A.Experiment);
            json.WriteString("pattern", change.A.Pattern);
            json.WriteString("arm", change.A.Arm);
            json.WriteString("unit", change.A.Unit);
            json.WriteNumber("median_a", Math.Round(change.MedianA, 3));
            json.WriteNumber("median_b", Math.Round(change.MedianB, 3));
            json.WriteNumber("median", Math.Round(change.Difference, 3));
            if (change.Interval is Interval interval)
            {
                json.WriteStartArray("ci95");
                json.WriteNumberValue(Math.Round(interval.Low, 3));
                json.WriteNumberValue(Math.Round(interval.High, 3));
                json.WriteEndArray();
            }
            else
            {
                json.WriteNull("ci95");
            }

            json.WriteNumberOrNull("noise_floor_percent", change.NoiseFloor * 100, 3);
            json.WriteString("verdict", change.Verdict.Text());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        lines.End();
    }
}
