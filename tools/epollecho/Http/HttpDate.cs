using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.EpollEcho.Http;

/// <summary>The time of day in the form of the Date field (RFC 9110, 5.6.7), written at most once a second.</summary>
internal static unsafe class HttpDate
{
    /// <summary>Bytes of <c>Sun, 06 Nov 1994 08:49:37 GMT</c>.</summary>
    public const int Length = 29;

    private static readonly byte[] s_text = new byte[Length];
    private static long s_second = -1;

    /// <summary>The date as of the last <see cref="Refresh"/>.</summary>
    public static ReadOnlySpan<byte> Text => s_text;

    /// <summary>Looks at the clock.</summary>
    /// <returns>Whether the text has changed.</returns>
    public static bool Refresh()
    {
        timespec now;
        _ = Linux.clock_gettime(Linux.CLOCK_REALTIME, &now);
        if ((long)now.tv_sec == s_second)
        {
            return false;
        }

        s_second = (long)now.tv_sec;
        Write(s_second, s_text);
        return true;
    }

    /// <summary>Writes a second since 1970. Does not allocate.</summary>
    /// <param name="second">Up to the year 9999.</param>
    /// <param name="text">Room for <see cref="Length"/> bytes.</param>
    public static void Write(long second, Span<byte> text) =>
        DateTimeOffset.FromUnixTimeSeconds(second)
            .UtcDateTime.TryFormat(text, out _, "R", System.Globalization.CultureInfo.InvariantCulture);
}
