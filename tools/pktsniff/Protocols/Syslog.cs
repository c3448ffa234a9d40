using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Syslog, old and new: RFC 3164, RFC 5424.</summary>
internal sealed class Syslog() : PayloadProtocol("SYSLOG", "syslog", "facility", "level", "msg")
{
    private const int LongestText = 160;
    private const int LongestMessage = 2048;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        TryRead(message, out _, out _);

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        TryRead(message, out int priority, out ReadOnlySpan<byte> text);
        ReadOnlySpan<byte> facility = FacilityName(priority >> 3);
        line.Text(" "u8).Text(facility).Text("."u8).Text(SeverityName(priority & 7)).Text(": "u8)
            .Printable(text[..Math.Min(text.Length, LongestText)]).Text(text.Length > LongestText ? "..."u8 : default);
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        TryRead(message, out int priority, out ReadOnlySpan<byte> text);
        fields.Number("facility"u8, priority >> 3);
        fields.Number("level"u8, priority & 7);
        fields.Wire("msg"u8, text[..Math.Min(text.Length, LongestMessage)]);
    }

    /// <summary>One to three digits in angle brackets, at most 191, and the text behind them.</summary>
    private static bool TryRead(ReadOnlySpan<byte> message, out int priority, out ReadOnlySpan<byte> text)
    {
        priority = 0;
        text = default;
        int end = message.IndexOf((byte)'>');
        if (end is < 2 or > 4 || message[0] != '<')
        {
            return false;
        }

        foreach (byte digit in message[1..end])
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            priority = priority * 10 + (digit - '0');
        }

        text = message[(end + 1)..].TrimEnd("\r\n\0"u8);
        return priority <= 191;
    }

    private static ReadOnlySpan<byte> FacilityName(int facility) => facility switch
    {
        0 => "kernel"u8,
        1 => "user"u8,
        2 => "mail"u8,
        3 => "daemon"u8,
        4 => "auth"u8,
        5 => "syslog"u8,
        6 => "lpr"u8,
        7 => "news"u8,
        8 => "uucp"u8,
        9 => "cron"u8,
        10 => "authpriv"u8,
        11 => "ftp"u8,
        12 => "ntp"u8,
        13 => "security"u8,
        14 => "console"u8,
        15 => "cron"u8,
        16 => "local0"u8,
        17 => "local1"u8,
        18 => "local2"u8,
        19 => "local3"u8,
        20 => "local4"u8,
        21 => "local5"u8,
        22 => "local6"u8,
        _ => "local7"u8,
    };

    private static ReadOnlySpan<byte> SeverityName(int severity) => severity switch
    {
        0 => "emergency"u8,
        1 => "alert"u8,
        2 => "critical"u8,
        3 => "error"u8,
        4 => "warning"u8,
        5 => "notice"u8,
        6 => "info"u8,
        _ => "debug"u8,
    };
}
