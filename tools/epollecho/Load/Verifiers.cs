using NetTools.EpollEcho.Http;

namespace NetTools.EpollEcho.Load;

/// <summary>What received bytes were.</summary>
internal enum Verdict
{
    /// <summary>All right so far; the answer goes on.</summary>
    NeedsMore,

    /// <summary>An answer is complete, and right.</summary>
    Answered,

    /// <summary>An answer is complete, and says no: HTTP 4xx, 5xx and the like.</summary>
    Refused,

    /// <summary>Other bytes than those that were sent.</summary>
    Mismatch,

    /// <summary>Not an answer in this protocol.</summary>
    Broken,

    /// <summary>Nobody asked, and nobody minds: the peer is about to close an idle connection.</summary>
    Closing,
}

/// <summary>
/// Knows the requests of a protocol and checks their answers. Implemented by structs, so that a flow calls no interface.
/// </summary>
internal unsafe interface IVerifier : IDisposable
{
    /// <summary>Bytes that were compared and were right.</summary>
    long BytesVerified { get; }

    /// <summary>
    /// A request may be sent again when its connection closed without an answer to it (RFC 9110, section 9.2.2).
    /// </summary>
    bool MayRepeat { get; }

    /// <summary>A peer may close a connection between two requests.</summary>
    bool MayCloseIdle { get; }

    /// <summary>The bytes of a stream of requests from an offset on; <see cref="Stream.Piece"/> of them can be read.</summary>
    byte* At(long stream, long offset);

    /// <summary>Bytes of a request.</summary>
    int Length(long stream, long number);

    /// <summary>Makes an entry ready for a new socket.</summary>
    void Renew(LoadConnection* connection, int index);

    /// <summary>Reads on, to the end of one answer at most.</summary>
    /// <param name="connection">Where the bytes came.</param>
    /// <param name="bytes">What came; what was used is taken off its front.</param>
    Verdict Read(LoadConnection* connection, ref ReadOnlySpan<byte> bytes);

    /// <summary>What the peer's end makes of the answer under way; <see cref="Verdict.NeedsMore"/> when it is cut off.</summary>
    Verdict AtEnd(LoadConnection* connection);

    /// <summary>Whether part of the oldest request's answer has come.</summary>
    bool AnswerBegun(LoadConnection* connection);

    /// <summary>The status of the answer just read; 0 where there is none.</summary>
    int Status(LoadConnection* connection);

    /// <summary>The peer closes the connection after the answer just read.</summary>
    bool Closes(LoadConnection* connection);

    /// <summary>The name of what is wrong with a broken answer.</summary>
    string Problem(LoadConnection* connection);
}

/// <summary>Echo: what comes back is what was sent, byte by byte.</summary>
/// <param name="requests">What is sent.</param>
internal unsafe struct EchoVerifier(EchoRequests requests) : IVerifier
{
    private const int Step = 7; // from one socket of an entry to the next: another stream

    /// <inheritdoc/>
    public long BytesVerified { get; private set; }

    /// <inheritdoc/>
    public readonly bool MayRepeat => false;

    /// <inheritdoc/>
    public readonly bool MayCloseIdle => false;

    /// <inheritdoc/>
    public readonly byte* At(long stream, long offset) => requests.At(stream, offset);

    /// <inheritdoc/>
    public readonly int Length(long stream, long number) => requests.Length(stream, number);

    /// <inheritdoc/>
    public readonly void Renew(LoadConnection* connection, int index)
    {
        connection->Stream = index + ((long)connection->Generation * Step);
        connection->AnswerEnd = requests.Length(connection->Stream, 0);
    }

    /// <inheritdoc/>
    public Verdict Read(LoadConnection* connection, ref ReadOnlySpan<byte> bytes)
    {
        if (connection->Outstanding == 0)
        {
            return Verdict.Broken;
        }

        int part = (int)Math.Min(bytes.Length, connection->AnswerEnd - connection->Received);
        if (connection->Received + bytes.Length > connection->Sent
            || !bytes[..part].SequenceEqual(new ReadOnlySpan<byte>(requests.At(connection->Stream, connection->Received), part)))
        {
            return Verdict.Mismatch;
        }

        bytes = bytes[part..];
        connection->Received += part;
        BytesVerified += part;
        if (connection->Received < connection->AnswerEnd)
        {
            return Verdict.NeedsMore;
        }

        connection->AnswerEnd += requests.Length(connection->Stream, connection->Answered + 1);
        return Verdict.Answered;
    }

    /// <inheritdoc/>
    public readonly Verdict AtEnd(LoadConnection* connection) => Verdict.NeedsMore;

    /// <inheritdoc/>
    public readonly bool AnswerBegun(LoadConnection* connection) => connection->FirstByteSeen;

