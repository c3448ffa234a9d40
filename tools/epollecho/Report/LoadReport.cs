using System.Globalization;
using System.Text.Json;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Serve;
using NetTools.Measure;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>Prints what a load run measured: as text, or as the object of the report contract.</summary>
internal static class LoadReport
{
    private static readonly (string Name, double Percent)[] s_percentiles =
        [("p50", 50), ("p90", 90), ("p99", 99), ("p99_9", 99.9), ("p99_99", 99.99)];

    private static readonly (string Error, string Hint)[] s_hints =
    [
        ("eaddrnotavail", "no local port is free for this target: sysctl net.ipv4.ip_local_port_range; closed ones rest for a minute"),
        ("emfile", "no descriptor is free: ulimit -n, or --processes"),
        ("enfile", "the machine has no descriptor free: sysctl fs.file-max"),
    ];

    /// <summary>Prints the result.</summary>
    public static void Write(Output output, bool json, LoadSettings settings, LoadResult result)
    {
        if (json)
        {
            WriteJson(output, settings, result);
        }
        else
        {
            WriteText(output, settings, result);
        }
    }

    /// <summary>Writes the distribution of latencies, for HdrHistogram's plotter.</summary>
    public static void WriteHgrm(Output output, LoadResult result)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        result.Latency.WriteHgrm(text);
        output.Write(text.ToString());
        output.Flush();
    }

    private static void WriteJson(Output output, LoadSettings settings, LoadResult result)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("tool", "epollecho");
        line.WriteString("command", "load");
        line.WriteStartObject("options");
        line.WriteString("target", settings.Target.ToString());
        line.WriteBoolean("udp", settings.Udp);
        line.WriteBoolean("gso", settings.Joined);
        line.WriteString("protocol", settings.Protocol.ToString().ToLowerInvariant());
        line.WriteNumber("connections", settings.Connections);
        line.WriteNumber("processes", settings.Processes);
        line.WriteNumber("requests", settings.Requests);
        line.WriteNumber("duration_s", settings.DurationNs / 1e9);
        line.WriteNumber("size_bytes", settings.Sizes.Least);
        if (!settings.Sizes.AreEqual)
        {
            line.WriteNumber("size_most_bytes", settings.Sizes.Most);
            line.WriteNumber("seed", settings.Sizes.Seed);
        }

        line.WriteNumber("rate_per_s", settings.Rate);
        line.WriteNumber("pipeline", settings.Pipeline);
        line.WriteBoolean("reconnect", settings.Reconnect);
        line.WriteNumber("hold_s", settings.HoldNs / 1e9);
        line.WriteEndObject();
        line.WriteNumber("connections", result.Connections);
        line.WriteNumber("peak_connections", result.PeakConnections);
        line.WriteNumber("requests", result.Requests);
        line.WriteNumber("failed", result.Failed);
        line.WriteNumber("duration_s", Round(result.DurationNs / 1e9));
        line.WriteNumber("requests_per_s", Round(result.RequestsPerSecond));
        line.WriteNumber("connections_per_s", Round(result.ConnectionsPerSecond));
        line.WriteNumber("bytes_received", result.BytesReceived);
        line.WriteNumber("bytes_verified", result.BytesVerified);
        line.WriteNumber("mismatches", result.Mismatches);
        if (settings.Udp)
        {
            line.WriteNumber("lost", result.Lost);
            line.WriteNumber("lost_percent", Round(LostPercent(result)));
            line.WriteNumber("reordered", result.Reordered);
            line.WriteNumber("duplicates", result.Duplicates);
        }

        if (settings.Protocol == Protocol.Http)
        {
            line.WriteStartObject("http_status");
            for (int digit = 1; digit < result.StatusClasses.Length; digit++)
            {
                line.WriteNumber($"{digit}xx", result.StatusClasses[digit]);
            }

            line.WriteEndObject();
        }

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

        line.WriteStartArray("intervals");
        foreach (LoadInterval interval in result.Intervals)
        {
            line.WriteStartObject();
            line.WriteNumber("end_s", Round(interval.EndSeconds));
            line.WriteNumber("requests", interval.Requests);
            line.WriteNumber("failed", interval.Failed);
            line.WriteNumber("p50_us", Round(interval.P50Us));
            line.WriteNumber("p99_us", Round(interval.P99Us));
            line.WriteNumber("max_us", Round(interval.MaxUs));
            line.WriteEndObject();
        }

        line.WriteEndArray();
        lines.End();
    }

    private static void WriteLatency(Utf8JsonWriter line, string name, LatencyHistogram latency)
    {
        line.WriteStartObject(name);
        line.WriteNumber("min", Round(latency.Min / 1e3));
        line.WriteNumber("mean", Round(latency.Mean / 1e3));
        foreach ((string percentile, double percent) in s_percentiles)
        {
            line.WriteNumber(percentile, Round(latency.PercentileUs(percent)));
        }

        line.WriteNumber("max", Round(latency.Max / 1e3));
        line.WriteEndObject();
    }

    private static void WriteText(Output output, LoadSettings settings, LoadResult result)
    {
        if (settings.Udp)
        {
            Line(output, $"{settings.Target}: {result.Requests} datagrams came back, {result.Lost} were lost ({LostPercent(result):F3} %), {result.Reordered} out of order, {result.Duplicates} duplicates");
        }
        else
        {
            Line(output, $"{settings.Target}: {result.Connections} connections made{(settings.Processes > 1 ? $" by {settings.Processes} processes" : "")}, {result.PeakConnections} open at most, {result.ConnectionsPerSecond:N0}/s");
        }

        Line(output, $"requests: {result.Requests} answered in {result.DurationNs / 1e9:F3} s, {result.RequestsPerSecond:N0}/s; {result.Failed} failed");
        if (settings.Protocol == Protocol.Http)
        {
            string classes = string.Join(", ", Enumerable.Range(1, 5).Where(digit => digit == 2 || result.StatusClasses[digit] > 0)
                .Select(digit => $"{digit}xx {result.StatusClasses[digit]}"));
            Line(output, $"answers: {classes}; {result.BytesReceived} bytes");
        }

        if (!settings.Sizes.AreEqual)
        {
            Line(output, $"sizes: {settings.Sizes} bytes, --seed {settings.Sizes.Seed}");
        }

        if (settings.Protocol == Protocol.Echo || result.BytesVerified > 0)
        {
            Line(output, $"verified: {result.BytesVerified} bytes compared with what was sent, {result.Mismatches} mismatches");
        }

        if (result.Errors.Count > 0)
        {
            Line(output, $"errors: {string.Join(", ", result.Errors.Select(error => $"{error.Key} {error.Value}"))}");
            foreach ((string name, string hint) in s_hints)
            {
                if (result.Errors.ContainsKey(name))
                {
                    Line(output, $"  {name}: {hint}");
                }
            }
        }

        Table table = new(["latency us", "min", "mean", .. s_percentiles.Select(p => p.Name.Replace('_', '.')), "max"]);
        AddLatency(table, settings.Rate > 0 ? "since due" : "round trip", result.Latency);
        if (settings.Rate > 0)
        {
            AddLatency(table, "since sent", result.Uncorrected);
        }

        table.Write(output);
    }

    private static void AddLatency(Table table, string name, LatencyHistogram latency) =>
        table.Add([name, Us(latency.Min), Us(latency.Mean), .. s_percentiles.Select(p => Us(latency.Percentile(p.Percent))), Us(latency.Max)]);

    private static double LostPercent(LoadResult result) =>
        result.Lost == 0 ? 0 : 100.0 * result.Lost / (result.Lost + result.Requests);

    private static string Us(double nanoseconds) => (nanoseconds / 1e3).ToString("F1", CultureInfo.InvariantCulture);

    private static void Line(Output output, FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static double Round(double value) => Math.Round(value, 3);
}
