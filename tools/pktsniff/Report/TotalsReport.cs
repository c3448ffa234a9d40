using System.Globalization;
using System.Text.Json;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>What is said about a run besides its frames: where it listens and its counters.</summary>
/// <param name="json">Whether the summary is a JSON object on standard output.</param>
internal sealed class TotalsReport(bool json)
{
    private readonly Output _error = new(2, "standard error");

    /// <summary>Says which interfaces are listened on.</summary>
    public void Announce(LiveCapture live)
    {
        if (live.FiltersInUserSpace)
        {
            Say($"{ErrorLine.Tool}: the kernel refuses this filter: every frame is copied, and the filter runs here");
        }

        Say(string.Create(CultureInfo.InvariantCulture, $"{ErrorLine.Tool}: listening on "
            + $"{string.Join(", ", live.Origins.Select(origin => $"{origin.Interface}, link type {origin.LinkType}"))}, "
                + $"snapshot length {live.Origins[0].Snaplen} bytes"));
    }

    /// <summary>Says the counters while it runs.</summary>
    public void WriteSoFar(long frames, CaptureTotals totals)
    {
        Say($"{ErrorLine.Tool}: {Figures.PlainCount(frames, "frame")} captured, {totals.Received} received by filter, "
            + $"{totals.Dropped} dropped by kernel");
        SayEach(totals.Each);
    }

    /// <summary>Says the counters at the end.</summary>
    /// <param name="frames">Frames that were wanted.</param>
    /// <param name="totals">What the kernel or the files counted.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="started">When it began.</param>
    /// <param name="live">Interfaces rather than files were read.</param>
    /// <param name="interrupted">A signal ended it.</param>
    public void Write(long frames, CaptureTotals totals, TimeSpan elapsed, DateTimeOffset started, bool live, bool interrupted)
    {
        if (json)
        {
            WriteJson(frames, totals, elapsed, started, interrupted);
        }
        else if (live)
        {
            Say($"{Figures.PlainCount(frames, "frame")} captured");
            Say($"{Figures.PlainCount(totals.Received, "frame")} received by filter");
            Say($"{Figures.PlainCount(totals.Dropped, "frame")} dropped by kernel");
            SayEach(totals.Each);
        }
        else if (totals.Dropped > 0)
        {
            Say($"{Figures.PlainCount(totals.Dropped, "frame")} dropped by kernel when the file was captured");
        }
    }

    private static void WriteJson(
        long frames, CaptureTotals totals, TimeSpan elapsed, DateTimeOffset started, bool interrupted)
    {
        using JsonLines lines = new(Output.Standard);
        Utf8JsonWriter writer = lines.Begin();
        writer.WriteString("event"u8, "summary"u8);
        writer.WriteNumber("received"u8, frames);
        writer.WriteNumber("received_by_filter"u8, totals.Received);
        writer.WriteNumber("dropped"u8, totals.Dropped);
        writer.WriteNumber("seconds"u8, Math.Round(elapsed.TotalSeconds, 6));
        writer.WriteString("version"u8, Terminal.Command.Version);
        writer.WriteString("started"u8, Rfc3339(started));
        writer.WriteString("ended"u8, Rfc3339(started + elapsed));
        writer.WriteBoolean("interrupted"u8, interrupted);
        if (totals.Each.Count > 1)
        {
            writer.WriteStartArray("interfaces"u8);
            foreach (OriginCounters one in totals.Each)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, one.Origin.Interface);
                writer.WriteNumber("received"u8, one.Received);
                writer.WriteNumber("dropped"u8, one.Dropped);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        lines.End();
    }

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
        CultureInfo.InvariantCulture);

    /// <summary>The counters of each interface, where there are several.</summary>
    private void SayEach(IReadOnlyList<OriginCounters> counters)
    {
        foreach (OriginCounters one in counters.Count > 1 ? counters : [])
        {
            Say($"{one.Origin.Interface}: {one.Received} received by filter, {one.Dropped} dropped by kernel");
        }
    }

    private void Say(string text)
    {
        try
        {
            _error.WriteLine(text);
            _error.Flush();
        }
        catch (OutputException)
        {
            // Nobody listens.
        }
    }
}
