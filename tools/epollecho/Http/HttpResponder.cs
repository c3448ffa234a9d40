using System.Buffers.Text;
using NetTools.EpollEcho.Serve;

namespace NetTools.EpollEcho.Http;

/// <summary>Why the responder stopped.</summary>
internal enum HttpStep
{
    /// <summary>What is left of the input is part of a request: read more.</summary>
    NeedsInput,

    /// <summary>The output is full: send it, then go on with the same input.</summary>
    NeedsRoom,

    /// <summary>Send the output and close; the rest of the input does not count.</summary>
    Close,
}

/// <summary>Turns the bytes of requests into the bytes of answers. Knows no socket and allocates nothing.</summary>
internal static unsafe class HttpResponder
{
    /// <summary>Room that any head of an answer fits in.</summary>
    private const int HeadRoom = 256;

    /// <summary>Room for the frame of a chunk, its size and two line ends, and for the last chunk.</summary>
    private const int ChunkRoom = 16;

    /// <summary>Where the date stands in <see cref="PutOk"/>.</summary>
    private const int DateInOk = 42;

    /// <summary>
    /// Answers the requests in the input, as far as they are complete and there is room. Call <see cref="HttpDate.Refresh"/>
    /// first.
    /// </summary>
    /// <param name="connection">Keeps what lasts longer than one call: the body still to come and the flags.</param>
    /// <param name="input">What the peer sent.</param>
    /// <param name="output">Where the answers go.</param>
    /// <param name="consumed">Bytes of input that are used up.</param>
    /// <param name="produced">Bytes of output written.</param>
    /// <param name="requests">Goes up by one with each request.</param>
    public static HttpStep Answer(Connection* connection, ReadOnlySpan<byte> input, Span<byte> output,
        out int consumed, out int produced, ref long requests)
    {
        consumed = 0;
        produced = 0;
        while (true)
        {
            if ((connection->Flags & ConnectionFlags.Chunks) != 0)
            {
                HttpStep? step = AnswerChunks(connection, input, output, ref consumed, ref produced);
                if (step is HttpStep stopped)
                {
                    return stopped;
                }
            }
            else if (connection->BodyLeft > 0)
            {
                int part = Math.Min(Math.Min(connection->BodyLeft, input.Length - consumed), output.Length - produced);
                Copy(connection, input, output, part, ref consumed, ref produced);
                if (connection->BodyLeft > 0)
                {
                    return consumed == input.Length ? HttpStep.NeedsInput : HttpStep.NeedsRoom;
                }
            }

            if ((connection->Flags & ConnectionFlags.LastAnswer) != 0)
            {
                return HttpStep.Close;
            }

            // Empty lines before a request are ignored (RFC 9112, 2.2).
            while (consumed < input.Length && (input[consumed] == '\n' || input[consumed..].StartsWith("\r\n"u8)))
            {
                consumed += input[consumed] == '\n' ? 1 : 2;
            }

            if (consumed == input.Length)
            {
                return HttpStep.NeedsInput;
            }

            if (output.Length - produced < HeadRoom)
            {
                return HttpStep.NeedsRoom;
            }

            HttpRequest request = default;
            ReadOnlySpan<byte> rest = input[consumed..];
            int status = request.Read(rest, out int length);
            int size = request.ContentLength;
            if (status == 0 && request.Chunked)
            {
                status = ChunkedBody.Measure(rest[length..], out size);
                if (status == ChunkedBody.Incomplete
                    && (request.ExpectsContinue || ChunkedBody.ReadSize(rest[length..], out _) >= 0))
                {
                    status = 0; // it will be answered as it comes
                    size = -1;
                }
            }

            if (status < 0)
            {
                return HttpStep.NeedsInput;
            }

            requests++;
            if (status != 0)
            {
                return Refuse(connection, status, output, ref produced);
            }

            consumed += length;
            Begin(connection, in request, size, output, ref produced);
        }
    }

