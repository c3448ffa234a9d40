using System.Globalization;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Merge;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>
/// HdrHistogram's log format, version 1.3: a histogram of nanoseconds for each second, compressed, in base64. What a histogram
/// cannot say stands in a comment, which other readers skip; requests never answered have a line with the tag <c>waits</c>.
/// </summary>
internal static class HistogramLog
{
    private const string CountsMark = "#[epollecho ";
    private const string WaitsTag = "Tag=waits,";

    /// <summary>Writes a run.</summary>
    public static void Write(Output output, LoadSettings settings, LoadResult result)
    {
        long begun = result.BegunAt == 0 ? result.StartedAt : result.BegunAt;
        double base0 = begun / (double)TimeUnits.Second;
        output.WriteLine("#[Histogram log format version 1.3]");
        string started = JsonHead.Time(DateTimeOffset.UnixEpoch.AddTicks(begun / 100));
        Line(output, $"#[StartTime: {base0:F3} (seconds since epoch), {started}]");
        Line(output, $"#[BaseTime: {base0:F3} (seconds since epoch)]");
        LoadCounts counts = result.Counts;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{CountsMark}target={Escape.Terminal(settings.Name)} requests={counts.Requests} failed={counts.Failed} "
            + $"connection_failures={counts.ConnectionFailures} "
            + $"due={counts.Due} unsent={counts.Unsent} in_flight={counts.InFlight} mismatches={counts.Mismatches} "
            + $"connections={counts.Connections} duration_us={counts.DurationNs / 1000} good={(result.Good ? 1 : 0)}]"));
        output.WriteLine("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"");
        double before = 0;
        foreach ((double end, LatencyHistogram latency) in result.Histograms ?? [])
        {
            Write(output, "", before, end, latency);
            before = end;
        }

        if (result.Waits is not null)
        {
            Write(output, WaitsTag, 0, Math.Max(before, 0.001), result.Waits);
        }

        output.Flush();
    }

    /// <summary>Adds the runs of a log.</summary>
    /// <param name="name">What to call it in an error.</param>
    /// <param name="log">Its text.</param>
    /// <param name="sum">What they are added to.</param>
    /// <exception cref="OperationFailedException">It is not such a log, or holds no histogram.</exception>
    public static void Read(string name, TextReader log, MergedRuns sum)
    {
        double from = 0;
        bool spans = false;
        int number = 0;
        bool found = false;
        while (log.ReadLine() is string line)
        {
            number++;
            if (line.StartsWith("#[StartTime: ", StringComparison.Ordinal)
                || line.StartsWith("#[BaseTime: ", StringComparison.Ordinal))
            {
                _ = double.TryParse(line.Split(' ')[1], CultureInfo.InvariantCulture, out from);
            }
            else if (line.StartsWith(CountsMark, StringComparison.Ordinal))
            {
                spans = sum.AddCounts(line[CountsMark.Length..].TrimEnd(']').Split(' '), from);
            }
            else if (line.Length > 0 && line[0] is not ('#' or '"'))
            {
                try
                {
                    ReadInterval(line, from, spans, sum);
                }
                catch (FormatException)
                {
                    throw new OperationFailedException(
                        $"{name}, line {number}: not a line of a histogram log", "load --hlog writes them");
                }

                found = true;
            }
        }

        Arguments.Check(found, $"{name}: no histogram in it", "load --hlog writes them");
    }

    private static void ReadInterval(string line, double from, bool spans, MergedRuns sum)
    {
        bool waits = line.StartsWith(WaitsTag, StringComparison.Ordinal);
        string[] fields = line[(line.StartsWith("Tag=", StringComparison.Ordinal) ? line.IndexOf(',') + 1 : 0)..].Split(',');
        if (fields.Length != 4)
        {
            throw new FormatException();
        }

        double start = double.Parse(fields[0], CultureInfo.InvariantCulture);
        double length = double.Parse(fields[1], CultureInfo.InvariantCulture);
        LatencyHistogram latency = new();
        latency.AddCompressed(Convert.FromBase64String(fields[3]));
        start += start < 1e8 ? from : 0; // seconds since the log began, or since 1970
        sum.Add(latency, waits);
        if (!waits && !spans)
        {
            sum.AddSpan(start, start + length); // another program's log: its intervals are all there is
        }
    }

    private static void Write(Output output, string tag, double from, double to, LatencyHistogram latency)
    {
        string histogram = Convert.ToBase64String(latency.Compress());
        Line(output, $"{tag}{from:F3},{to - from:F3},{TimeUnits.Milliseconds(latency.Max):F3},{histogram}");
    }

    private static void Line(Output output, FormattableString text) =>
        output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
