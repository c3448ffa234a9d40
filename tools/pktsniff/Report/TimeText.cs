using NetTools.Libc;
using NetTools.PktSniff.Capture;

namespace NetTools.PktSniff.Report;

/// <summary>The time of a frame, as <c>-t</c> asks for it; times of day are in the local time zone.</summary>
/// <param name="style">How.</param>
internal sealed unsafe class TimeText(TimeStyle style)
{
    private const long NsPerS = 1_000_000_000;

    private long _localSeconds = long.MinValue;
    private tm _local;
    private bool _any;
    private long _seconds;
    private long _nanoseconds;

    /// <summary>Adds the time and a blank.</summary>
    public void Write(LineBuffer line, long seconds, uint nanoseconds)
    {
        switch (style)
        {
            case TimeStyle.None:
                return;
            case TimeStyle.Seconds:
                line.Number(seconds).Text("."u8).Padded(nanoseconds / 1000, 6);
                break;
            case TimeStyle.SincePrevious or TimeStyle.SinceFirst:
                WriteSince(line, seconds, nanoseconds);
                break;
            default:
                Localize(seconds);
                if (style == TimeStyle.DateAndTime)
                {
                    line.Number(1900 + _local.tm_year).Text("-"u8).Padded((uint)_local.tm_mon + 1, 2).Text("-"u8)
                        .Padded((uint)_local.tm_mday, 2).Text(" "u8);
                }

                WriteClock(line, (uint)_local.tm_hour, (uint)_local.tm_min, (uint)_local.tm_sec, nanoseconds / 1000);
                break;
        }

        line.Text(" "u8);
    }

    private void WriteSince(LineBuffer line, long seconds, uint nanoseconds)
    {
        bool first = !_any;
        if (first)
        {
            _any = true;
            (_seconds, _nanoseconds) = (seconds, nanoseconds);
        }

        // Whole seconds apart, for files may hold any two times; what is before the reference has a minus.
        Int128 apart = ((Int128)seconds - _seconds) * NsPerS + nanoseconds - _nanoseconds;
        line.Text(apart < 0 ? "-"u8 : " "u8);
        ulong micros = (ulong)((apart < 0 ? -apart : apart) / 1000);
        ulong whole = micros / 1_000_000;
        if (style == TimeStyle.SincePrevious)
        {
            (_seconds, _nanoseconds) = (seconds, nanoseconds);
        }

        WriteClock(line, (uint)(whole / 3600), (uint)(whole / 60 % 60), (uint)(whole % 60), (uint)(micros % 1_000_000));
    }

    private void Localize(long seconds)
    {
        if (seconds != _localSeconds)
        {
            _localSeconds = seconds;
            tm local = default;
            _ = Linux.localtime_r(&seconds, &local); // leaves zeros when the year does not fit
            _local = local;
        }
    }

    private static void WriteClock(LineBuffer line, uint hours, uint minutes, uint seconds, uint micros)
    {
        line.Padded(hours, hours < 100 ? 2 : 10).Text(":"u8).Padded(minutes, 2).Text(":"u8).Padded(seconds, 2)
            .Text("."u8).Padded(micros, 6);
    }
}
