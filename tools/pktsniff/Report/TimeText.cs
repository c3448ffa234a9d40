using NetTools.Libc;
using NetTools.Os;
using NetTools.PktSniff.Capture;

namespace NetTools.PktSniff.Report;

/// <summary>The time of a frame, as <c>-t</c> asks for it; times of day are in the local time zone.</summary>
/// <param name="style">How.</param>
/// <param name="nano">Nine digits of a second instead of six.</param>
internal sealed unsafe class TimeText(TimeStyle style, bool nano = false)
{

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
                WriteFraction(line.Number(seconds), nanoseconds);
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

                WriteClock(line, (uint)_local.tm_hour, (uint)_local.tm_min, (uint)_local.tm_sec, nanoseconds);
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
        Int128 apart = ((Int128)seconds - _seconds) * TimeUnits.Second + nanoseconds - _nanoseconds;
        line.Text(apart < 0 ? "-"u8 : " "u8);
        ulong nanos = (ulong)(apart < 0 ? -apart : apart);
        ulong whole = nanos / (ulong)TimeUnits.Second;
        if (style == TimeStyle.SincePrevious)
        {
            (_seconds, _nanoseconds) = (seconds, nanoseconds);
        }

        WriteClock(line, (uint)(whole / 3600), (uint)(whole / 60 % 60), (uint)(whole % 60),
            (uint)(nanos % (ulong)TimeUnits.Second));
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

    private void WriteClock(LineBuffer line, uint hours, uint minutes, uint seconds, uint nanoseconds) =>
        WriteFraction(line.Padded(hours, hours < 100 ? 2 : 10).Text(":"u8).Padded(minutes, 2).Text(":"u8).Padded(seconds, 2),
            nanoseconds);

    private void WriteFraction(LineBuffer line, uint nanoseconds) =>
        line.Text("."u8).Padded(nano ? nanoseconds : nanoseconds / 1000, nano ? 9 : 6);

    /// <summary>Adds a time as RFC 3339 has it, in UTC with nanoseconds.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="seconds">Since 1970.</param>
    /// <param name="nanoseconds">0 to 999,999,999.</param>
    /// <returns>False, and nothing added, when the year is not one of 0 to 9999.</returns>
    public static bool TryWriteRfc3339(LineBuffer line, long seconds, uint nanoseconds)
    {
        if (seconds is < -62_167_219_200 or > 253_402_300_799)
        {
            return false;
        }

        // Days in years that begin with March: https://howardhinnant.github.io/date_algorithms.html, civil_from_days.
        long days = Math.DivRem(seconds, 86_400, out long inDay);
        if (inDay < 0)
        {
            inDay += 86_400;
            days--;
        }

        long shifted = days + 719_468;
        long era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097;
        long ofEra = shifted - era * 146_097;
        long yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        long ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long month = (5 * ofYear + 2) / 153;
        long day = ofYear - (153 * month + 2) / 5 + 1;
        month = month < 10 ? month + 3 : month - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        line.Padded((uint)year, 4).Text("-"u8).Padded((uint)month, 2).Text("-"u8).Padded((uint)day, 2).Text("T"u8)
            .Padded((uint)(inDay / 3600), 2).Text(":"u8).Padded((uint)(inDay / 60 % 60), 2).Text(":"u8)
                .Padded((uint)(inDay % 60), 2)
            .Text("."u8).Padded(nanoseconds, 9).Text("Z"u8);
        return true;
    }
}
