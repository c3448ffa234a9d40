using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.Terminal;
using LibC = Tmds.Linux.LibC;

namespace NetTools.PktSniff.Inject;

/// <summary>What was sent.</summary>
internal sealed class InjectResult
{
    /// <summary>Frames the kernel took.</summary>
    public long Sent { get; set; }

    /// <summary>Bytes of the frames the kernel took.</summary>
    public long Bytes { get; set; }

    /// <summary>Frames the kernel refused.</summary>
    public long Failed { get; set; }

    /// <summary>Frames of which the file did not hold every byte.</summary>
    public long CutShort { get; set; }

    /// <summary>What was changed in frames, or null when nothing was to be.</summary>
    public RewriteCounts? Rewrites { get; set; }

    /// <summary>What the interface counted meanwhile, others' frames included; null when the kernel does not tell.</summary>
    public SendCounters? Counted { get; set; }

    /// <summary>Why the last refused frame was refused.</summary>
    public int LastErrno { get; set; }

    /// <summary>What is wrong with the file, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; set; }

    /// <summary>True when every frame left and nothing was wrong.</summary>
    public bool IsGood => Failed == 0 && Problem is null && !LostSome;

    /// <summary>True when the kernel took frames that the interface did not send.</summary>
    private bool LostSome => Counted is SendCounters counted && counted.Sent < (ulong)Sent;

    /// <summary>Prints the result.</summary>
    public void Write(Output output, InjectSettings settings)
    {
        if (settings.Json)
        {
            WriteJson(output, settings);
        }
        else
        {
            WriteText(output, settings);
        }

        output.Flush();
        if (CutShort > 0)
        {
            ErrorLine.Write($"{CutShort} frames were captured only in part and sent so");
        }

        if (Failed > 0)
        {
            ErrorLine.Write($"{Failed} frames refused by {settings.Interface}: {Errno.Describe(LastErrno)}"
                + (LastErrno == LibC.ENOBUFS ? " (its queue stayed full, it has no carrier, or its peer does not take them)"
                    : ""));
        }

        if (LostSome)
        {
            ErrorLine.Write($"{settings.Interface} counted only {Counted!.Value.Sent} of {Sent} frames as sent, "
                + $"{Counted.Value.Dropped} as dropped");
        }

        if (Problem is not null)
        {
            ErrorLine.Write(Problem);
        }
    }

    private double Rate => Seconds > 0 ? Sent / Seconds : 0;

    private void WriteText(Output output, InjectSettings settings)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Sent} frames, {Bytes} bytes sent on {settings.Interface} in {Seconds:F3} s ({Rate:F0} frames/s)"));
        if (Counted is SendCounters counted)
        {
            string others = counted.Sent > (ulong)Sent ? $", {counted.Sent - (ulong)Sent} of them others'" : "";
            output.WriteLine($"{settings.Interface} counted {counted.Sent} frames sent{others}, {counted.Dropped} dropped");
        }

        if (Rewrites is RewriteCounts rewrites)
        {
            output.WriteLine($"{rewrites.Rewritten} frames with other addresses, {rewrites.Mended} with checksums mended; "
                + $"left alone: the checksums of {rewrites.Fragments} fragments and {rewrites.Incomplete} incomplete frames");
        }
    }

    private void WriteJson(Output output, InjectSettings settings)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("tool"u8, "pktsniff"u8);
        json.WriteString("command"u8, "inject"u8);
        json.WriteString("interface"u8, settings.Interface);
        json.WriteNumber("sent"u8, Sent);
        json.WriteNumber("failed"u8, Failed);
        json.WriteNumber("cut_short"u8, CutShort);
        json.WriteNumber("sent_bytes"u8, Bytes);
        json.WriteNumber("duration_s"u8, Math.Round(Seconds, 6));
        json.WriteNumber("frames_per_s"u8, Math.Round(Rate, 1));
        WriteCounted(json);
        if (Rewrites is RewriteCounts rewrites)
        {
            json.WriteNumber("rewritten"u8, rewrites.Rewritten);
            json.WriteNumber("checksums_mended"u8, rewrites.Mended);
            json.WriteNumber("checksums_left_fragments"u8, rewrites.Fragments);
            json.WriteNumber("checksums_left_incomplete"u8, rewrites.Incomplete);
        }

        lines.End();
    }

    private void WriteCounted(Utf8JsonWriter json)
    {
        if (Counted is SendCounters counted)
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
