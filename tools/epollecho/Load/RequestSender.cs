using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>Begins requests and sends their bytes.</summary>
/// <typeparam name="TVerifier">The protocol.</typeparam>
/// <param name="run">The pace and the time.</param>
/// <param name="pool">The connections.</param>
internal sealed unsafe class RequestSender<TVerifier>(LoadRun run, ConnectionPool<TVerifier> pool)
    where TVerifier : struct, IVerifier
{
    private readonly int _pipeline = run.Settings.Pipeline;
    private readonly int _connections = run.Settings.Connections;

    /// <summary>Begins a request that was due at some time, and in a closed loop all others for which there is room.</summary>
    /// <returns>Whether there is something to send now: otherwise it is sent once the connection is open.</returns>
    public bool Begin(int index, long due)
    {
        LoadConnection* connection = pool[index];
        if (connection->Socket < 0 && connection->Outstanding == 0)
        {
            pool.Renew(index);
        }

        bool first = connection->Outstanding == 0;
        do
        {
            int slot = (connection->Oldest + connection->Outstanding) % _pipeline;
            connection->Due[slot] = due;
            connection->Begun[slot] = run.Now;
            connection->Outstanding++;
            connection->ToSend += pool.Verifier.Length(connection->Stream, connection->Asked++);
            pool.Outstanding++;
        }
        while (connection->Outstanding < _pipeline && run.Pacing.Issued >= _connections && !run.Pacing.IsOpen
            && run.Pacing.TryBegin(run.Now, out due));

        connection->LastActive = run.Now;
        if (first)
        {
            connection->Since = run.Now;
            connection->Moved = 0;
        }

        if (connection->Outstanding < _pipeline)
        {
            pool.MakeFree(index);
        }

        if (connection->State == LoadState.Closed && !connection->BackingOff)
        {
            pool.Connect(index);
        }

        return connection->State == LoadState.Open;
    }

    /// <summary>Sends what the kernel takes.</summary>
    /// <returns>0, or the errno of a connection that takes no more: what it sent before is still to be read.</returns>
    public int Send(LoadConnection* connection)
    {
        while (connection->ToSend > 0)
        {
            long part = Math.Min(connection->ToSend, Stream.Piece);
            long sent = Linux.SendNow(connection->Socket, pool.Verifier.At(connection->Stream, connection->Sent), (nuint)part);
            if (sent > 0)
            {
                connection->Sent += sent;
                connection->ToSend -= sent;
                connection->Moved += sent;
                continue;
            }

            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                return 0;
            }

            if (errno != EINTR)
            {
                return connection->SendError = errno;
            }
        }

        return 0;
    }
}
