using System.Globalization;
using System.Text.Json;
using NetTools.EpollEcho.Report;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Merge;

/// <summary><c>epollecho merge</c>.</summary>
internal static class MergeCommand
{
    /// <summary>Adds the logs up and prints the sum.</summary>
    /// <returns>The exit code: 1 when one of the runs had failures.</returns>
    /// <exception cref="OperationFailedException">A file cannot be read, or is not a histogram log.</exception>
    public static int Run(MergeOptions options)
    {
        string[] files = [.. options.Files];
        MergedRuns sum = new();
        foreach (string file in files)
        {
            try
            {
                HistogramLog.Read(file, File.ReadLines(file), sum);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OperationFailedException($"reading {file}: {e.Message}");
            }
        }

        if (options.Json)
        {
            WriteJson(files, sum);
        }
        else
        {
            WriteText(files, sum, options.Histogram || Output.Standard.IsTerminal);
        }

        return sum.Good ? ExitCode.Success : ExitCode.Negative;
    }

    private static void WriteText(string[] files, MergedRuns sum, bool histogram)
    {
        Output output = Output.Standard;
        if (!sum.Good)
        {
            output.WriteLine("FAILED: one of the runs had failures");
        }

        string others = string.Concat(sum.Counts.Select((count, place) =>
            string.Create(CultureInfo.InvariantCulture, $"{(place == 0 ? "; " : ", ")}{count.Key} {count.Value}")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{files.Length} runs: {sum.Requests} requests answered in {sum.Seconds:F3} s, "
            + $"{sum.RequestsPerSecond:N0}/s{others}"));
        Table table = new(LoadTextReport.Headings);
        LoadTextReport.AddLatency(table, "all runs", sum.Latency);
        table.Write(output);
        if (histogram)
        {
            LoadTextReport.Draw(output, sum.Latency);
        }
    }

    private static void WriteJson(string[] files, MergedRuns sum)
    {
        using JsonLines lines = new(Output.Standard);
        Utf8JsonWriter line = lines.Begin();
        new JsonHead("merge").WriteTool(line);
        line.WriteString("version", Command.Version);
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
