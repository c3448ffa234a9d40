using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.Terminal;
using LibC = Tmds.Linux.LibC;

namespace NetTools.PktSniff.Inject;

/// <summary>What was sent.</summary>
/// <param name="ports">The interfaces: one, or two.</param>
internal sealed class InjectResult(IReadOnlyList<InjectPort> ports)
{
    /// <summary>Frames the kernel took.</summary>
    public long Sent => ports.Sum(port => port.Sent);

    /// <summary>Bytes of the frames the kernel took.</summary>
    public long Bytes => ports.Sum(port => port.Bytes);

    /// <summary>Frames the kernel refused.</summary>
    public long Failed => ports.Sum(port => port.Failed);

    /// <summary>Frames of which the file did not hold every byte.</summary>
    public long CutShort { get; set; }

    /// <summary>What was changed in frames, or null when nothing was to be.</summary>
    public RewriteCounts? Rewrites { get; set; }

    /// <summary>What is wrong with the file, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; set; }

    /// <summary>True when every frame left and nothing was wrong.</summary>
    public bool IsGood => Failed == 0 && Problem is null && !ports.Any(port => port.LostSome);

    /// <summary>Prints the result.</summary>
    public void Write(Output output, InjectSettings settings)
    {
        if (settings.Json)
        {
            WriteJson(output);
        }
        else
        {
            WriteText(output);
        }

        output.Flush();
        if (CutShort > 0)
        {
            ErrorLine.Write($"{Figures.PlainCount(CutShort, "frame")} captured only in part and sent so");
        }

        foreach (InjectPort port in ports)
        {
            Complain(port);
        }

        if (Problem is not null)
        {
            ErrorLine.Write(Problem);
        }
    }

    private double Rate => Seconds > 0 ? Sent / Seconds : 0;

    private static void Complain(InjectPort port)
    {
        if (port.Failed > 0)
        {
            ErrorLine.Write($"{Figures.PlainCount(port.Failed, "frame")} refused by {port.Interface}: "
                + $"{Errno.Describe(port.LastErrno)}"
                + (port.LastErrno == LibC.ENOBUFS ? " (its queue stayed full, it has no carrier, or its peer does not take them)"
                    : ""));
        }

        if (port.LostSome)
        {
            ErrorLine.Write($"{port.Interface} counted only {port.Counted!.Value.Sent} of "
                + $"{Figures.PlainCount(port.Sent, "frame")} as sent, "
                + $"{port.Counted.Value.Dropped} as dropped");
        }
    }

    private void WriteText(Output output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Volume(Sent, Bytes)} sent on {string.Join(" and ", ports.Select(port => port.Interface))} in {Seconds:F3} s ")
            + string.Create(CultureInfo.InvariantCulture, $"({Rate:F0} frames/s)"));
        foreach (InjectPort port in ports)
        {
            if (ports.Count > 1)
            {
                output.WriteLine($"{port.Interface}: {Volume(port.Sent, port.Bytes)}");
            }

            if (port.Counted is SendCounters counted)
            {
                string others = counted.Sent > (ulong)port.Sent ? $", {counted.Sent - (ulong)port.Sent} of them others'" : "";
                output.WriteLine($"{port.Interface} counted {Figures.PlainCount(counted.Sent, "frame")} sent{others}, "
                    + $"{counted.Dropped} dropped");
            }
        }

        if (Rewrites is RewriteCounts rewrites)
        {
            string rewritten = Figures.PlainCount(rewrites.Rewritten, "frame");
            string fragments = Figures.PlainCount(rewrites.Fragments, "fragment");
            string incomplete = Figures.PlainCount(rewrites.Incomplete, "incomplete frame");
            output.WriteLine($"{rewritten} with other addresses, {rewrites.Mended} with checksums mended; "
                + $"left alone: the checksums of {fragments} and {incomplete}");
        }
    }

    private static string Volume(long frames, long bytes) =>
        $"{Figures.PlainCount(frames, "frame")}, {Figures.PlainCount(bytes, "byte")}";

    private void WriteJson(Output output)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("tool"u8, "pktsniff"u8);
        json.WriteString("command"u8, "inject"u8);
        json.WriteString("interface"u8, ports[0].Interface);
        json.WriteNumber("sent"u8, Sent);
        json.WriteNumber("failed"u8, Failed);
        json.WriteNumber("cut_short"u8, CutShort);
        json.WriteNumber("sent_bytes"u8, Bytes);
        json.WriteNumber("duration_s"u8, Math.Round(Seconds, 6));
        json.WriteNumber("frames_per_s"u8, Math.Round(Rate, 1));
        WriteCounted(json, ports.Any(port => port.Counted is null) ? null : new SendCounters(
            ports.Aggregate(0ul, (sum, port) => sum + port.Counted!.Value.Sent),
            ports.Aggregate(0ul, (sum, port) => sum + port.Counted!.Value.Dropped)));
        if (Rewrites is RewriteCounts rewrites)
        {
            json.WriteNumber("rewritten"u8, rewrites.Rewritten);
            json.WriteNumber("checksums_mended"u8, rewrites.Mended);
            json.WriteNumber("checksums_left_fragments"u8, rewrites.Fragments);
            json.WriteNumber("checksums_left_incomplete"u8, rewrites.Incomplete);
        }

        if (ports.Count > 1)
        {
            WritePorts(json);
        }

        lines.End();
    }

    private void WritePorts(Utf8JsonWriter json)
    {
        json.WriteStartArray("interfaces"u8);
        foreach (InjectPort port in ports)
        {
            json.WriteStartObject();
            json.WriteString("interface"u8, port.Interface);
            json.WriteNumber("sent"u8, port.Sent);
            json.WriteNumber("failed"u8, port.Failed);
            json.WriteNumber("sent_bytes"u8, port.Bytes);
            WriteCounted(json, port.Counted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCounted(Utf8JsonWriter json, SendCounters? since)
    {
        if (since is SendCounters counted)
        {
            json.WriteNumber("interface_sent"u8, counted.Sent);
            json.WriteNumber("interface_dropped"u8, counted.Dropped);
        }
        else
        {
            json.WriteNull("interface_sent"u8);
            json.WriteNull("interface_dropped"u8);
        }
    }
}