    /// <inheritdoc/>
    public readonly int Status(LoadConnection* connection) => 0;

    /// <inheritdoc/>
    public readonly bool Closes(LoadConnection* connection) => false;

    /// <inheritdoc/>
    public readonly string Problem(LoadConnection* connection) => "unasked_answer";

    /// <inheritdoc/>
    public readonly void Dispose() => requests.Dispose();
}

/// <summary>HTTP: answers are read by RFC 9112, and what was posted must come back where that was asked for.</summary>
/// <param name="requests">What is sent.</param>
internal unsafe struct HttpVerifier(HttpRequests requests) : IVerifier
{
    private bool _unasked;

    /// <inheritdoc/>
    public long BytesVerified { get; private set; }

    /// <inheritdoc/>
    public readonly bool MayRepeat => requests.Idempotent;

    /// <inheritdoc/>
    public readonly bool MayCloseIdle => true;

    /// <inheritdoc/>
    public readonly byte* At(long stream, long offset) => requests.At(stream, offset);

    /// <inheritdoc/>
    public readonly int Length(long stream, long number) => requests.Length(stream, number);

    /// <inheritdoc/>
    public readonly void Renew(LoadConnection* connection, int index)
    {
        connection->Stream = index + connection->Done; // a request that is sent again is the same one
        connection->Http.Reset();
    }

    /// <inheritdoc/>
    public Verdict Read(LoadConnection* connection, ref ReadOnlySpan<byte> bytes)
    {
        if (connection->Outstanding == 0)
        {
            return ReadUnasked(ref bytes);
        }

        HttpProgress progress = connection->Http.Read(ref bytes, requests.ToHead, out ReadOnlySpan<byte> body);
        if (progress == HttpProgress.Broken)
        {
            _unasked = false;
            return Verdict.Broken;
        }

        if (!IsAsPosted(connection, body))
        {
            return Verdict.Mismatch;
        }

        return progress == HttpProgress.Complete ? Complete(connection) : Verdict.NeedsMore;
    }

    /// <inheritdoc/>
    public readonly Verdict AtEnd(LoadConnection* connection) =>
        connection->Http.CompleteAtEnd ? Complete(connection) : Verdict.NeedsMore;

    /// <inheritdoc/>
    public readonly bool AnswerBegun(LoadConnection* connection) => connection->FirstByteSeen;

    /// <inheritdoc/>
    public readonly int Status(LoadConnection* connection) => connection->Http.Status;

    /// <inheritdoc/>
    public readonly bool Closes(LoadConnection* connection) => connection->Http.Closes;

    /// <inheritdoc/>
    public readonly string Problem(LoadConnection* connection) => _unasked ? "unasked_answer" : connection->Http.Problem switch
    {
        HttpProblem.BadLength => "bad_length",
        HttpProblem.EndlessHead => "endless_head",
        HttpProblem.BadChunk => "bad_chunk",
        HttpProblem.BadField => "bad_field",
        _ => "bad_status_line",
    };

    /// <inheritdoc/>
    public readonly void Dispose() => requests.Dispose();

    /// <summary>
    /// Line ends may follow an answer; a 408 says that the peer closes for want of a request (RFC 9110, section 15.5.9).
    /// </summary>
    private Verdict ReadUnasked(ref ReadOnlySpan<byte> bytes)
    {
        bytes = bytes.TrimStart("\r\n"u8);
        if (bytes.Length == 0)
        {
            return Verdict.NeedsMore;
        }

        _unasked = true;
        return bytes.StartsWith("HTTP/1.1 408"u8) || bytes.StartsWith("HTTP/1.0 408"u8) ? Verdict.Closing : Verdict.Broken;
    }

    private readonly Verdict Complete(LoadConnection* connection) =>
        Verifies(connection) && connection->Http.BodyLength != requests.BodyLength(connection->Stream, connection->Answered)
            ? Verdict.Mismatch
        : connection->Http.Status is >= 200 and < 400 ? Verdict.Answered
        : Verdict.Refused;

    /// <summary>Whether the body of this answer must be what was posted.</summary>
    private readonly bool Verifies(LoadConnection* connection) => requests.Verified
        && connection->Http.Status is >= 200 and < 300;

    private bool IsAsPosted(LoadConnection* connection, ReadOnlySpan<byte> piece)
    {
        if (piece.Length == 0 || !Verifies(connection))
        {
            return true;
        }

        long at = connection->Http.BodyLength - piece.Length;
        if (connection->Http.BodyLength > requests.BodyLength(connection->Stream, connection->Answered)
            || !piece.SequenceEqual(new ReadOnlySpan<byte>(
                requests.Body(connection->Stream, connection->Answered, at), piece.Length)))
        {
            return false;
        }

        BytesVerified += piece.Length;
        return true;
    }
}
