using System.Text.Json;

namespace NetTools.Terminal;

/// <summary>Gradescope's results.json: a test for each trial, with its points.</summary>
public static class ExamPoints
{
    /// <summary>Writes the results.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="sheet">What was found out.</param>
    /// <param name="points">
    /// Points by the names of trials; one that is not in it has none. Null: one for each required trial, none for others.
    /// </param>
    public static void Write(Output output, ExamSheet sheet, IReadOnlyDictionary<string, double>? points)
    {
        double Most(ExamResult result) =>
            points is null ? (result.IsRequired ? 1 : 0) : points.GetValueOrDefault(result.Trial.Name);
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteNumber("score", sheet.Results.Where(result => result.Passed == true).Sum(Most));
        line.WriteNumber("execution_time", Math.Round(sheet.Results.Sum(result => result.Seconds), 1));
        line.WriteString("output", $"{sheet.Subject}: {sheet.Verdict}");
        line.WriteString("visibility", "visible");
        line.WriteStartArray("tests");
        foreach (ExamResult result in sheet.Results)
        {
            line.WriteStartObject();
            line.WriteString("name", result.Trial.Name);
            line.WriteNumber("score", result.Passed == true ? Most(result) : 0);
            line.WriteNumber("max_score", Most(result));
            if (result.Passed is bool passed)
            {
                line.WriteString("status", passed ? "passed" : "failed");
            }

            line.WriteString("output", result.Passed == false
                ? $"{result.Seen}\nusually: {result.Trial.Cause}\nsee {result.Trial.See}" : result.Seen);
            line.WriteEndObject();
        }

        line.WriteEndArray();
        lines.End();
    }
}
