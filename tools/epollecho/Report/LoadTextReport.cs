using System.Globalization;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Serve;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>A load run as text: what went wrong comes first.</summary>
internal static class LoadTextReport
{
    private const int BarWidth = 50;

    private static readonly (string Error, string Hint)[] s_hints =
    [
        ("eaddrnotavail", "no local port is free for this target: sysctl net.ipv4.ip_local_port_range; "
            + "closed ones rest for a minute"),
        ("emfile", "no descriptor is free: ulimit -n, or --processes"),
        ("enfile", "the machine has no descriptor free: sysctl fs.file-max"),
    ];

    /// <summary>The name of an end in reports.</summary>
    public static string EndName(RunEnd end) => end switch
    {
        RunEnd.Count => "count",
        RunEnd.Time => "time",
        RunEnd.ConnectionsLost => "connections lost",
        RunEnd.ServerGone => "server gone",
        RunEnd.CannotConnect => "cannot connect",
        RunEnd.ProcessLost => "process lost",
        RunEnd.NoStart => "no start",
        _ => "signal",
    };

    /// <summary>The name of a verdict in reports.</summary>
    public static string VerdictName(RateVerdict verdict) => verdict switch
    {
        RateVerdict.Kept => "kept",
        RateVerdict.NotKept => "not kept",
        _ => "undecided",
    };

    /// <summary>Lost datagrams of those sent and decided, percent; null when there are none.</summary>
    public static double? LostPercent(LoadResult result) => result.Counts.Failed + result.Counts.Requests == 0 ? null
        : 100.0 * result.Counts.Lost / (result.Counts.Failed + result.Counts.Requests);

