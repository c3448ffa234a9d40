using System.Globalization;
using System.Text.Json;
using NetTools.EpollEcho.Merge;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>Several runs added up, as text or as one JSON object.</summary>
internal static class MergeReport
{
    private static readonly string[] s_reasons = ["failed", "connection_failures", "unsent", "in_flight", "mismatches"];

    /// <summary>Prints the sum.</summary>
    public static void Write(Output output, MergeOptions options, MergedRuns sum, JsonHead head)
    {
        if (options.Json)
        {
            WriteJson(output, options, sum, head);
        }
        else
        {
            WriteText(output, sum, options.Histogram || output.IsTerminal);
        }
    }

    private static void WriteText(Output output, MergedRuns sum, bool histogram)
    {
        int bad = sum.Runs.Count(run => !run.Good);
        if (bad > 0)
        {
            output.WriteLine($"FAILED: {(bad == 1 ? "one" : Figures.Whole(bad))} of the runs had failures or did not end");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Figures.PlainCount(sum.Runs.Count, "run")}: {Figures.PlainCount(sum.Requests, "request")} answered in "
            + $"{sum.Seconds:F3} s, {PerSecond(sum.RequestsPerSecond)}/s{Others(sum.Counts)}{Lacking(sum)}"));
        Table table = new(LoadTextReport.Headings);
        LoadTextReport.AddLatency(table, "all runs", sum.Latency);
        table.Write(output);
        output.WriteLine();
        WriteRuns(output, sum);
        if (histogram)
        {
            LoadTextReport.Draw(output, sum.Latency);
        }
    }

    private static string PerSecond(double? rate) => rate is double known ? Figures.Whole((long)Math.Round(known)) : "-";

    /// <summary>The runs that are not in the counts, though their requests are.</summary>
    private static string Lacking(MergedRuns sum)
    {
        int cutShort = sum.Runs.Count(run => run.IsCutShort);
        int others = sum.Runs.Count(run => !run.HasCounts && !run.IsCutShort);
        List<string> lacking = [];
        if (cutShort > 0)
        {
            lacking.Add($"{Figures.PlainCount(cutShort, "run")} cut short");
        }

        if (others > 0)
        {
            lacking.Add($"{Figures.PlainCount(others, "log")} without counts");
        }

        return sum.Counts.Count == 0 || lacking.Count == 0 ? "" : $" (not counting {string.Join(" and ", lacking)})";
    }

    private static string Others(IEnumerable<KeyValuePair<string, long>> counts) =>
        string.Concat(counts.Select((count, place) =>
            string.Create(CultureInfo.InvariantCulture, $"{(place == 0 ? "; " : ", ")}{count.Key} {count.Value}")));

    private static void WriteRuns(Output output, MergedRuns sum)
    {
        Table table = new("run", "answered", "seconds", "per s", "p50 us", "p99 us", "max us", "ended");
        string[] faults = [.. sum.Runs.Select(Faults)];
        foreach (MergedRun run in sum.Runs)
        {
            table.Add(Escape.Terminal(run.Name), Figures.Whole(run.Requests),
                run.Seconds.ToString("F3", CultureInfo.InvariantCulture),
                PerSecond(run.RequestsPerSecond),
                Us(run, 50), Us(run, 99), Us(run, 100), Escape.Terminal(run.Ended?.Replace('_', ' ') ?? "-"));
        }

        // What failed is of any length, so it stands behind the columns.
        foreach ((string line, int row) in table.Lines().Select((line, row) => (line, row - 1)))
        {
            output.WriteLine(row >= 0 && faults[row].Length > 0 ? $"{line}: {faults[row]}" : line);
        }
    }

    private static string Us(MergedRun run, double percent) => run.Latency.Count == 0 ? "-"
        : run.Latency.PercentileUs(percent).ToString("F1", CultureInfo.InvariantCulture);

    private static string Faults(MergedRun run) => Escape.Terminal(string.Join(", ",
        run.Counts.Where(count => s_reasons.Contains(count.Key) && count.Value > 0)
            .Select(count => Figures.Whole(count.Value) + " " + count.Key.Replace('_', ' '))
            .Concat(run.Errors.Select(error => $"{error.Key} x {Figures.Whole(error.Value)}"))));

    private static void WriteJson(Output output, MergeOptions options, MergedRuns sum, JsonHead head)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        head.WriteTool(line);
        head.WriteRun(line, interrupted: false);
        JsonHead.WriteOptions(line);
        line.WriteStartArray("files");
        sum.Runs.ForEach(run => line.WriteStringValue(run.File));
        line.WriteEndArray();
        line.WriteBoolean("together", options.Together);
        line.WriteNumber("requests", sum.Requests);
        WriteCounts(line, sum.Counts, sum.HasAllCounts, sum.Errors, sum.Good);
        line.WriteNumber("duration_s", Math.Round(sum.Seconds, 3));
        line.WriteNumberOrNull("requests_per_s", sum.RequestsPerSecond, 3);
        LoadJsonReport.WriteLatency(line, "latency_us", sum.Latency);
        line.WriteStartArray("runs");
        foreach (MergedRun run in sum.Runs)
        {
            line.WriteStartObject();
            line.WriteString("file", run.File);
            line.WriteString("name", run.Name);
            line.WriteString("ended", run.Ended?.Replace('_', ' '));
            line.WriteNumber("requests", run.Requests);
            SortedDictionary<string, long> counts = run.HasCounts ? run.Counts : sum.Counts;
            WriteCounts(line, counts, run.HasCounts, run.Errors, run.Good);
            line.WriteNumber("duration_s", Math.Round(run.Seconds, 3));
            line.WriteNumberOrNull("requests_per_s", run.RequestsPerSecond, 3);
            LoadJsonReport.WriteLatency(line, "latency_us", run.Latency);
            line.WriteEndObject();
        }

        line.WriteEndArray();
        lines.End();
    }

    private static void WriteCounts(Utf8JsonWriter line, SortedDictionary<string, long> counts, bool whole,
        SortedDictionary<string, long> errors, bool good)
    {
        foreach ((string name, long count) in counts)
        {
            line.WriteNumberOrNull(name, whole ? count : null);
        }

        line.WriteStartObject("errors");
        foreach ((string name, long count) in errors)
        {
            line.WriteNumber(name, count);
        }

        line.WriteEndObject();
        line.WriteBoolean("good", good);
    }
}
