using NetTools.EpollEcho.Http;
namespace NetTools.EpollEcho.Load;

// What the load generator makes of the bytes that come back: are they the answer, and is it whole?
internal sealed unsafe partial class LoadGenerator
{
    private bool CheckEcho(int index, int got)
    {
        LoadConnection* connection = &_connections[index];
        if (connection->Received + got > connection->Sent
            || !new ReadOnlySpan<byte>(_buffer, got).SequenceEqual(new ReadOnlySpan<byte>(_requests.At(StreamOf(index), connection->Received), got)))
        {
            Mismatch(index);
            return false;
        }

        connection->Received += got;
        _result.BytesVerified += got;
        while (connection->Outstanding > 0 && connection->Received >= connection->AnswerEnd)
        {
            connection->AnswerEnd += _requests.Length(StreamOf(index), ++connection->Answered);
            if (_settings.Reconnect)
            {
                CloseSocket(index);
            }

            Complete(index, true);
            if (connection->Socket < 0)
            {
                return false;
            }
        }

        return true;
    }

    private bool CheckHttp(int index, int got)
    {
        LoadConnection* connection = &_connections[index];
        ReadOnlySpan<byte> bytes = new(_buffer, got);
        while (bytes.Length > 0)
        {
            if (connection->Outstanding == 0)
            {
                Fail(index, "unasked_answer");
                return false;
            }

            HttpProgress progress = connection->Http.Read(ref bytes, _settings.Method == RequestMethod.Head, out ReadOnlySpan<byte> body);
            if (progress == HttpProgress.Broken)
            {
                Fail(index, ProblemName(connection->Http.Problem));
                return false;
            }

            if (!BodyIsWhatWasPosted(index, body) || (progress == HttpProgress.Complete && !BodyIsWhole(index)))
            {
                Mismatch(index);
                return false;
            }

            if (progress == HttpProgress.Complete)
            {
                connection->Answered++;
                bool good = HasGoodStatus(connection);
                bool closes = connection->Http.Closes || _settings.Reconnect;
                if (closes)
                {
                    CloseSocket(index);
                }

                Complete(index, good);
                if (closes)
                {
                    LosePipelined(index);
                    return false;
                }
            }
        }

        return true;
    }

    private bool HasGoodStatus(LoadConnection* connection)
    {
        _result.StatusClasses[connection->Http.Status / 100]++;
        return connection->Http.Status is >= 200 and < 400;
    }

    /// <summary>Whether the body of this answer shall be what was posted.</summary>
    private bool Verifies(LoadConnection* connection) =>
        _settings.Method == RequestMethod.Post && _settings.VerifyPosted && connection->Http.Status is >= 200 and < 300;

    private bool BodyIsWhatWasPosted(int index, ReadOnlySpan<byte> piece)
    {
        LoadConnection* connection = &_connections[index];
        if (piece.Length == 0 || !Verifies(connection))
        {
            return true;
        }

        long at = connection->Http.BodyLength - piece.Length;
        if (connection->Http.BodyLength > _http!.BodyLength(StreamOf(index), connection->Answered)
            || !piece.SequenceEqual(new ReadOnlySpan<byte>(_http.Body(StreamOf(index), connection->Answered, at), piece.Length)))
        {
            return false;
        }

        _result.BytesVerified += piece.Length;
        return true;
    }

    private bool BodyIsWhole(int index)
    {
        LoadConnection* connection = &_connections[index];
        return !Verifies(connection) || connection->Http.BodyLength == _http!.BodyLength(StreamOf(index), connection->Answered);
    }

    private void Mismatch(int index)
    {
        _result.Mismatches++;
        Fail(index, "mismatch");
    }

    private static string ProblemName(HttpProblem problem) => problem switch
    {
        HttpProblem.BadLength => "bad_length",
        HttpProblem.EndlessHead => "endless_head",
        HttpProblem.BadChunk => "bad_chunk",
        _ => "bad_status_line",
    };
}
