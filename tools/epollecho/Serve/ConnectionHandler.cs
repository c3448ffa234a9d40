namespace NetTools.EpollEcho.Serve;

/// <summary>
/// One protocol. Handlers are structs and a type parameter of the loop, so that each protocol has a loop of its own and no event
/// costs a call by interface.
/// </summary>
internal unsafe interface IConnectionHandler : IDisposable
{
    /// <summary>Whether the protocol has requests, so that an answer can be the last and a request can be late.</summary>
    static abstract bool HasRequests { get; }

    /// <summary>Once before the events of a turn.</summary>
    void BeginTurn();

    /// <summary>Where the next read goes: <see cref="SendQueue.Longest"/> bytes of room.</summary>
    byte* Room(Connection* connection);

    /// <summary>Answers what was received.</summary>
    /// <param name="descriptor">The connection's.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="got">Bytes just read to <see cref="Room"/>; 0 when only what was kept is to be answered.</param>
    /// <returns>False when the turn is over: the connection is gone, or its answer is queued.</returns>
    bool Use(int descriptor, Connection* connection, int got);

    /// <summary>Gives up on a request that came too slowly.</summary>
    void GiveUp(int descriptor, Connection* connection);
}

/// <summary>Sends every byte back (RFC 862).</summary>
internal readonly unsafe struct EchoHandler(Connections connections) : IConnectionHandler
{
    /// <inheritdoc/>
    public static bool HasRequests => false;

    /// <inheritdoc/>
    public void BeginTurn()
    {
    }

    /// <inheritdoc/>
    public byte* Room(Connection* connection) => connections.Queue.Room;

    /// <inheritdoc/>
    public bool Use(int descriptor, Connection* connection, int got)
    {
        if ((connection->Flags & ConnectionFlags.Readable) != 0)
        {
            return connections.Send(descriptor, connection, connections.Queue.Room, got);
        }

        connections.SendLater(descriptor, got);
        return false;
    }

    /// <inheritdoc/>
    public void GiveUp(int descriptor, Connection* connection)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
