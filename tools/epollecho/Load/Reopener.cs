namespace NetTools.EpollEcho.Load;

/// <summary>Of which requests the error is said that ends a connection.</summary>
internal enum LossOf
{
    /// <summary>Of all that are under way: the peer closed.</summary>
    All,

    /// <summary>Of all that are under way, which waited to the end.</summary>
    Silent,

    /// <summary>Of the oldest alone, whose answer is wrong; the others are dropped with the connection.</summary>
    Oldest,
}

/// <summary>
/// What becomes of a connection that is over: its requests fail, or go with the next socket where the peer cannot have processed
/// them (RFC 9112, section 9.3.1).
/// </summary>
/// <typeparam name="TVerifier">The protocol.</typeparam>
/// <param name="run">The settings and the result.</param>
/// <param name="pool">The connections.</param>
internal sealed unsafe class Reopener<TVerifier>(LoadRun run, ConnectionPool<TVerifier> pool)
    where TVerifier : struct, IVerifier
{
    private readonly LoadSettings _settings = run.Settings;
    private readonly LoadResult _result = run.Result;

    /// <summary>A connection is over. What is under way on it fails, or is sent again on the next one.</summary>
    /// <param name="index">Which.</param>
    /// <param name="error">What to call it.</param>
    /// <param name="byPeer">The peer closed or reset it; otherwise it was given up here.</param>
    /// <param name="announced">The peer had said so, or it is meant for one request.</param>
    /// <param name="fault">What of it the error is said of.</param>
    public void Lose(int index, string error, bool byPeer, bool announced = false, LossOf fault = LossOf.All)
    {
        LoadConnection* connection = pool[index];
        bool served = connection->Answered > 0;
        pool.Close(index);
        if (_settings.Reconnect || announced)
        {
            int failed = _settings.Reconnect ? connection->Outstanding : connection->Outstanding - Repeatable(connection, served);
            Fail(index, failed, error, fault);
        }
        else if (connection->Outstanding > 0)
        {
            // Nothing of it could be sent for so long, on one new connection after the other: that server does not want it.
            bool hopeless = !served && run.Now - connection->Begun[connection->Oldest] > _settings.TimeoutNs;
            int again = byPeer && pool.MayReopen && !hopeless ? Repeatable(connection, served) : 0;
            Fail(index, connection->Outstanding - again, error, fault);
        }
        else if (!byPeer || !pool.Verifier.MayCloseIdle || !pool.MayReopen || pool.Phase == LoadPhase.Holding)
        {
            run.ConnectionFailed(error);
        }

        if (pool.Phase == LoadPhase.Holding)
        {
            return;
        }

        if (!announced && !pool.MayReopen)
        {
            pool.Rest(index);
        }
        else if (connection->Outstanding > 0)
        {
            SendAgain(index, served);
        }
        else if (served || announced)
        {
            pool.MakeFree(index);
        }
        else
        {
            pool.Rest(index);
        }
    }

    /// <summary>How many of the last requests under way nothing was sent of.</summary>
    public int Unsent(LoadConnection* connection)
    {
        long start = connection->Sent + connection->ToSend;
        int count = 0;
        for (; count < connection->Outstanding; count++)
        {
            start -= pool.Verifier.Length(connection->Stream, connection->Asked - 1 - count);
            if (start < connection->Sent)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Fails the oldest requests of a connection.</summary>
    private void Fail(int index, int count, string error, LossOf fault)
    {
        int oldest = fault == LossOf.Oldest ? Math.Min(count, 1) : count;
        pool.FailRequests(index, oldest, error, waited: fault == LossOf.Silent);
        pool.FailRequests(index, count - oldest, "dropped");
    }

    /// <summary>
    /// How many of the last requests under way may be sent again: those of which nothing was sent; and where repeating them does
    /// no harm, all that a connection which had answered before did not begin to answer.
    /// </summary>
    private int Repeatable(LoadConnection* connection, bool served)
    {
        if (served && pool.Verifier.MayRepeat)
        {
            return connection->Outstanding - (connection->FirstByteSeen ? 1 : 0);
        }

        return Unsent(connection);
    }

    /// <summary>Opens the connection again for the requests that are left on it.</summary>
    private void SendAgain(int index, bool served)
    {
        LoadConnection* connection = pool[index];
        _result.Counts.Repeated += connection->Outstanding;
        pool.Renew(index);
        connection->ToSend = 0;
        for (; connection->Asked < connection->Outstanding; connection->Asked++)
        {
            connection->ToSend += pool.Verifier.Length(connection->Stream, connection->Asked);
        }

        if (served)
        {
            pool.Connect(index);
        }
        else
        {
            pool.Rest(index);
        }
    }
}
