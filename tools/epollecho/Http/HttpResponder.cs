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

    /// <summary>Where the date stands in <see cref="PutOk"/>.</summary>
    private const int DateInOk = 42;

    /// <summary>
    /// Answers the requests in the input, as far as they are complete and there is room. <see cref="HttpDate.Refresh"/> before.
    /// </summary>
    /// <param name="connection">Keeps what lasts longer than one call: the body still to come and the flags.</param>
    /// <param name="input">What the peer sent.</param>
    /// <param name="output">Where the answers go.</param>
    /// <param name="consumed">Bytes of input that are done with.</param>
    /// <param name="produced">Bytes of output written.</param>
    /// <param name="requests">Goes up by one with each request.</param>
    public static HttpStep Answer(Connection* connection, ReadOnlySpan<byte> input, Span<byte> output,
        out int consumed, out int produced, ref long requests)
    {
        consumed = 0;
        produced = 0;
        while (true)
        {
            if (connection->BodyLeft > 0)
            {
                int part = Math.Min(Math.Min(connection->BodyLeft, input.Length - consumed), output.Length - produced);
                input.Slice(consumed, part).CopyTo(output[produced..]);
                consumed += part;
                produced += part;
                connection->BodyLeft -= part;
                if (connection->BodyLeft > 0)
                {
                    return consumed == input.Length ? HttpStep.NeedsInput : HttpStep.NeedsRoom;
                }
            }

            if ((connection->Flags & ConnectionFlags.CloseAfterSend) != 0)
            {
                return HttpStep.Close;
            }

            while (input[consumed..].StartsWith("\r\n"u8))
            {
                consumed += 2; // empty lines before a request are to be ignored (RFC 9112, 2.2)
            }

            if (consumed == input.Length)
            {
                return HttpStep.NeedsInput;
            }

            if (output.Length - produced < HeadRoom)
            {
                return HttpStep.NeedsRoom;
            }

            ReadOnlySpan<byte> rest = input[consumed..];
            int end = rest.IndexOf("\r\n\r\n"u8);
            if (end < 0 && rest.Length < HttpRequest.MaxHead)
            {
                return HttpStep.NeedsInput;
            }

            requests++;
            if (end < 0 || end + 4 > HttpRequest.MaxHead)
            {
                return Refuse(connection, 431, output, ref produced);
            }

            HttpRequest request = default;
            int status = request.Read(rest[..(end + 4)]);
            if (status != 0)
            {
                return Refuse(connection, status, output, ref produced);
            }

            consumed += end + 4;
            Begin(connection, in request, output, ref produced);
        }
    }

    /// <summary>Writes the head of the answer, and the body unless it is the request's own, which follows as it comes.</summary>
    private static void Begin(Connection* connection, in HttpRequest request, Span<byte> output, ref int produced)
    {
        if (request is { Method: HttpMethod.Get, Version10: false, KeepAlive: true, ContentLength: 0, ExpectsContinue: false })
        {
            PutOk(output, ref produced);
            return;
        }

        bool echoes = request.Method == HttpMethod.Post;
        // A body on GET or HEAD has no meaning here, and closing is the one sure way not to take it for the next request.
        bool strayBody = !echoes && request.ContentLength > 0;
        if (request.ExpectsContinue && !request.Version10)
        {
            Put("HTTP/1.1 100 Continue\r\n\r\n"u8, output, ref produced);
        }

        Put(request.Version10 ? "HTTP/1.0 200 OK\r\n"u8 : "HTTP/1.1 200 OK\r\n"u8, output, ref produced);
        PutServerAndDate(output, ref produced);
        Put("Content-Type: text/plain\r\n"u8, output, ref produced);
        if (!request.KeepAlive || strayBody)
        {
            connection->Flags |= ConnectionFlags.CloseAfterSend | (strayBody ? ConnectionFlags.Linger : 0);
            Put("Connection: close\r\n"u8, output, ref produced);
        }
        else if (request.Version10)
        {
            Put("Connection: keep-alive\r\n"u8, output, ref produced);
        }

        if (echoes)
        {
            Put("Content-Length: "u8, output, ref produced);
            Utf8Formatter.TryFormat(request.ContentLength, output[produced..], out int digits);
            produced += digits;
            Put("\r\n\r\n"u8, output, ref produced);
            connection->BodyLeft = request.ContentLength;
            return;
        }

        Put("Content-Length: 3\r\n\r\n"u8, output, ref produced);
        if (request.Method == HttpMethod.Get)
        {
            Put("ok\n"u8, output, ref produced);
        }
    }

    private static HttpStep Refuse(Connection* connection, int status, Span<byte> output, ref int produced)
    {
        connection->Flags |= ConnectionFlags.CloseAfterSend | ConnectionFlags.Linger;
        Put(status switch
        {
            413 => "HTTP/1.1 413 Content Too Large\r\n"u8,
            431 => "HTTP/1.1 431 Request Header Fields Too Large\r\n"u8,
            501 => "HTTP/1.1 501 Not Implemented\r\n"u8,
            505 => "HTTP/1.1 505 HTTP Version Not Supported\r\n"u8,
            _ => "HTTP/1.1 400 Bad Request\r\n"u8,
        }, output, ref produced);
        PutServerAndDate(output, ref produced);
        Put("Content-Length: 0\r\nConnection: close\r\n\r\n"u8, output, ref produced);
        return HttpStep.Close;
    }

    /// <summary>What nearly every request gets, by one copy.</summary>
    private static void PutOk(Span<byte> output, ref int produced)
    {
        int start = produced;
        Put("HTTP/1.1 200 OK\r\nServer: epollecho\r\nDate: -----------------------------\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"u8,
            output, ref produced);
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
