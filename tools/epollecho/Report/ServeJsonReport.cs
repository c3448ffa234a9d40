using System.Text.Json;
using NetTools.EpollEcho.Serve;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>The lines of <c>serve --json</c>.</summary>
internal static class ServeJsonReport
{
    /// <summary>The line of an instance that listens.</summary>
    public static void Write(Output output, ListeningNotice notice) => Write(output, "listening", notice.Instance, line =>
    {
        line.WriteString("address", notice.Address);
        line.WriteNumber("pid", notice.Pid);
        line.WriteString("model", notice.Model);
        line.WriteString("trigger", notice.Trigger);
        line.WriteString("protocol", notice.Protocol);
        line.WriteStartObject("options");
        foreach (EffectiveOption option in notice.Options)
        {
            line.WriteStartObject(option.Name.ToLowerInvariant());
            WriteCounts(line, ("requested", option.Requested), ("effective", option.Effective));
            line.WriteEndObject();
        }

        line.WriteEndObject();
    });

    /// <summary>The counts of an instance.</summary>
    public static void Write(Output output, ServeSummary summary, int lost, JsonHead head) =>
        Write(output, "summary", summary.Instance, line =>
        {
            WriteCounts(line, ("pid", summary.Pid), ("accepted", summary.Accepted), ("closed", summary.Closed),
                ("peak_connections", summary.PeakConnections), ("refused", summary.Refused),
                ("bytes_received", summary.BytesReceived), ("bytes_sent", summary.BytesSent), ("requests", summary.Requests),
                ("cut", summary.Cut), ("ignored", summary.Ignored), ("reports_lost", lost),
                ("user_bytes_per_connection", summary.UserBytesPerConnection));
            line.WriteStartObject("errors");
            WriteCounts(line, [.. summary.Errors.Select(error => (error.Key, (long?)error.Value))]);
            line.WriteEndObject();
            head.WriteRun(line, summary.Interrupted);
            JsonHead.WriteOptions(line);
        });

    /// <summary>A live line.</summary>
    public static void Write(Output output, StatsLine stats) => Write(output, "stats", stats.Instance, line =>
    {
        line.WriteNumber("connections", stats.Connections);
        line.WriteNumber("new_per_s", Math.Round(stats.NewPerSecond, 1));
        line.WriteNumber("requests_per_s", Math.Round(stats.RequestsPerSecond, 1));
        line.WriteNumber("bytes_received_per_s", Math.Round(stats.BytesInPerSecond));
        line.WriteNumber("bytes_sent_per_s", Math.Round(stats.BytesOutPerSecond));
        line.WriteNumber("lag_ms", Math.Round(stats.LagMs, 3));
    });

    private static void Write(Output output, string name, int instance, Action<Utf8JsonWriter> fields)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("event", name);
        line.WriteNumber("instance", instance);
        fields(line);
        lines.End();
    }

    /// <summary>Integers by their names; what was not measured is null.</summary>
    private static void WriteCounts(Utf8JsonWriter line, params ReadOnlySpan<(string Name, long? Value)> counts)
    {
        foreach ((string name, long? value) in counts)
        {
            line.WriteNumberOrNull(name, value);
        }
    }
}
