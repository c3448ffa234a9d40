using System.Buffers;
using System.Text;

namespace NetTools.EpollEcho.Http;

/// <summary>The host of a request: the Host field and the absolute form of a target (RFC 9112, 3.2; RFC 3986, 3.2.2).</summary>
internal static class HttpTarget
{
    private const int MaxPort = 65535;

    private static readonly SearchValues<byte> s_name = SearchValues.Create(
        "-._~!$&'()*+,;=%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> s_literal = SearchValues.Create(":.0123456789ABCDEFabcdef"u8);

    /// <summary>Whether a target is http://HOST or https://HOST, with or without port and path.</summary>
    public static bool IsAbsolute(ReadOnlySpan<byte> target)
    {
        int scheme = target.IndexOf("://"u8);
        if (scheme < 0 || !(Ascii.EqualsIgnoreCase(target[..scheme], "http"u8)
            || Ascii.EqualsIgnoreCase(target[..scheme], "https"u8)))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = target[(scheme + 3)..];
        int end = rest.IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        ReadOnlySpan<byte> authority = end < 0 ? rest : rest[..end];
        return IsEscaped(rest) && authority.Length > 0 && authority[0] != ':' && IsAuthority(authority);
    }

    /// <summary>Whether a text is a host, or a host and a port. The empty text is: a URI may have no authority.</summary>
    public static bool IsAuthority(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[0] == '[')
        {
            int end = text.IndexOf((byte)']');
            return end > 2 && !text[1..end].ContainsAnyExcept(s_literal) && text[1..end].Contains((byte)':')
                && IsPort(text[(end + 1)..]);
        }

        int colon = text.IndexOf((byte)':');
        ReadOnlySpan<byte> name = colon < 0 ? text : text[..colon];
        if (name.ContainsAnyExcept(s_name) || !IsPort(text[name.Length..]))
        {
            return false;
        }

        return IsEscaped(name);
    }

    /// <summary>Whether each percent sign begins an escape, two hexadecimal digits (RFC 3986, 2.1).</summary>
    public static bool IsEscaped(ReadOnlySpan<byte> text)
    {
        for (int at = text.IndexOf((byte)'%'); at >= 0; at = text.IndexOf((byte)'%'))
        {
            if (text.Length < at + 3 || !char.IsAsciiHexDigit((char)text[at + 1]) || !char.IsAsciiHexDigit((char)text[at + 2]))
            {
                return false;
            }

            text = text[(at + 3)..];
        }

        return true;
    }

    /// <summary>Nothing, a colon, or a colon and a port.</summary>
    private static bool IsPort(ReadOnlySpan<byte> text)
    {
        if (text.Length <= 1)
        {
            return text.Length == 0 || text[0] == ':';
        }

        int port = 0;
        foreach (byte digit in text[1..])
        {
            port = (port * 10) + digit - '0';
            if (digit is < (byte)'0' or > (byte)'9' || port > MaxPort)
            {
                return false;
            }
        }

        return text[0] == ':';
    }
}
