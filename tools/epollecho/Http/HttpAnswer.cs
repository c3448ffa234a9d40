using System.Runtime.InteropServices;

namespace NetTools.EpollEcho.Http;

/// <summary>What became of the bytes given to <see cref="HttpAnswer.Read"/>.</summary>
internal enum HttpProgress
{
    /// <summary>All used; the answer goes on.</summary>
    NeedsMore,

    /// <summary>A piece of the body was read; there may be more to read right away.</summary>
    Body,

    /// <summary>An answer is complete.</summary>
    Complete,

    /// <summary>Not a valid answer: see <see cref="HttpAnswer.Problem"/>.</summary>
    Broken,
}

/// <summary>
/// Reads the answers of an HTTP server, RFC 9112, in pieces of any size; allocates nothing managed, and keeps 64 KiB at
/// most.
/// </summary>
internal unsafe struct HttpAnswer
{
    /// <summary>The longest head, or trailers of a chunked body, in bytes.</summary>
    public const int MaxHead = 64 * 1024;

    private const int MaxInterim = 100;

    private byte* _head;
    private int _headLength;
    private int _interim;
    private int _blank;
    private long _bodyLeft;
    private Part _part;
    private HttpChunks _chunks;

    private enum Part : byte
    {
        Head,
        Counted,
        Chunked,
        UntilClose,
    }

    /// <summary>The status of the last answer whose head was read.</summary>
    public int Status;

    /// <summary>The server will close the connection after this answer.</summary>
    public bool Closes;

    /// <summary>Bytes of the body that were read.</summary>
    public long BodyLength;

    /// <summary>What is wrong with a broken answer.</summary>
    public HttpProblem Problem;

    /// <summary>The answer under way ends with the connection, and the connection has ended.</summary>
    public readonly bool CompleteAtEnd => _part == Part.UntilClose;

    /// <summary>Reads on, to the end of one answer at most.</summary>
    /// <param name="bytes">What came; what was used is taken off its front.</param>
    /// <param name="toHead">The request was a HEAD: its answer has no body.</param>
    /// <param name="body">The piece of the body that was read.</param>
    public HttpProgress Read(ref ReadOnlySpan<byte> bytes, bool toHead, out ReadOnlySpan<byte> body)
    {
        body = default;
        while (_part == Part.Head)
        {
            HttpHead head = default;
            if (!TakeHead(ref bytes, toHead, ref head))
            {
                return Problem == HttpProblem.None ? HttpProgress.NeedsMore : HttpProgress.Broken;
            }

            if (head.Interim)
            {
                if (++_interim > MaxInterim)
                {
                    return Break(HttpProblem.EndlessHead);
                }

                continue;
            }

            _interim = 0;
            Status = head.Status;
            Closes = head.Closes;
            BodyLength = 0;
            _bodyLeft = head.Length;
            _chunks = default;
            _part = head.Chunked ? Part.Chunked : head.UntilClose ? Part.UntilClose : Part.Counted;
        }

        HttpProgress progress = _part == Part.Chunked ? ReadChunks(ref bytes, out body) : ReadPlain(ref bytes, out body);
        BodyLength += body.Length;
        return progress;
    }

    /// <summary>Frees what was kept and forgets everything.</summary>
    public void Reset()
    {
        NativeMemory.Free(_head);
        this = default;
    }

    private HttpProgress Break(HttpProblem problem)
    {
        Problem = problem;
        return HttpProgress.Broken;
    }

    private HttpProgress ReadPlain(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body)
    {
        int part = _part == Part.UntilClose ? bytes.Length : (int)Math.Min(_bodyLeft, bytes.Length);
        body = bytes[..part];
        bytes = bytes[part..];
        if (_part == Part.Counted)
        {
            _bodyLeft -= part;
            if (_bodyLeft == 0)
            {
                _part = Part.Head;
                return HttpProgress.Complete;
            }
        }

        return HttpProgress.NeedsMore;
    }

    private HttpProgress ReadChunks(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body)
    {
        HttpProgress progress = _chunks.Read(ref bytes, out body);
        if (progress == HttpProgress.Complete)
        {
            _part = Part.Head;
        }

        return progress == HttpProgress.Broken ? Break(HttpProblem.BadChunk) : progress;
    }

    /// <summary>Takes a head off the front, when it is there whole.</summary>
    private bool TakeHead(ref ReadOnlySpan<byte> bytes, bool toHead, ref HttpHead head)
    {
        if (_headLength == 0 && !SkipBlankLines(ref bytes))
        {
            return false;
        }

        int kept = _headLength;
        ReadOnlySpan<byte> text = bytes;
        int searched = 0;
        if (kept > 0)
        {
            searched = Math.Max(kept - 3, 0); // the blank line may have begun in what was kept
            Keep(bytes[..Math.Min(bytes.Length, MaxHead + 1 - kept)]);
            text = new ReadOnlySpan<byte>(_head, _headLength);
        }

        int end = HttpHead.FindEnd(text, searched);
        if (end < 0 || end > MaxHead)
        {
            if (end >= 0 || text.Length > MaxHead)
            {
                Problem = HttpProblem.EndlessHead;
            }
            else if (!text.StartsWith("HTTP/"u8[..Math.Min(text.Length, 5)]))
            {
                Problem = HttpProblem.BadStatusLine; // another protocol's greeting may have no blank line to wait for
            }
            else if (kept == 0)
            {
                Keep(bytes);
            }

            bytes = default;
            return false;
        }

        bytes = bytes[(end - kept)..];
        Problem = head.Parse(text[..end], toHead);
        NativeMemory.Free(_head);
        _head = null;
        _headLength = 0;
        return Problem == HttpProblem.None;
    }

    /// <summary>Line ends before an answer are left over from the one before.</summary>
    private bool SkipBlankLines(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || bytes[0] > '\r')
        {
            _blank = 0;
            return bytes.Length > 0;
        }

        int before = bytes.Length;
        bytes = bytes.TrimStart("\r\n"u8);
        _blank += before - bytes.Length;
        Problem = _blank > MaxHead ? HttpProblem.EndlessHead : Problem;
        return bytes.Length > 0 && Problem == HttpProblem.None;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _head = (byte*)NativeMemory.Realloc(_head, (nuint)(_headLength + bytes.Length));
        bytes.CopyTo(new Span<byte>(_head + _headLength, bytes.Length));
        _headLength += bytes.Length;
    }
}
