using System.Text.Json;
using NetTools.EpollEcho.Serve;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>The lines of <c>serve --json</c>.</summary>
internal static class ServeJsonReport
{
    /// <summary>The line of an instance that listens.</summary>
    public static void Write(Output output, ListeningNotice notice)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("event", "listening");
        line.WriteString("address", notice.Address);
        line.WriteNumber("pid", notice.Pid);
        line.WriteNumber("instance", notice.Instance);
        line.WriteString("model", notice.Model);
        line.WriteString("trigger", notice.Trigger);
        line.WriteString("protocol", notice.Protocol);
        line.WriteStartObject("options");
        foreach (EffectiveOption option in notice.Options)
        {
            line.WriteStartObject(option.Name.ToLowerInvariant());
            line.WriteNumber("requested", option.Requested);
            line.WriteNumber("effective", option.Effective);
            line.WriteEndObject();
        }

        line.WriteEndObject();
        lines.End();
    }

    /// <summary>The counts of an instance.</summary>
    public static void Write(Output output, ServeSummary summary, int lost, JsonHead head)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("event", "summary");
        line.WriteNumber("instance", summary.Instance);
        line.WriteNumber("pid", summary.Pid);
        line.WriteNumber("accepted", summary.Accepted);
        line.WriteNumber("closed", summary.Closed);
        line.WriteNumber("peak_connections", summary.PeakConnections);
        line.WriteNumber("refused", summary.Refused);
        line.WriteNumber("bytes_received", summary.BytesReceived);
        line.WriteNumber("bytes_sent", summary.BytesSent);
        line.WriteNumber("requests", summary.Requests);
        line.WriteNumber("cut", summary.Cut);
        line.WriteNumber("ignored", summary.Ignored);
        line.WriteNumber("reports_lost", lost);
        if (summary.UserBytesPerConnection is long bytes)
        {
            line.WriteNumber("user_bytes_per_connection", bytes);
        }
        else
        {
            line.WriteNull("user_bytes_per_connection");
        }

        line.WriteStartObject("errors");
        foreach ((string name, long count) in summary.Errors)
        {
            line.WriteNumber(name, count);
        }

        line.WriteEndObject();
        head.WriteRun(line, summary.Interrupted);
        JsonHead.WriteOptions(line);
        lines.End();
    }

    /// <summary>A live line.</summary>
    public static void Write(Output output, StatsLine stats)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("event", "stats");
        line.WriteNumber("instance", stats.Instance);
        line.WriteNumber("connections", stats.Connections);
        line.WriteNumber("new_per_s", Math.Round(stats.NewPerSecond, 1));
        line.WriteNumber("requests_per_s", Math.Round(stats.RequestsPerSecond, 1));
        line.WriteNumber("bytes_received_per_s", Math.Round(stats.BytesInPerSecond));
        line.WriteNumber("bytes_sent_per_s", Math.Round(stats.BytesOutPerSecond));
        line.WriteNumber("lag_ms", Math.Round(stats.LagMs, 3));
        lines.End();
    }
}
