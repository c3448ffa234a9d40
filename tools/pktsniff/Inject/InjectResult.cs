using System.Globalization;
using System.Text.Json;
using NetTools.Libc;
using NetTools.Terminal;

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

    /// <summary>Why the last refused frame was refused.</summary>
    public int LastErrno { get; set; }

    /// <summary>What is wrong with the file, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; set; }

    /// <summary>Prints the result.</summary>
    public void Write(Output output, InjectSettings settings)
    {
        double rate = Seconds > 0 ? Sent / Seconds : 0;
        if (settings.Json)
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
            json.WriteNumber("frames_per_s"u8, Math.Round(rate, 1));
            lines.End();
        }
        else
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Sent} frames, {Bytes} bytes sent on {settings.Interface} in {Seconds:F3} s ({rate:F0} frames/s)"));
        }

        output.Flush();
        if (CutShort > 0)
        {
            ErrorLine.Write($"{CutShort} frames were captured only in part and sent so");
        }

        if (Failed > 0)
        {
            ErrorLine.Write($"{Failed} frames refused by {settings.Interface}: {Errno.Describe(LastErrno)}");
        }

        if (Problem is not null)
        {
            ErrorLine.Write(Problem);
        }
    }
}
