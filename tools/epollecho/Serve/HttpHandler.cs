using System.Runtime.InteropServices;
using NetTools.EpollEcho.Http;
using Tmds.Linux;

namespace NetTools.EpollEcho.Serve;

/// <summary>Answers HTTP requests by <see cref="HttpResponder"/>.</summary>
internal readonly unsafe struct HttpHandler : IConnectionHandler
{
    private const int Size = 2 * SendQueue.Longest;

    private readonly Connections _connections;
    private readonly byte* _input;

    /// <summary>Reserves the room for requests, which all connections share.</summary>
    public HttpHandler(Connections connections)
    {
        _connections = connections;
        _input = (byte*)NativeMemory.Alloc(Size);
        // So that the pages are there before the first measurement of memory; the rest is for what is left over.
        new Span<byte>(_input, SendQueue.Longest).Fill(1);
        connections.FirstFlags = ConnectionFlags.InHead;
    }

    /// <inheritdoc/>
    public static bool HasRequests => true;

    /// <inheritdoc/>
    public void BeginTurn() => HttpDate.Refresh();

    /// <inheritdoc/>
    public byte* Room(Connection* connection) => _input + connection->InputLength;

    /// <inheritdoc/>
    public bool Use(int descriptor, Connection* connection, int got)
    {
        int length = connection->InputLength + got;
        if (connection->InputLength > 0)
        {
            Buffer.MemoryCopy(connection->Input, _input, connection->InputLength, connection->InputLength);
            connection->InputLength = 0;
            Connections.Free(ref connection->Input);
        }

        long before = _connections.Counters->Requests;
        int start = 0;
        HttpStep step;
        do
        {
            step = HttpResponder.Answer(connection, new ReadOnlySpan<byte>(_input + start, length - start),
                new Span<byte>(_connections.Queue.Room, SendQueue.Longest), out int consumed, out int produced,
                ref _connections.Counters->Requests);
            start += consumed;
            if (start == length && step == HttpStep.NeedsInput && produced > 0
                && (connection->Flags & (ConnectionFlags.Readable | ConnectionFlags.Chunks)) == 0
                && connection->BodyLeft == 0)
            {
                connection->Flags &= ~(ConnectionFlags.InHead | ConnectionFlags.InBody);
                _connections.SendLater(descriptor, produced);
                return false;
            }

            if (produced > 0 && !_connections.Send(descriptor, connection, _connections.Queue.Room, produced))
            {
                return false;
            }
        }
        while (step == HttpStep.NeedsRoom && connection->UnsentEnd == 0);

        if (step == HttpStep.Close)
        {
            connection->Flags |= ConnectionFlags.CloseAfterSend | (start < length ? ConnectionFlags.Linger : 0);
            connection->Flags &= ~(ConnectionFlags.InHead | ConnectionFlags.InBody);
            return true;
        }

        return KeepRest(descriptor, connection, start, length, step)
            && Clock(connection, _connections.Counters->Requests != before);
    }

    /// <inheritdoc/>
    public void GiveUp(int descriptor, Connection* connection)
    {
        _connections.Counters->Error(LibC.ETIMEDOUT);
        if (connection->InputLength == 0 || (connection->Flags & ConnectionFlags.InBody) != 0 || connection->UnsentEnd != 0)
        {
            _connections.Close(descriptor, connection, 0); // nothing was asked, or the answer has begun
            return;
        }

        int produced = 0;
        HttpResponder.Refuse(connection, 408, new Span<byte>(_connections.Queue.Room, SendQueue.Longest), ref produced);
        connection->Flags = (connection->Flags & ~(ConnectionFlags.InHead | ConnectionFlags.InputRunnable))
            | ConnectionFlags.CloseAfterSend;
        if (_connections.Send(descriptor, connection, _connections.Queue.Room, produced) && connection->UnsentEnd == 0)
        {
            _connections.Finish(descriptor, connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_input);

    private bool KeepRest(int descriptor, Connection* connection, int start, int length, HttpStep step)
    {
        if (start == length)
        {
            return true;
        }

        connection->Input = _connections.Keep(descriptor, connection, _input + start, length - start);
        if (connection->Input == null)
        {
            return false;
        }

        connection->InputLength = length - start;
        connection->Flags |= step == HttpStep.NeedsRoom ? ConnectionFlags.InputRunnable : 0;
        return true;
    }

    /// <summary>
    /// Notes when the head or the body under way began. Empty lines before a request are the beginning of its head: else they
    /// could hold a connection for ever.
    /// </summary>
    private bool Clock(Connection* connection, bool another)
    {
        bool ended = another || (connection->Flags & ConnectionFlags.InBody) != 0;
        ConnectionFlags now = connection->BodyLeft > 0 || (connection->Flags & ConnectionFlags.Chunks) != 0
            ? ConnectionFlags.InBody
            : connection->InputLength > 0 || !ended ? ConnectionFlags.InHead : ConnectionFlags.None;
        if (another || (connection->Flags & (ConnectionFlags.InHead | ConnectionFlags.InBody)) != now)
        {
            connection->Flags = (connection->Flags & ~(ConnectionFlags.InHead | ConnectionFlags.InBody)) | now;
            connection->Since = _connections.Now;
        }

        return true;
    }
}