    /// <summary>Prints the result.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="settings">What was asked.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="search">The search for a rate that this was the best trial of, or null.</param>
    /// <param name="histogram">Whether to draw the latencies.</param>
    public static void Write(Output output, LoadSettings settings, LoadResult result, RateSearch? search, bool histogram)
    {
        if (search is not null)
        {
            WriteSearch(output, search, result);
        }
        else if (!result.Good)
        {
            Line(output, $"FAILED: {string.Join("; ", Faults(settings, result))}");
        }

        LoadCounts counts = result.Counts;
        string processes = settings.Processes > 1 ? $" by {settings.Processes} processes" : "";
        if (settings.Udp)
        {
            string percent = LostPercent(result)?.ToString("F3", CultureInfo.InvariantCulture) ?? "-";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{settings.Name}: {Figures.PlainCount(counts.Requests, "datagram")} came back, {counts.Lost} were lost "
                    + $"({percent} %), "
                + $"{counts.Late} came late, {counts.Reordered} out of order, {counts.Duplicates} duplicates"));
        }
        else
        {
            string reopened = counts.Reconnects > 0
                ? string.Create(CultureInfo.InvariantCulture, $", {counts.Reconnects} opened again") : "";
            string rate = result.ConnectionsPerSecond is double opening and > 0 ? string.Create(CultureInfo.InvariantCulture,
                $", {(settings.Reconnect ? "" : $"{counts.Opened} before the first request, at ")}{Figures.Short(opening)}/s")
                : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{settings.Name}: {Figures.PlainCount(counts.Connections, "connection")} made{processes}, "
                    + $"{counts.PeakConnections} open at most")
                + rate + reopened);
        }

        string asked = settings.Rate > 0
            ? string.Create(CultureInfo.InvariantCulture, $" of {Figures.Short(settings.Rate)}/s asked, {counts.Due} due") : "";
        string again = counts.Repeated > 0 ? string.Create(CultureInfo.InvariantCulture, $", {counts.Repeated} sent again") : "";
        string waited = counts.ElapsedNs - counts.DurationNs > TimeUnits.Second / 10 ? string.Create(CultureInfo.InvariantCulture,
            $"; then {(counts.ElapsedNs - counts.DurationNs) / 1e9:F3} s of waiting for others") : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"requests: {counts.Requests} answered in {counts.DurationNs / 1e9:F3} s, "
                + $"{(result.RequestsPerSecond is double answered ? Figures.Short(answered) : "-")}/s{asked}; "
            + $"{counts.Failed} failed{again}{waited}"));
        WriteAnswers(output, settings, result);
        WriteErrors(output, result);
        WriteLatencies(output, settings, result);
        if (histogram)
        {
            Draw(output, result.Latency);
        }
    }

    /// <summary>Writes the distribution of latencies, for HdrHistogram's plotter.</summary>
    public static void WriteHgrm(Output output, LatencyHistogram latency)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        latency.WriteHgrm(text);
        output.Write(text.ToString());
        output.Flush();
    }

    /// <summary>
    /// Adds a row of latencies, in microseconds, to a table headed by <see cref="Headings"/>; dashes where there are none.
    /// </summary>
    public static void AddLatency(Table table, string name, LatencyHistogram latency)
    {
        if (latency.Count == 0)
        {
            table.Add([name, .. Headings.Skip(1).Select(_ => "-")]);
            return;
        }

        IEnumerable<string> percentiles = LoadJsonReport.Percentiles.Select(p => Us(latency.Percentile(p.Percent)));
        table.Add([name, Us(latency.Min), Us(latency.Mean), .. percentiles, Us(latency.Max)]);
    }

    /// <summary>The headings of a table of latencies.</summary>
    public static string[] Headings =>
        ["latency us", "min", "mean", .. LoadJsonReport.Percentiles.Select(p => p.Name.Replace('_', '.')), "max"];

    /// <summary>Draws latencies as bars, on a logarithmic scale.</summary>
    public static void Draw(Output output, LatencyHistogram latency)
    {
        const int Rows = 12;
        if (latency.Count == 0)
        {
            return;
        }

        double from = latency.Min;
        double factor = Math.Pow(Math.Max((double)latency.Max / latency.Min, 1.0001), 1.0 / Rows);
        long[] ends = [.. Enumerable.Range(1, Rows)
            .Select(row => row == Rows ? latency.Max : (long)(from * Math.Pow(factor, row)))];
        long[] counts = [.. ends
            .Select((end, row) => latency.CountUpTo(end) - (row == 0 ? 0 : latency.CountUpTo(ends[row - 1])))];
        long most = Math.Max(counts.Max(), 1);
        output.WriteLine();
        for (int row = 0; row < Rows; row++)
        {
            int width = (int)Math.Ceiling((double)BarWidth * counts[row] / most);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  up to {Us(ends[row]),10} us {counts[row],10}  {new string('#', width)}").TrimEnd());
        }
    }

    private static IEnumerable<string> Faults(LoadSettings settings, LoadResult result)
    {
        LoadCounts counts = result.Counts;
        string seconds = (counts.ElapsedNs / 1e9).ToString("F1", CultureInfo.InvariantCulture);
        if (result.End > RunEnd.Time)
        {
            string asked = settings.Requests == 0
                ? string.Create(CultureInfo.InvariantCulture, $" of {settings.DurationNs / 1e9:0.###}") : "";
            yield return result.End == RunEnd.NoStart ? "no start: standard input ended without a line"
                : result.End == RunEnd.Signal && result.BegunAt == 0 && counts.Requests == 0 ? "signal before the first request"
                : $"{EndName(result.End)} after {seconds} s{asked}";
        }

        foreach ((long count, string what) in new[]
        {
            (counts.Failed, "failed"), (counts.ConnectionFailures, "connection failures"), (counts.Mismatches, "mismatches"),
            (counts.Unsent, "due and never sent"),
            (counts.InFlight, "without an answer at the end"),
        })
        {
            if (count > 0)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{count} {what}");
            }
        }

        if (counts is { Failed: 0, ConnectionFailures: 0, Mismatches: 0, Unsent: 0, InFlight: 0 } && result.Errors.Count > 0)
        {
            yield return "errors";
        }
    }

    private static void WriteSearch(Output output, RateSearch search, LoadResult result)
    {
        Table table = new("asked/s", "achieved/s", "samples", "p99 us", "");
        foreach (RateTrial trial in search.Trials)
        {
            table.Add(trial.Asked > 0 ? Figures.Short(trial.Asked) : "-", Figures.Short(trial.Achieved),
                Figures.Whole(trial.Samples), trial.P99Ns is long p99 ? Us(p99) : "-",
                trial.Asked > 0 ? VerdictName(trial.Verdict) : "closed loop");
        }

        if (search.CutShortBy is RunEnd end)
        {
            output.WriteLine($"FAILED: {EndName(end)}: the search was cut short");
        }

        table.Write(output);
        string failed = search.Interrupted ? "" : "FAILED: ";
        string samples = Figures.PlainCount(search.Trials.Count > 0 ? search.Trials[^1].Samples : 0, "sample");
        FormattableString verdict = search.Verdict switch
        {
            RateVerdict.Kept => $"highest rate with a p99 of at most {Us(search.LimitNs)} us: {Figures.Short(search.Found)}/s",
            RateVerdict.NotKept => $"{failed}no rate had a p99 of at most {Us(search.LimitNs)} us",
            _ when search.Interrupted => $"no rate had been judged",
            _ when search.NothingAnswered => $"{failed}nothing was answered, so no rate can be found{ErrorList(result, ": ")}",
            _ => $"{failed}undecided: {samples}, a p99 needs {RateSearch.NeededSamples}: a longer -d",
        };
        Line(output, verdict);
    }

    private static void WriteAnswers(Output output, LoadSettings settings, LoadResult result)
    {
        LoadCounts counts = result.Counts;
        if (settings.Protocol == Protocol.Http)
        {
            string codes = string.Join(", ", result.StatusCodes.Select(status => $"{status.Code} x {status.Count}"));
            Line(output, $"answers: {(codes.Length == 0 ? "none" : codes)}; {Figures.PlainCount(counts.BytesReceived, "byte")}");
        }

        if (!settings.Sizes.AreEqual)
        {
            Line(output, $"sizes: {settings.Sizes} bytes, --seed {settings.Sizes.Seed}");
        }

        if (settings.Protocol == Protocol.Echo || counts.BytesVerified > 0)
        {
            string mismatches = Figures.PlainCount(counts.Mismatches, "mismatch", "mismatches");
            string compared = Figures.PlainCount(counts.BytesVerified, "byte");
            Line(output, $"verified: {compared} compared with what was sent, {mismatches}");
        }
    }

    private static string ErrorList(LoadResult result, string before) => result.Errors.Count == 0 ? ""
        : before + string.Join(", ", result.Errors.Select(error => string.Create(CultureInfo.InvariantCulture,
            $"{error.Key} {error.Value}")));

    private static void WriteErrors(Output output, LoadResult result)
    {
        if (result.Errors.Count == 0)
        {
            return;
        }

        output.WriteLine(ErrorList(result, "errors: "));
        foreach ((string name, string hint) in s_hints)
        {
            if (result.Errors.ContainsKey(name))
            {
                Line(output, $"  {name}: {hint}");
            }
        }
    }

    private static void WriteLatencies(Output output, LoadSettings settings, LoadResult result)
    {
        Table table = new(Headings);
        AddLatency(table, settings.Rate > 0 ? "since due" : "round trip", result.Latency);
        if (settings.Rate > 0)
        {
            AddLatency(table, "since sent", result.Uncorrected);
        }

        if (!settings.Udp)
        {
            AddLatency(table, "connect", result.Connect);
            AddLatency(table, "first byte", result.FirstByte);
        }

        table.Write(output);
    }

    private static string Us(double nanoseconds) => (nanoseconds / 1e3).ToString("F1", CultureInfo.InvariantCulture);

    private static void Line(Output output, FormattableString text) =>
        output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
