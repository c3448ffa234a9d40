using System.Globalization;
using System.Text.Json;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Serve;

/// <summary>Where and how one instance listens.</summary>
internal sealed record ListeningNotice(string Address, int Pid, int Instance, string Model, string Trigger, string Protocol)
{
    /// <summary>The socket options that were asked for, and what the kernel made of them.</summary>
    public IReadOnlyList<EffectiveOption> Options { get; init; } = [];
}

/// <summary>A socket option as asked for and as it is in effect.</summary>
internal sealed record EffectiveOption(string Name, int Requested, int Effective);

/// <summary>What one instance counted.</summary>
internal sealed record ServeSummary(int Instance, int Pid, long Accepted, long Closed, long PeakConnections, long Refused,
    long BytesReceived, long BytesSent, long Requests, IReadOnlyDictionary<string, long> Errors)
{
    /// <summary>
    /// Private memory beyond that of the idle server, divided by the peak of open connections; in the fork model the
    /// private memory of a child. Null when it was not measured.
    /// </summary>
    public long? UserBytesPerConnection { get; init; }

    /// <summary>Connections closed at the end of draining although something was unsent, under way, or not asked yet.</summary>
    public long Cut { get; init; }

    /// <summary>Datagrams not answered, because of the port or the interface they came from.</summary>
    public long Ignored { get; init; }
}

/// <summary>
/// Prints what a server reports: as text, or as the lines of the report contract. A line is one write(2). A line that cannot be
/// written is dropped and counted, and standard error says so: it never ends the server.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="json">JSON instead of text.</param>
internal sealed class ServeReport(Output output, bool json)
{
    private const int PatienceMs = 1000;

    private bool _failing;

    /// <summary>Reports that could not be written.</summary>
    public int Lost { get; private set; }

    /// <summary>Says that the server listens.</summary>
    public void Write(ListeningNotice notice)
    {
        if (!json)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"listening on {notice.Address}: {notice.Protocol}, {notice.Model}{Edge(notice)}, instance {notice.Instance}, pid {notice.Pid}"));
            foreach (EffectiveOption option in notice.Options.Where(option => option.Requested != option.Effective))
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{option.Name}: {option.Requested} asked for, {option.Effective} in effect"));
            }

            Flush(PatienceMs);
            return;
        }

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
        Flush(PatienceMs);
    }

    /// <summary>Prints the counts.</summary>
    public void Write(ServeSummary summary)
    {
        if (!json)
        {
            WriteText(summary);
            return;
        }

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
        line.WriteNumber("reports_lost", Lost);
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
        lines.End();
        Flush(PatienceMs);
    }

    /// <summary>Prints a live line.</summary>
    public void Write(StatsLine stats)
    {
        if (!json)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"instance {stats.Instance}: {stats.Connections} connections, {stats.NewPerSecond:N0} new/s, {stats.BytesInPerSecond / 1e6:N1} MB/s in, {stats.BytesOutPerSecond / 1e6:N1} out, {stats.RequestsPerSecond:N0} requests/s, longest turn {stats.LagMs:F2} ms"));
            Flush(0);
            return;
        }

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
        Flush(0);
    }

    private void Flush(int patienceMs)
    {
        string? failure = output.TryFlush(patienceMs);
        if (failure is not null)
        {
            Lost++;
            if (!_failing)
            {
                ErrorLine.Write($"{failure}: serving goes on without");
            }
        }

        _failing = failure is not null;
    }

    private void WriteText(ServeSummary summary)
    {
        string memory = summary.UserBytesPerConnection is long bytes
            ? string.Create(CultureInfo.InvariantCulture, $", {bytes} bytes of our own memory for each") : "";
        string requests = summary.Requests > 0
            ? string.Create(CultureInfo.InvariantCulture, $", {summary.Requests} requests") : "";
        string cut = summary.Cut > 0 ? string.Create(CultureInfo.InvariantCulture, $", {summary.Cut} cut off while draining")
            : "";
        string ignored = summary.Ignored > 0
            ? string.Create(CultureInfo.InvariantCulture,
                $", {summary.Ignored} datagrams not answered (source port below 1024 or this server's own, or another interface)")
                : "";
        string refused = summary.Refused > 0
            ? string.Create(CultureInfo.InvariantCulture, $", {summary.Refused} refused") : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"instance {summary.Instance}, pid {summary.Pid}: {summary.Accepted} connections accepted, {summary.Closed} closed{refused}{cut}, {summary.PeakConnections} at most{memory}; {summary.BytesReceived} bytes in, {summary.BytesSent} out{requests}{ignored}; errors: {Errors(summary.Errors)}"));
        Flush(PatienceMs);
    }

    private static string Edge(ListeningNotice notice) => notice.Model == "epoll" ? $" ({notice.Trigger}-triggered)" : "";

    private static string Errors(IReadOnlyDictionary<string, long> errors) =>
        errors.Count == 0 ? "none" : string.Join(", ", errors.Select(error =>
            string.Create(CultureInfo.InvariantCulture, $"{error.Key} {error.Value}")));
}
