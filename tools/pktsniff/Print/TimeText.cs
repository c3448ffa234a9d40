using NetTools.Libc;

namespace NetTools.PktSniff.Print;

/// <summary>The time of day of a frame, in the local time zone.</summary>
internal sealed unsafe class TimeText
{
    private long _seconds = long.MinValue;
    private tm _local;

    /// <summary>Adds <c>14:02:11.123456</c>.</summary>
    public void Write(LineBuffer line, long seconds, uint nanoseconds)
    {
        if (seconds != _seconds)
        {
            _seconds = seconds;
            tm local = default;
            _ = Linux.localtime_r(&seconds, &local); // leaves zeros when the year does not fit
            _local = local;
        }

        line.Padded((uint)_local.tm_hour, 2).Text(":"u8).Padded((uint)_local.tm_min, 2).Text(":"u8).Padded((uint)_local.tm_sec, 2)
            .Text("."u8).Padded(nanoseconds / 1000, 6);
    }
}
