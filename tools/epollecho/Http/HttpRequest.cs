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

    /// <summary>POST: the body comes back.</summary>
    Post,
}

/// <summary>The head of one HTTP request, read out of bytes nobody vouches for (RFC 9112).</summary>
internal ref struct HttpRequest
{
    /// <summary>The longest request line and header fields together, bytes.</summary>
    public const int MaxHead = 8 * 1024;

    /// <summary>The longest body, bytes.</summary>
    public const int MaxBody = 1024 * 1024;

    private static readonly SearchValues<byte> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private bool _hasHost;
    private bool _hasLength;

    /// <summary>GET, HEAD or POST.</summary>
    public HttpMethod Method;

    /// <summary>HTTP/1.0, whose connections end after one answer unless the peer asks otherwise.</summary>
    public bool Version10;

    /// <summary>The connection stays open after the answer.</summary>
    public bool KeepAlive;

    /// <summary>The peer waits for 100 Continue before it sends the body.</summary>
    public bool ExpectsContinue;

    /// <summary>Bytes of body that follow the head.</summary>
    public int ContentLength;

    /// <summary>Reads a head.</summary>
    /// <param name="head">From the first byte up to and with the empty line.</param>
    /// <returns>0, or the status that refuses it: 400, 413, 501, 505.</returns>
    public int Read(ReadOnlySpan<byte> head)
    {
        this = default;
        int end = head.IndexOf("\r\n"u8);
        int status = ReadRequestLine(head[..end]);
        KeepAlive = !Version10;
        for (head = head[(end + 2)..]; status == 0; head = head[(end + 2)..])
        {
            end = head.IndexOf("\r\n"u8);
            if (end == 0)
            {
                break;
            }

            status = ReadField(head[..end]);
        }

        return status != 0 ? status : !Version10 && !_hasHost ? 400 : 0;
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

        ReadOnlySpan<byte> version = line[(space + 1)..];
        if (version.Length != 8 || !version.StartsWith("HTTP/"u8) || !IsDigit(version[5]) || version[6] != '.' || !IsDigit(version[7]))
        {
            return 400;
        }

        if (version[5] != '1')
        {
            return 505;
        }

        Version10 = version[7] == '0';
        if (method.SequenceEqual("GET"u8))
        {
            Method = HttpMethod.Get;
        }
        else if (method.SequenceEqual("HEAD"u8))
        {
            Method = HttpMethod.Head;
        }
        else if (method.SequenceEqual("POST"u8))
        {
            Method = HttpMethod.Post;
        }
        else
        {
            return 501;
        }

        return 0;
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
        if (value.ContainsAny((byte)0, (byte)'\r', (byte)'\n'))
        {
            return 400;
        }

        switch (name.Length)
        {
            case 4 when Is(name, "Host"u8):
                bool second = _hasHost;
                _hasHost = true;
                return second ? 400 : 0;
            case 6 when Is(name, "Expect"u8):
                ExpectsContinue = Is(value, "100-continue"u8);
                return 0;
            case 10 when Is(name, "Connection"u8):
                ReadConnection(value);
                return 0;
            case 14 when Is(name, "Content-Length"u8):
                return ReadLength(value);
            case 17 when Is(name, "Transfer-Encoding"u8):
                return 501; // refused, never guessed at: both lengths at once is how requests are smuggled
            default:
                return 0;
        }
    }

    private void ReadConnection(ReadOnlySpan<byte> value)
    {
        foreach (Range part in value.Split((byte)','))
        {
            ReadOnlySpan<byte> token = value[part].Trim(" \t"u8);
            if (Is(token, "close"u8))
            {
                KeepAlive = false;
                return;
            }

            KeepAlive |= Is(token, "keep-alive"u8);
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
