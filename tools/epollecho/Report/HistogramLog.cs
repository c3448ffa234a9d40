using System.Globalization;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Merge;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>
/// HdrHistogram's log format, version 1.3: a histogram of nanoseconds for each second, compressed, in base64. What a histogram
/// cannot say stands in comments, which other readers skip: the target at the begin, counts at the end, which a run that was
/// killed lacks. Requests never answered have a line with the tag <c>waits</c>.
/// </summary>
/// <param name="output">Where to; flushed with each second.</param>
/// <param name="target">The target of the load.</param>
internal sealed class HistogramLog(Output output, string target) : ISecondsLog
{
    private const string CountsMark = "#[epollecho ";
    private const string WaitsTag = "Tag=waits,";

    private bool _begun;
    private double _before;

    /// <inheritdoc/>
    public void Begin(long at)
    {
        double seconds = at / (double)TimeUnits.Second;
        output.WriteLine("#[Histogram log format version 1.3]");
        string started = JsonHead.Time(DateTimeOffset.UnixEpoch.AddTicks(at / 100));
        Line($"#[StartTime: {seconds:F3} (seconds since epoch), {started}]");
        Line($"#[BaseTime: {seconds:F3} (seconds since epoch)]");
        output.WriteLine($"{CountsMark}target={Escape.Terminal(target)}]");
        output.WriteLine("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"");
        output.Flush();
        _begun = true;
    }

    /// <inheritdoc/>
    public void Add(double endSeconds, LatencyHistogram latency)
    {
        Write("", _before, endSeconds, latency);
        output.Flush();
        _before = endSeconds;
    }

    /// <summary>The run is over: writes what is only known now.</summary>
    public void End(LoadResult result)
    {
        if (!_begun)
        {
            Begin(result.BegunAt == 0 ? result.StartedAt : result.BegunAt);
        }

        foreach ((double end, LatencyHistogram latency) in result.Histograms ?? [])
        {
            Add(end, latency);
        }

        if (result.Waits is not null)
        {
            Write(WaitsTag, 0, Math.Max(_before, 0.001), result.Waits);
        }

        LoadCounts counts = result.Counts;
        string errors = string.Concat(result.Errors.Select(error => Text($" {MergedRun.ErrorPrefix}{error.Key}={error.Value}")));
        string ended = LoadTextReport.EndName(result.End).Replace(' ', '_');
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{CountsMark}requests={counts.Requests} failed={counts.Failed} "
            + $"connection_failures={counts.ConnectionFailures} due={counts.Due} unsent={counts.Unsent} "
            + $"in_flight={counts.InFlight} mismatches={counts.Mismatches} connections={counts.Connections} "
            + $"duration_us={counts.DurationNs / 1000} ended={ended}{errors} good={(result.Good ? 1 : 0)}]"));
        output.Flush();
    }

    /// <summary>Reads the runs of a log, as one.</summary>
    /// <param name="name">What to call it in an error.</param>
    /// <param name="log">Its text.</param>
    /// <exception cref="OperationFailedException">It is not such a log, or holds no histogram.</exception>
    public static MergedRun Read(string name, TextReader log)
    {
        MergedRun run = new(name);
        double from = 0;
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
                run.AddCounts(line[CountsMark.Length..].TrimEnd(']').Split(' '), from);
                found = true;
            }
            else if (line.Length > 0 && line[0] is not ('#' or '"'))
            {
                try
                {
                    ReadInterval(line, from, run);
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
        return run;
    }

    private static void ReadInterval(string line, double from, MergedRun run)
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
        run.Add(latency, waits, start, start + length);
    }

    private void Write(string tag, double from, double to, LatencyHistogram latency)
    {
        string histogram = Convert.ToBase64String(latency.Compress());
        Line($"{tag}{from:F3},{to - from:F3},{TimeUnits.Milliseconds(latency.Max):F3},{histogram}");
    }

    private void Line(FormattableString text) => output.WriteLine(Text(text));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