    /// <summary>Refuses with a status and closes.</summary>
    /// <param name="connection">Gets the flags that close it.</param>
    /// <param name="status">400, 405, 408, 413, 414, 431, 501 or 505.</param>
    /// <param name="output">Where the answer goes: 256 bytes of room.</param>
    /// <param name="produced">Goes up by the length of the answer.</param>
    public static HttpStep Refuse(Connection* connection, int status, Span<byte> output, ref int produced)
    {
        connection->Flags |= ConnectionFlags.LastAnswer | ConnectionFlags.Linger;
        Put(status switch
        {
            405 => "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS\r\n"u8,
            408 => "HTTP/1.1 408 Request Timeout\r\n"u8,
            413 => "HTTP/1.1 413 Content Too Large\r\n"u8,
            414 => "HTTP/1.1 414 URI Too Long\r\n"u8,
            431 => "HTTP/1.1 431 Request Header Fields Too Large\r\n"u8,
            501 => "HTTP/1.1 501 Not Implemented\r\n"u8,
            505 => "HTTP/1.1 505 HTTP Version Not Supported\r\n"u8,
            _ => "HTTP/1.1 400 Bad Request\r\n"u8,
        }, output, ref produced);
        PutServerAndDate(output, ref produced);
        Put("Content-Length: 0\r\nConnection: close\r\n\r\n"u8, output, ref produced);
        return HttpStep.Close;
    }

    /// <summary>Writes the head of the answer, and the body unless it is the request's own, which follows as it comes.</summary>
    /// <param name="connection">Gets the body still to come.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="size">Bytes of the request's body, -1 while that is not known.</param>
    /// <param name="output">Where the answer goes.</param>
    /// <param name="produced">Goes up by what was written.</param>
    private static void Begin(Connection* connection, in HttpRequest request, int size, Span<byte> output, ref int produced)
    {
        bool last = (connection->Flags & ConnectionFlags.Draining) != 0;
        if (!last && request is
            {
                Method: HttpMethod.Get, Version10: false, KeepAlive: true, ExpectsContinue: false,
                Chunked: false
            } && size == 0)
        {
            PutOk(output, ref produced);
            return;
        }

        bool echoes = request.Method == HttpMethod.Echo;
        // A body on GET or HEAD has no meaning here, and closing is the one sure way not to take it for the next request.
        bool strayBody = !echoes && (size != 0 || request.Chunked);
        if (request.ExpectsContinue && !request.Version10)
        {
            Put("HTTP/1.1 100 Continue\r\n\r\n"u8, output, ref produced);
        }

        Put(request.Version10 ? "HTTP/1.0 200 OK\r\n"u8 : "HTTP/1.1 200 OK\r\n"u8, output, ref produced);
        PutServerAndDate(output, ref produced);
        Put("Content-Type: text/plain\r\n"u8, output, ref produced);
        if (!request.KeepAlive || strayBody || last)
        {
            connection->Flags |= ConnectionFlags.LastAnswer | (strayBody ? ConnectionFlags.Linger : 0);
            Put("Connection: close\r\n"u8, output, ref produced);
        }
        else if (request.Version10)
        {
            Put("Connection: keep-alive\r\n"u8, output, ref produced);
        }

        if (!echoes)
        {
            Put("Content-Length: 3\r\n\r\n"u8, output, ref produced);
            Put(request.Method == HttpMethod.Get ? "ok\n"u8 : default, output, ref produced);
            return;
        }

        connection->BodyDone = 0;
        if (request.Chunked)
        {
            connection->Flags |= ConnectionFlags.Chunks | (size < 0 ? ConnectionFlags.ChunksOut : 0);
        }
        else
        {
            connection->BodyLeft = size;
        }

        if (size < 0)
        {
            Put("Transfer-Encoding: chunked\r\n\r\n"u8, output, ref produced);
            return;
        }

        Put("Content-Length: "u8, output, ref produced);
        Utf8Formatter.TryFormat(size, output[produced..], out int digits);
        produced += digits;
        Put("\r\n\r\n"u8, output, ref produced);
    }

