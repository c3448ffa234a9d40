using System.Globalization;
using System.Text.Json;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Serve;
using NetTools.Measure;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>A load run as the JSON object of the report contract.</summary>
internal static class LoadJsonReport
{
    private const int Digits = 3;

    /// <summary>Percentiles by their JSON names.</summary>
    public static readonly (string Name, double Percent)[] Percentiles =
        [("p50", 50), ("p90", 90), ("p99", 99), ("p99_9", 99.9), ("p99_99", 99.99)];

    /// <summary>Writes the object.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="settings">What was asked.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="search">The search for a rate that this was the best trial of, or null.</param>
    public static void Write(Output output, LoadSettings settings, LoadResult result, RateSearch? search)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("tool", "epollecho");
        line.WriteString("version", Command.Version);
        line.WriteString("command", "load");
        WriteOptions(line, settings);
        line.WriteString("started", Time(result.StartedAt));
        RunEnd end = search?.CutShortBy ?? result.End;
        line.WriteString("ended", LoadTextReport.EndName(end));
        line.WriteString("ended_at", Time(result.EndedAt));
        line.WriteBoolean("interrupted", end == RunEnd.Signal);
        WriteCounts(line, settings, result);
        WriteHttp(line, settings, result);
        line.WriteStartObject("errors");
        foreach ((string name, long count) in result.Errors)
        {
            line.WriteNumber(name, count);
        }

        line.WriteEndObject();
        WriteLatency(line, "latency_us", result.Latency);
        if (settings.Rate > 0)
        {
            WriteLatency(line, "uncorrected_latency_us", result.Uncorrected);
        }

        if (!settings.Udp)
        {
            WriteLatency(line, "connect_us", result.Connect);
            WriteLatency(line, "first_byte_us", result.FirstByte);
        }

