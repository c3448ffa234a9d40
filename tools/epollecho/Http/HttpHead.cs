using System.Buffers.Text;
using System.Text;

namespace NetTools.EpollEcho.Http;

/// <summary>What can be wrong with an answer.</summary>
internal enum HttpProblem : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It does not begin with an HTTP version and a status of 100 to 999.</summary>
    BadStatusLine,

    /// <summary>Content-Length is not a number, or is given twice.</summary>
    BadLength,

    /// <summary>Its head does not end, or there is one interim answer after the other.</summary>
    EndlessHead,

    /// <summary>A chunk's size is not a number, its line too long, or its end missing.</summary>
    BadChunk,

    /// <summary>A field holds a zero byte.</summary>
    BadField,
}

/// <summary>The head of an answer: its status, and how its body ends (RFC 9112, section 6.3).</summary>
internal struct HttpHead
{
    private const int VersionLength = 9; // "HTTP/1.1 "
    private const int StatusLength = 3;

    /// <summary>100 to 999.</summary>
    public int Status;

    /// <summary>The server will close the connection afterwards.</summary>
    public bool Closes;

    /// <summary>Another answer follows to the same request: 100 Continue, 103 Early Hints.</summary>
    public bool Interim;

    /// <summary>The body comes in chunks.</summary>
    public bool Chunked;

    /// <summary>The body ends with the connection.</summary>
    public bool UntilClose;

    /// <summary>The length of the body otherwise.</summary>
    public long Length;

    /// <summary>
    /// Finds the end of a head: behind its blank line. Lines may end in CRLF or LF alone (RFC 9112, section 2.2).
    /// </summary>
    /// <param name="text">A head and what follows.</param>
    /// <param name="from">Where to begin.</param>
    /// <returns>Its length, or -1.</returns>
    public static int FindEnd(ReadOnlySpan<byte> text, int from)
    {
        for (int at = from, next; (next = text[at..].IndexOf((byte)'\n')) >= 0;)
        {
            at += next + 1;
            if (at < text.Length && text[at] == '\n')
            {
                return at + 1;
            }

            if (at + 1 < text.Length && text[at] == '\r' && text[at + 1] == '\n')
            {
                return at + 2;
            }
        }

        return -1;
    }

    /// <summary>Reads a head.</summary>
    /// <param name="head">Its lines, with the blank one.</param>
    /// <param name="toHead">The request was a HEAD.</param>
    public HttpProblem Parse(ReadOnlySpan<byte> head, bool toHead)
    {
        ReadOnlySpan<byte> line = TakeLine(ref head);
        if (line.Length < VersionLength + StatusLength || !line.StartsWith("HTTP/1."u8) || !IsDigit(line[7]) || line[8] != ' '
            || line[9] is < (byte)'1' or > (byte)'9' || !IsDigit(line[10]) || !IsDigit(line[11])
            || (line.Length > VersionLength + StatusLength && line[VersionLength + StatusLength] != ' '))
        {
            return HttpProblem.BadStatusLine;
        }

        Status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + line[11] - '0';
        bool old = line[7] == '0';
        bool kept = false;
        bool coded = false;
        long length = -1;
        while ((line = TakeLine(ref head)).Length > 0)
        {
            if (line.Contains((byte)0))
            {
                return HttpProblem.BadField;
            }

            int colon = line.IndexOf((byte)':');
            if (colon < 0)
            {
                continue; // a line that means nothing to us
            }

            ReadOnlySpan<byte> name = line[..colon].TrimEnd(" \t"u8);
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(Blank);
            if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
            {
                if (!ReadLength(value, out long found) || (length >= 0 && length != found))
                {
                    return HttpProblem.BadLength;
                }

                length = found;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Connection"u8))
            {
                Closes |= HasToken(value, "close"u8);
                kept |= HasToken(value, "keep-alive"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8) && !Ascii.EqualsIgnoreCase(value, "identity"u8))
            {
                coded = true;
                Chunked = EndsWithChunked(value);
            }
        }

        Closes |= old && !kept;
        Interim = Status is < 200 and not 101;
        bool empty = toHead || Interim || Status is 101 or 204 or 304;
        Chunked &= !empty;
        UntilClose = !empty && !Chunked && (coded || length < 0);
        Length = empty || Chunked || UntilClose ? 0 : length;
        Closes |= UntilClose || Status == 101 || (coded && length >= 0); // two lengths: somebody may be cheating
        return HttpProblem.None;
    }

    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    /// <summary>
    /// Takes a line off the front, with those that continue it: they begin with a blank (obs-fold, RFC 9112, section 5.2).
    /// </summary>
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> head)
    {
        int end = 0;
        do
        {
            int next = head[end..].IndexOf((byte)'\n');
            end = next < 0 ? head.Length : end + next + 1;
        }
        while (end < head.Length && head[end] is (byte)' ' or (byte)'\t');

        ReadOnlySpan<byte> line = head[..end].TrimEnd("\r\n"u8);
        head = head[end..];
        return line;
    }

    /// <summary>Whether a list separated by commas has a member.</summary>
    private static bool HasToken(ReadOnlySpan<byte> list, ReadOnlySpan<byte> token)
    {
        while (true)
        {
            int comma = list.IndexOf((byte)',');
            if (Ascii.EqualsIgnoreCase((comma < 0 ? list : list[..comma]).Trim(Blank), token))
            {
                return true;
            }

            if (comma < 0)
            {
                return false;
            }

            list = list[(comma + 1)..];
        }
    }

    private static bool IsDigit(byte letter) => letter is >= (byte)'0' and <= (byte)'9';

    private static bool ReadLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        return value.Length > 0 && IsDigit(value[0]) && Utf8Parser.TryParse(value, out length, out int used)
            && used == value.Length;
    }

    /// <summary>The last of the codings named is chunked: only then does the body tell its own end.</summary>
    private static bool EndsWithChunked(ReadOnlySpan<byte> value)
    {
        int comma = value.LastIndexOf((byte)',');
        return Ascii.EqualsIgnoreCase(value[(comma + 1)..].Trim(" \t"u8), "chunked"u8);
    }
}
