using System.Buffers.Text;
using System.Text;

namespace NetTools.EpollEcho.Http;

/// <summary>What can be wrong with an answer.</summary>
internal enum HttpProblem : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It does not begin with an HTTP version and a status of 100 to 599.</summary>
    BadStatusLine,

    /// <summary>Content-Length is no number, or there are two of them.</summary>
    BadLength,

    /// <summary>Its head does not end, or there is one interim answer after the other.</summary>
    EndlessHead,

    /// <summary>A chunk's size is no number, its line too long, or its end missing.</summary>
    BadChunk,
}

/// <summary>The head of an answer: its status, and how its body ends (RFC 9112, section 6.3).</summary>
internal struct HttpHead
{
    private const int VersionLength = 9; // "HTTP/1.1 "
    private const int StatusLength = 3;

    /// <summary>100 to 599.</summary>
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

    /// <summary>Reads a head.</summary>
    /// <param name="head">Its lines, each with its end, without the blank one.</param>
    /// <param name="toHead">The request was a HEAD.</param>
    public HttpProblem Parse(ReadOnlySpan<byte> head, bool toHead)
    {
        int end = head.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = head[..end];
        if (line.Length < VersionLength + StatusLength || !line.StartsWith("HTTP/1."u8) || !IsDigit(line[7]) || line[8] != ' '
            || !IsDigit(line[9]) || !IsDigit(line[10]) || !IsDigit(line[11])
            || (line.Length > VersionLength + StatusLength && line[VersionLength + StatusLength] != ' '))
        {
            return HttpProblem.BadStatusLine;
        }

        Status = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + line[11] - '0';
        if (Status is < 100 or > 599)
        {
            return HttpProblem.BadStatusLine;
        }

        Closes = line[7] == '0';
        bool coded = false;
        long length = -1;
        for (head = head[(end + 2)..]; (end = head.IndexOf("\r\n"u8)) >= 0; head = head[(end + 2)..])
        {
            line = head[..end];
            int colon = line.IndexOf((byte)':');
            if (colon < 0)
            {
                continue; // the continuation of the line before, or nothing that concerns us
            }

            ReadOnlySpan<byte> name = line[..colon];
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
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
                Closes = Ascii.EqualsIgnoreCase(value, "close"u8) || (Closes && !Ascii.EqualsIgnoreCase(value, "keep-alive"u8));
            }
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
            {
                coded = true;
                Chunked = EndsWithChunked(value);
            }
        }

        Interim = Status is < 200 and not 101;
        bool empty = toHead || Interim || Status is 101 or 204 or 304;
        Chunked &= !empty;
        UntilClose = !empty && !Chunked && (coded || length < 0);
        Length = empty || Chunked || UntilClose ? 0 : length;
        Closes |= UntilClose || Status == 101 || (coded && length >= 0); // two lengths: somebody may be cheating
        return HttpProblem.None;
    }

    private static bool IsDigit(byte letter) => letter is >= (byte)'0' and <= (byte)'9';

    private static bool ReadLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        return value.Length > 0 && IsDigit(value[0]) && Utf8Parser.TryParse(value, out length, out int used) && used == value.Length;
    }

    /// <summary>The last of the codings named is chunked: only then does the body tell its own end.</summary>
    private static bool EndsWithChunked(ReadOnlySpan<byte> value)
    {
        int comma = value.LastIndexOf((byte)',');
        return Ascii.EqualsIgnoreCase(value[(comma + 1)..].Trim(" \t"u8), "chunked"u8);
    }
}