        WriteSearch(line, search);
        WriteIntervals(line, result);
        lines.End();
    }

    /// <summary>Writes percentiles in microseconds; null each where there is no latency.</summary>
    public static void WriteLatency(Utf8JsonWriter line, string name, LatencyHistogram latency)
    {
        line.WriteStartObject(name);
        bool any = latency.Count > 0;
        line.WriteNumberOrNull("min", any ? latency.Min / 1e3 : null, Digits);
        line.WriteNumberOrNull("mean", any ? latency.Mean / 1e3 : null, Digits);
        foreach ((string percentile, double percent) in Percentiles)
        {
            line.WriteNumberOrNull(percentile, any ? latency.PercentileUs(percent) : null, Digits);
        }

        line.WriteNumberOrNull("max", any ? latency.Max / 1e3 : null, Digits);
        line.WriteEndObject();
    }

    private static void WriteOptions(Utf8JsonWriter line, LoadSettings settings)
    {
        line.WriteStartObject("options");
        line.WriteString("target", settings.Name);
        line.WriteBoolean("udp", settings.Udp);
        line.WriteBoolean("gso", settings.Joined);
        line.WriteString("protocol", settings.Protocol.ToString().ToLowerInvariant());
        if (settings.Protocol == Protocol.Http)
        {
            line.WriteString("method", settings.Http.Method);
            line.WriteString("path", settings.Http.Path);
        }

        line.WriteNumber("connections", settings.Connections);
        line.WriteNumber("processes", settings.Processes);
        line.WriteNumber("requests", settings.Requests);
        line.WriteNumber("duration_s", settings.DurationNs / 1e9);
        line.WriteNumber("size_bytes", settings.Sizes.Least);
        if (!settings.Sizes.AreEqual)
        {
            line.WriteNumber("size_most_bytes", settings.Sizes.Most);
            line.WriteNumber("seed", settings.Sizes.Seed);
            line.WriteString("seed_text", settings.Sizes.Seed.ToString(CultureInfo.InvariantCulture));
        }

        line.WriteNumber("rate_per_s", settings.Rate);
        line.WriteNumber("pipeline", settings.Pipeline);
        line.WriteBoolean("reconnect", settings.Reconnect);
        line.WriteBoolean("reopen", !settings.NoReopen);
        line.WriteNumber("hold_s", settings.HoldNs / 1e9);
        line.WriteNumber("timeout_s", settings.TimeoutNs / 1e9);
        line.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter line, LoadSettings settings, LoadResult result)
    {
        LoadCounts counts = result.Counts;
        line.WriteNumber("connections", counts.Connections);
        line.WriteNumber("peak_connections", counts.PeakConnections);
        line.WriteNumber("reconnects", counts.Reconnects);
        line.WriteNumber("requests", counts.Requests);
        line.WriteNumber("failed", counts.Failed);
        line.WriteNumber("connection_failures", counts.ConnectionFailures);
        line.WriteNumber("due", counts.Due);
        line.WriteNumber("unsent", counts.Unsent);
        line.WriteNumber("in_flight", counts.InFlight);
        line.WriteNumber("repeated", counts.Repeated);
        line.WriteNumber("duration_s", Seconds(counts.DurationNs));
        line.WriteNumber("elapsed_s", Seconds(counts.ElapsedNs));
        // A closed loop asks as it is answered.
        line.WriteNumberOrNull("asked_per_s", settings.Rate > 0 ? settings.Rate : null, Digits);
        line.WriteNumberOrNull("achieved_per_s", result.RequestsPerSecond, Digits);
        line.WriteNumberOrNull("requests_per_s", result.RequestsPerSecond, Digits);
        line.WriteNumberOrNull("connections_per_s", result.ConnectionsPerSecond, Digits);
        line.WriteNumber("opened", counts.Opened);
        line.WriteNumber("opening_s", Seconds(counts.ConnectNs));
        line.WriteNumber("bytes_received", counts.BytesReceived);
        line.WriteNumber("bytes_verified", counts.BytesVerified);
        line.WriteNumber("mismatches", counts.Mismatches);
        if (settings.Udp)
        {
            line.WriteNumber("lost", counts.Lost);
            line.WriteNumberOrNull("lost_percent", LoadTextReport.LostPercent(result), Digits);
            line.WriteNumber("late", counts.Late);
            line.WriteNumber("reordered", counts.Reordered);
            line.WriteNumber("duplicates", counts.Duplicates);
        }
    }

    private static void WriteHttp(Utf8JsonWriter line, LoadSettings settings, LoadResult result)
    {
        if (settings.Protocol != Protocol.Http)
        {
            return;
        }

        line.WriteStartObject("status_codes");
        foreach ((int code, long count) in result.StatusCodes)
        {
            line.WriteNumber(code.ToString(CultureInfo.InvariantCulture), count);
        }

        line.WriteEndObject();
        line.WriteStartObject("http_status");
        for (int digit = 1; digit <= 5; digit++)
        {
            line.WriteNumber($"{digit}xx",
                result.StatusCodes.Where(status => status.Code / 100 == digit).Sum(status => status.Count));
        }

        line.WriteNumber("other", result.StatusCodes.Where(status => status.Code >= 600).Sum(status => status.Count));

        line.WriteEndObject();
    }

    private static void WriteSearch(Utf8JsonWriter line, RateSearch? search)
    {
        if (search is null)
        {
            return;
        }

        line.WriteStartObject("find_rate");
        line.WriteNumber("p99_limit_us", search.LimitNs / 1e3);
        line.WriteString("verdict", LoadTextReport.VerdictName(search.Verdict));
        line.WriteNumber("needed_samples", RateSearch.NeededSamples);
        line.WriteNumberOrNull("found_per_s", search.Found > 0 ? search.Found : null, Digits);
        line.WriteStartArray("trials");
        foreach (RateTrial trial in search.Trials)
        {
            line.WriteStartObject();
            line.WriteNumberOrNull("asked_per_s", trial.Asked > 0 ? trial.Asked : null, Digits);
            line.WriteNumber("achieved_per_s", Round(trial.Achieved));
            line.WriteNumber("samples", trial.Samples);
            line.WriteNumberOrNull("p99_us", trial.P99Ns is long p99 ? p99 / 1e3 : null, Digits);
            line.WriteBoolean("passed", trial.Verdict == RateVerdict.Kept);
            line.WriteString("verdict", LoadTextReport.VerdictName(trial.Verdict));
            line.WriteEndObject();
        }

        line.WriteEndArray();
        line.WriteEndObject();
    }

    private static void WriteIntervals(Utf8JsonWriter line, LoadResult result)
    {
        line.WriteStartArray("intervals");
        foreach (LoadInterval interval in result.Intervals)
        {
            line.WriteStartObject();
            line.WriteNumber("end_s", Round(interval.EndSeconds));
            line.WriteNumber("requests", interval.Requests);
            line.WriteNumber("failed", interval.Failed);
            line.WriteNumber("connection_failures", interval.ConnectionFailures);
            line.WriteNumberOrNull("p50_us", interval.P50Us, Digits);
            line.WriteNumberOrNull("p90_us", interval.P90Us, Digits);
            line.WriteNumberOrNull("p99_us", interval.P99Us, Digits);
            line.WriteNumberOrNull("max_us", interval.MaxUs, Digits);
            line.WriteEndObject();
        }

        line.WriteEndArray();
    }

    private static string Time(long nanoseconds) => JsonHead.Time(DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100));

    private static double Seconds(long nanoseconds) => Math.Round(nanoseconds / 1e9, 6);

    private static double Round(double value) => Math.Round(value, Digits);
}