    /// <summary>Echoes a chunked body, in chunks where its size was not known when the answer began.</summary>
    /// <returns>Null when the body is over; else why to stop.</returns>
    private static HttpStep? AnswerChunks(
        Connection* connection, ReadOnlySpan<byte> input, Span<byte> output, ref int consumed, ref int produced)
    {
        bool framed = (connection->Flags & ConnectionFlags.ChunksOut) != 0;
        while (true)
        {
            if (output.Length - produced < ChunkRoom)
            {
                return HttpStep.NeedsRoom;
            }

            ReadOnlySpan<byte> rest = input[consumed..];
            int length;
            int read;
            if (connection->BodyLeft > 0)
            {
                int part = Math.Min(Math.Min(connection->BodyLeft, rest.Length), output.Length - produced - ChunkRoom + 1);
                if (part == 0)
                {
                    return HttpStep.NeedsInput;
                }

                if (framed)
                {
                    Utf8Formatter.TryFormat(part, output[produced..], out int digits, 'x');
                    produced += digits;
                    Put("\r\n"u8, output, ref produced);
                }

                Copy(connection, input, output, part, ref consumed, ref produced);
                Put(framed ? "\r\n"u8 : default, output, ref produced);
                connection->Flags |= connection->BodyLeft == 0 ? ConnectionFlags.ChunkEnd : 0;
                continue;
            }

            if ((connection->Flags & ConnectionFlags.ChunkEnd) != 0)
            {
                read = ChunkedBody.ReadLine(rest, out length);
                read = read > 0 ? ChunkedBody.Broken : read;
                connection->Flags &= read == 0 ? ~ConnectionFlags.ChunkEnd : ~ConnectionFlags.None;
            }
            else if ((connection->Flags & ConnectionFlags.Trailer) != 0)
            {
                read = ChunkedBody.ReadLine(rest, out length);
                if (read == 0)
                {
                    consumed += length;
                    connection->Flags &= ~(ConnectionFlags.Chunks | ConnectionFlags.ChunksOut | ConnectionFlags.Trailer);
                    Put(framed ? "0\r\n\r\n"u8 : default, output, ref produced);
                    return null;
                }
            }
            else
            {
                read = ChunkedBody.ReadSize(rest, out length);
                read = read > HttpRequest.MaxBody - connection->BodyDone ? ChunkedBody.Broken : read;
                connection->BodyLeft = Math.Max(read, 0);
                connection->Flags |= read == 0 ? ConnectionFlags.Trailer : 0;
            }

            if (read < 0)
            {
                // The answer has begun: its missing end is what tells the peer.
                connection->Flags |= read == ChunkedBody.Broken ? ConnectionFlags.LastAnswer | ConnectionFlags.Linger : 0;
                return read == ChunkedBody.Broken ? HttpStep.Close : HttpStep.NeedsInput;
            }

            consumed += length;
        }
    }

    private static void Copy(Connection* connection, ReadOnlySpan<byte> input, Span<byte> output, int part, ref int consumed,
        ref int produced)
    {
        input.Slice(consumed, part).CopyTo(output[produced..]);
        consumed += part;
        produced += part;
        connection->BodyLeft -= part;
        connection->BodyDone += part;
    }

    /// <summary>What nearly every request gets, by one copy.</summary>
    private static void PutOk(Span<byte> output, ref int produced)
    {
        int start = produced;
        Put("HTTP/1.1 200 OK\r\nServer: epollecho\r\nDate: -----------------------------\r\n"u8
            + "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"u8, output, ref produced);
        HttpDate.Text.CopyTo(output[(start + DateInOk)..]);
    }

    private static void PutServerAndDate(Span<byte> output, ref int produced)
    {
        Put("Server: epollecho\r\nDate: "u8, output, ref produced);
        Put(HttpDate.Text, output, ref produced);
        Put("\r\n"u8, output, ref produced);
    }

    private static void Put(ReadOnlySpan<byte> text, Span<byte> output, ref int produced)
    {
        text.CopyTo(output[produced..]);
        produced += text.Length;
    }
}
