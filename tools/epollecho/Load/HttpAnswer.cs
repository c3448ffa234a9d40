using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace NetTools.EpollEcho.Load;

/// <summary>What became of the bytes given to <see cref="HttpAnswer.Read"/>.</summary>
internal enum HttpProgress
{
    /// <summary>All used; the answer goes on.</summary>
    NeedsMore,

    /// <summary>An answer is complete.</summary>
    Complete,

    /// <summary>It is no answer that is understood here.</summary>
    Broken,
}

/// <summary>Reads the answers of an HTTP server, in whatever pieces they come; allocates nothing managed.</summary>
internal unsafe struct HttpAnswer
{
    private const int MaxHead = 16 * 1024;

    private byte* _head;
    private int _headLength;
    private long _bodyLeft;
    private bool _inBody;
    private bool _untilClose;

    /// <summary>The status of the last answer whose head was read.</summary>
    public int Status;

    /// <summary>The server will close the connection after this answer.</summary>
    public bool Closes;

    /// <summary>The answer under way ends with the connection, and the connection has ended.</summary>
    public readonly bool CompleteAtEnd => _inBody && _untilClose;

    /// <summary>Reads on, to the end of one answer at most.</summary>
    /// <param name="bytes">What came; what was used is taken off its front.</param>
    public HttpProgress Read(ref ReadOnlySpan<byte> bytes)
    {
        if (!_inBody && !ReadHead(ref bytes, out HttpProgress progress))
        {
            return progress;
        }

        if (_untilClose)
        {
            bytes = default;
            return HttpProgress.NeedsMore;
        }

        int part = (int)Math.Min(_bodyLeft, bytes.Length);
        bytes = bytes[part..];
        _bodyLeft -= part;
        if (_bodyLeft > 0)
        {
            return HttpProgress.NeedsMore;
        }

        _inBody = false;
        return HttpProgress.Complete;
    }

    /// <summary>Frees what was kept and forgets everything.</summary>
    public void Reset()
    {
        NativeMemory.Free(_head);
        this = default;
    }

    private bool ReadHead(ref ReadOnlySpan<byte> bytes, out HttpProgress progress)
    {
        progress = HttpProgress.NeedsMore;
        int kept = _headLength;
        ReadOnlySpan<byte> text = bytes;
        if (kept > 0)
        {
            Keep(bytes);
            text = new ReadOnlySpan<byte>(_head, _headLength);
        }

        int end = text.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            if (text.Length > MaxHead)
            {
                progress = HttpProgress.Broken;
                return false;
            }

            if (kept == 0)
            {
                Keep(bytes);
            }

            bytes = default;
            return false;
        }

        bytes = bytes[(end + 4 - kept)..];
        bool understood = Parse(text[..(end + 2)]);
        NativeMemory.Free(_head);
        _head = null;
        _headLength = 0;
        _inBody = understood;
        progress = understood ? HttpProgress.NeedsMore : HttpProgress.Broken;
        return understood;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _head = (byte*)NativeMemory.Realloc(_head, (nuint)(_headLength + bytes.Length));
        bytes.CopyTo(new Span<byte>(_head + _headLength, bytes.Length));
        _headLength += bytes.Length;
    }

    private bool Parse(ReadOnlySpan<byte> head)
    {
        if (head.Length < 14 || !head.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(head.Slice(9, 3), out Status, out _))
        {
            return false;
        }

        Closes = head[7] == '0';
        bool empty = Status is 204 or 304;
        _untilClose = !empty;
        _bodyLeft = 0;
        for (int end = head.IndexOf("\r\n"u8); end >= 0; end = head.IndexOf("\r\n"u8))
        {
            ReadOnlySpan<byte> line = head[..end];
            head = head[(end + 2)..];
            int colon = line.IndexOf((byte)':');
            if (colon < 0)
            {
                continue;
            }

            ReadOnlySpan<byte> name = line[..colon];
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(name, "Content-Length"u8))
            {
                if (!Utf8Parser.TryParse(value, out _bodyLeft, out int used) || used != value.Length || _bodyLeft < 0)
                {
                    return false;
                }

                _bodyLeft = empty ? 0 : _bodyLeft;
                _untilClose = false;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Connection"u8))
            {
                Closes = Ascii.EqualsIgnoreCase(value, "close"u8) || (Closes && !Ascii.EqualsIgnoreCase(value, "keep-alive"u8));
            }
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
            {
                return false; // chunked answers are not read here
            }
        }

        Closes |= _untilClose;
        return true;
    }
}
