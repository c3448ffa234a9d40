using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// What time does to connections: the idle, the late, the slow and the lingering are looked for once a second; in a draining
/// server those with nothing left to do, every 50 ms.
/// </summary>
/// <typeparam name="THandler">The protocol.</typeparam>
internal sealed unsafe class ConnectionWatch<THandler>(ServeSettings settings, Connections connections)
    where THandler : struct, IConnectionHandler
{
    /// <summary>Bytes of a body that buy a millisecond beyond the request timeout: 16 KiB a second.</summary>
    public const int BytesPerMs = 16;

    /// <summary>A lingering connection is closed after this silence, milliseconds.</summary>
    public const int LingerSilenceMs = 5_000;

    /// <summary>A lingering connection is closed after this long, milliseconds.</summary>
    public const int LingerMs = 30_000;

    /// <summary>
    /// In a draining server a connection that owes nothing is closed after this silence since the signal, milliseconds: a request
    /// may be on its way.
    /// </summary>
    public const int QuietMs = 500;

    /// <summary>In a draining server a protocol without requests need not fall silent after this time, milliseconds.</summary>
    public const int StreamMs = 1_000;

    private const int ScanMs = 1_000;
    private const int DrainScanMs = 50;

    private int _lastScan;
    private int _drainSince;

    /// <summary>Whether the server drains.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Whether it has drained, or its time is over.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>The longest wait for events, milliseconds, or -1 when nothing can become due.</summary>
    public int WaitMs => IsDraining ? DrainScanMs
        : connections.Counters->Open > 0 && (settings.IdleTimeout > 0 || connections.Lingering > 0 || THandler.HasRequests)
            ? ScanMs / 4 : -1;

    /// <summary>From now on each answer is the last of its connection.</summary>
    public void BeginDrain()
    {
        IsDraining = true;
        _drainSince = connections.Now;
        connections.FirstFlags |= ConnectionFlags.Draining;
        for (int descriptor = 0; descriptor <= connections.Highest; descriptor++)
        {
            Connection* connection = connections[descriptor];
            connection->Flags |= connection->Id != 0 ? ConnectionFlags.Draining : 0;
        }
    }

    /// <summary>Once a turn.</summary>
    public void Turn(ref THandler handler)
    {
        if (connections.Now - _lastScan < (IsDraining ? DrainScanMs : ScanMs))
        {
            return;
        }

        _lastScan = connections.Now;
        if (settings.IdleTimeout > 0 || connections.Lingering > 0 || THandler.HasRequests || IsDraining)
        {
            Scan(ref handler);
        }
    }

    private void Scan(ref THandler handler)
    {
        bool over = IsDraining && connections.Now - _drainSince >= settings.DrainTimeout * 1000;
        for (int descriptor = 0; descriptor <= connections.Highest; descriptor++)
        {
            Connection* connection = connections[descriptor];
            if (connection->Id == 0)
            {
                continue;
            }

            int silent = connections.Now - connection->LastActive;
            if ((connection->Flags & ConnectionFlags.Discard) != 0)
            {
                if (silent > LingerSilenceMs || connections.Now - connection->Since > LingerMs)
                {
                    connections.Close(descriptor, connection, 0);
                }
            }
            else if (settings.IdleTimeout > 0 && silent >= settings.IdleTimeout * 1000L)
            {
                connections.Close(descriptor, connection, ETIMEDOUT);
            }
            else if (TakesTooSlowly(descriptor, connection))
            {
                connections.Abort(descriptor, connection, ETIMEDOUT);
            }
            else if (IsLate(connection))
            {
                handler.GiveUp(descriptor, connection);
            }
            else if (IsDraining && !Owes(connection) && (Math.Min(silent, connections.Now - _drainSince) >= QuietMs
                || (!THandler.HasRequests && connections.Now - _drainSince >= StreamMs
                    && (connection->Flags & ConnectionFlags.Readable) == 0)))
            {
                connections.Close(descriptor, connection, 0);
            }
            else if (over && Owes(connection))
            {
                connections.Counters->Cut++; // it is closed with the loop
            }
        }

        IsDrained = IsDraining && (over || connections.Counters->Open == 0);
    }

    private bool IsLate(Connection* connection)
    {
        if (!THandler.HasRequests || (connection->Flags & (ConnectionFlags.InHead | ConnectionFlags.InBody)) == 0
            || settings.RequestTimeout == 0 || connection->UnsentEnd != 0)
        {
            return false;
        }

        long allowed = settings.RequestTimeout * 1000L;
        allowed += (connection->Flags & ConnectionFlags.InBody) != 0 ? connection->BodyDone / BytesPerMs : 0;
        return connections.Now - connection->Since >= allowed;
    }

    /// <summary>
    /// Whether a peer leaves its answers: it has the time of a request, and a second more for each 16 KiB that it acknowledges.
    /// What counts is what the peer takes, not what the kernel does, whose buffer holds megabytes.
    /// </summary>
    private bool TakesTooSlowly(int descriptor, Connection* connection)
    {
        if (!THandler.HasRequests || settings.RequestTimeout == 0 || connection->UnsentEnd == 0)
        {
            return false;
        }

        uint acked = (uint)TcpInfo.ReadBytesAcked(descriptor);
        if ((connection->Flags & ConnectionFlags.OutSlowly) == 0)
        {
            connection->Flags |= ConnectionFlags.OutSlowly;
            connection->Since = connections.Now;
            connection->Acked = acked;
            return false;
        }

        return connections.Now - connection->Since
            >= (settings.RequestTimeout * 1000L) + ((acked - connection->Acked) / BytesPerMs);
    }

    /// <summary>Whether something is unsent or under way, or nothing has been asked yet.</summary>
    private static bool Owes(Connection* connection) =>
        connection->UnsentEnd != 0 || connection->InputLength > 0
        || (connection->Flags & (ConnectionFlags.Begun | ConnectionFlags.InBody)) != ConnectionFlags.Begun;
}
