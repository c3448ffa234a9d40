using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace NetTools.EpollEcho.Http;

/// <summary>The methods this server answers.</summary>
internal enum HttpMethod
{
    /// <summary>GET.</summary>
    Get,

    /// <summary>HEAD: as GET, without the body.</summary>
    Head,

    /// <summary>POST, PUT, DELETE, PATCH and OPTIONS: the body comes back.</summary>
    Echo,
}

/// <summary>The head of one HTTP request, read from untrusted bytes (RFC 9112).</summary>
internal ref struct HttpRequest
{
    /// <summary>The longest request line and header fields together, bytes.</summary>
    public const int MaxHead = 8 * 1024;

    /// <summary>The longest body, bytes.</summary>
    public const int MaxBody = 1024 * 1024;

    /// <summary>What <see cref="Read"/> returns when the head goes on beyond the bytes at hand.</summary>
    public const int Incomplete = -1;

    private static readonly SearchValues<byte> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private bool _hasHost;
    private bool _hasLength;
    private bool _close;

    /// <summary>What to answer with.</summary>
    public HttpMethod Method;

    /// <summary>HTTP/1.0, whose connections end after one answer unless the peer asks otherwise.</summary>
    public bool Version10;

    /// <summary>The connection stays open after the answer.</summary>
    public bool KeepAlive;

    /// <summary>The peer waits for 100 Continue before it sends the body.</summary>
    public bool ExpectsContinue;

    /// <summary>The body comes in chunks (RFC 9112, 7.1); <see cref="ContentLength"/> is 0.</summary>
    public bool Chunked;

    /// <summary>Bytes of body that follow the head.</summary>
    public int ContentLength;

    /// <summary>
    /// Reads a head. A line may end in a bare LF (RFC 9112, 2.2). What is wrong is found as soon as its line is there, and bytes
    /// that cannot begin a request, such as a TLS hello, before there is a line at all.
    /// </summary>
    /// <param name="input">What the peer sent, without empty lines before the request.</param>
    /// <param name="length">Bytes of the head with its empty line, when it is complete.</param>
    /// <returns>0, <see cref="Incomplete"/>, or the status that refuses it: 400, 405, 413, 414, 431, 501, 505.</returns>
    public int Read(ReadOnlySpan<byte> input, out int length)
    {
        this = default;
        length = 0;
        int end = input.IndexOf((byte)'\n');
        if (end < 0)
        {
            return !MayBegin(input) ? 400 : input.Length < MaxHead ? Incomplete : 414;
        }

        if (end >= MaxHead)
        {
            return 414;
        }

        int status = ReadRequestLine(Line(input, end));
        KeepAlive = !Version10;
        while (status == 0)
        {
            length += end + 1;
            ReadOnlySpan<byte> rest = input[length..];
            end = rest.IndexOf((byte)'\n');
            if (length + end >= MaxHead || (end < 0 && input.Length >= MaxHead))
            {
                return 431;
            }

            if (end < 0)
            {
                return HasBareReturn(rest) ? 400 : Incomplete;
            }

            ReadOnlySpan<byte> line = Line(rest, end);
            if (line.Length == 0)
            {
                length += end + 1;
                return Check();
            }

            status = ReadField(line);
        }

        return status;
    }

    /// <summary>A line without its end, LF or CR LF.</summary>
    private static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text, int end) =>
        text[..(end > 0 && text[end - 1] == '\r' ? end - 1 : end)];

    /// <summary>Whether bytes without a line end can be the beginning of a request line.</summary>
    private static bool MayBegin(ReadOnlySpan<byte> input)
    {
        int space = input.IndexOfAnyExcept(s_token);
        bool method = space < 0 || (space > 0 && input[space] == ' ');
        return (method || (input.Length == 1 && input[0] == '\r')) && !HasBareReturn(input);
    }

    /// <summary>Whether a CR without LF stands in part of a line; as the last byte it may have one still to come.</summary>
    private static bool HasBareReturn(ReadOnlySpan<byte> line) =>
        line.IndexOf((byte)'\r') is int at and >= 0 && at < line.Length - 1;

    private readonly int Check()
    {
        bool lacksHost = !Version10 && !_hasHost;
        // Both lengths at once is how requests are smuggled, and HTTP/1.0 has no chunks (RFC 9112, 6.1).
        return lacksHost || (Chunked && (_hasLength || Version10)) ? 400 : 0;
    }

    private int ReadRequestLine(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        if (space <= 0 || line[..space].ContainsAnyExcept(s_token))
        {
            return 400;
        }

        ReadOnlySpan<byte> method = line[..space];
        line = line[(space + 1)..];
        space = line.IndexOf((byte)' ');
        if (space <= 0 || line[..space].ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
        {
            return 400;
        }

        ReadOnlySpan<byte> target = line[..space];
        ReadOnlySpan<byte> version = line[(space + 1)..];
        if (version.Length != 8 || !version.StartsWith("HTTP/"u8) || !IsDigit(version[5]) || version[6] != '.'
            || !IsDigit(version[7]))
        {
            return 400;
        }

        if (version[5] != '1')
        {
            return 505;
        }

        Version10 = version[7] == '0';
        int status = ReadMethod(method);
        return status != 0 ? status
            : target[0] == '/' ? (HttpTarget.IsEscaped(target) ? 0 : 400)
            : target.SequenceEqual("*"u8) ? (method.SequenceEqual("OPTIONS"u8) ? 0 : 400)
            : HttpTarget.IsAbsolute(target) ? 0 : 400;
    }

    private int ReadMethod(ReadOnlySpan<byte> method)
    {
        if (method.SequenceEqual("GET"u8))
        {
            return 0;
        }

        if (method.SequenceEqual("HEAD"u8))
        {
            Method = HttpMethod.Head;
            return 0;
        }

        if (method.SequenceEqual("POST"u8) || method.SequenceEqual("PUT"u8) || method.SequenceEqual("DELETE"u8)
            || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("OPTIONS"u8))
        {
            Method = HttpMethod.Echo;
            return 0;
        }

        return method.SequenceEqual("TRACE"u8) || method.SequenceEqual("CONNECT"u8) ? 405 : 501;
    }

    private int ReadField(ReadOnlySpan<byte> line)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[..colon].ContainsAnyExcept(s_token))
        {
            return 400; // also a folded line, which begins with a space
        }

        ReadOnlySpan<byte> name = line[..colon];
        ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
        if (value.ContainsAny((byte)0, (byte)'\r'))
        {
            return 400;
        }

        switch (name.Length)
        {
            case 4 when Is(name, "Host"u8):
                bool second = _hasHost;
                _hasHost = true;
                return second || !HttpTarget.IsAuthority(value) ? 400 : 0;
            case 6 when Is(name, "Expect"u8):
                ExpectsContinue = Is(value, "100-continue"u8);
                return 0;
            case 10 when Is(name, "Connection"u8):
                ReadConnection(value);
                return 0;
            case 14 when Is(name, "Content-Length"u8):
                return ReadLength(value);
            case 17 when Is(name, "Transfer-Encoding"u8):
                bool again = Chunked;
                Chunked = Is(value, "chunked"u8);
                return again ? 400 : Chunked ? 0 : 501; // another coding is refused, never guessed at
            default:
                return 0;
        }
    }

    private void ReadConnection(ReadOnlySpan<byte> value)
    {
        foreach (Range part in value.Split((byte)','))
        {
            ReadOnlySpan<byte> token = value[part].Trim(" \t"u8);
            _close |= Is(token, "close"u8);
            KeepAlive = (KeepAlive || Is(token, "keep-alive"u8)) && !_close;
        }
    }

    private int ReadLength(ReadOnlySpan<byte> value)
    {
        if (value.Length == 0 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return 400;
        }

        if (!Utf8Parser.TryParse(value, out long length, out int used) || used != value.Length || length > MaxBody)
        {
            return 413;
        }

        bool contradicts = _hasLength && length != ContentLength;
        _hasLength = true;
        ContentLength = (int)length;
        return contradicts ? 400 : 0;
    }

    private static bool IsDigit(byte c) => c is >= (byte)'0' and <= (byte)'9';

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);
}
