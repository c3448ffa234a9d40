using System.Globalization;
using System.Text.Json;
using NetTools.EpollEcho.Merge;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>Several runs added up, as text or as one JSON object.</summary>
internal static class MergeReport
{
    /// <summary>Prints the sum.</summary>
    public static void Write(Output output, MergeOptions options, MergedRuns sum, JsonHead head)
    {
        string[] files = [.. options.Files];
        if (options.Json)
        {
            WriteJson(output, files, sum, head);
        }
        else
        {
            WriteText(output, files, sum, options.Histogram || output.IsTerminal);
        }
    }

    private static void WriteText(Output output, string[] files, MergedRuns sum, bool histogram)
    {
        if (!sum.Good)
        {
            output.WriteLine("FAILED: one of the runs had failures");
        }

        string others = string.Concat(sum.Counts.Select((count, place) =>
            string.Create(CultureInfo.InvariantCulture, $"{(place == 0 ? "; " : ", ")}{count.Key} {count.Value}")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Figures.PlainCount(files.Length, "run")}: {Figures.PlainCount(sum.Requests, "request")} answered in "
            + $"{sum.Seconds:F3} s, {sum.RequestsPerSecond:N0}/s{others}"));
        Table table = new(LoadTextReport.Headings);
        LoadTextReport.AddLatency(table, "all runs", sum.Latency);
        table.Write(output);
        if (histogram)
        {
            LoadTextReport.Draw(output, sum.Latency);
        }
    }

    private static void WriteJson(Output output, string[] files, MergedRuns sum, JsonHead head)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        head.WriteTool(line);
        head.WriteRun(line, interrupted: false);
        JsonHead.WriteOptions(line);
        line.WriteStartArray("files");
        Array.ForEach(files, line.WriteStringValue);
        line.WriteEndArray();
        line.WriteNumber("requests", sum.Requests);
        foreach ((string name, long count) in sum.Counts)
        {
            line.WriteNumber(name, count);
        }

        line.WriteBoolean("good", sum.Good);
        line.WriteNumber("duration_s", Math.Round(sum.Seconds, 3));
        line.WriteNumber("requests_per_s", Math.Round(sum.RequestsPerSecond, 3));
        LoadJsonReport.WriteLatency(line, "latency_us", sum.Latency);
        lines.End();
    }
}
