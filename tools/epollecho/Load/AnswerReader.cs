using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>Receives answers, has them checked, and records how long they took.</summary>
/// <typeparam name="TVerifier">The protocol.</typeparam>
/// <param name="run">The time, the result and the log.</param>
/// <param name="pool">The connections.</param>
/// <param name="reopener">What becomes of a connection that is over.</param>
internal sealed unsafe class AnswerReader<TVerifier>(
    LoadRun run, ConnectionPool<TVerifier> pool, Reopener<TVerifier> reopener) : IDisposable
    where TVerifier : struct, IVerifier
{
    private const int ReadSize = Stream.Piece;

    private readonly LoadResult _result = run.Result;
    private readonly int _pipeline = run.Settings.Pipeline;
    private readonly bool _reconnect = run.Settings.Reconnect;
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(ReadSize);

    /// <summary>Reads what has come.</summary>
    /// <param name="index">Which connection.</param>
    /// <param name="untilEmpty">
    /// A short read does not mean that the socket is empty: there was urgent data, an end or an error.
    /// </param>
    public void Receive(int index, bool untilEmpty)
    {
        LoadConnection* connection = pool[index];
        uint generation = connection->Generation;
        while (true)
        {
            long got = Linux.ReceiveNow(connection->Socket, _buffer, ReadSize);
            if (got > 0)
            {
                run.Now = Clock.Nanoseconds;
                _result.Counts.BytesReceived += got;
                connection->Moved += got;
                Take(index, new ReadOnlySpan<byte>(_buffer, (int)got));
                if (connection->Generation != generation || connection->Socket < 0 || (got < ReadSize && !untilEmpty))
                {
                    return; // gone, or the socket is empty: more makes a new edge
                }

                continue;
            }

            int errno = got < 0 ? Errno.Last : 0;
            if (errno == EAGAIN)
            {
                return;
            }

            if (errno != EINTR)
            {
                End(index, errno == 0 ? connection->SendError : errno);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_buffer);

    /// <summary>Has the bytes checked, answer by answer.</summary>
    private void Take(int index, ReadOnlySpan<byte> bytes)
    {
        LoadConnection* connection = pool[index];
        uint generation = connection->Generation;
        while (bytes.Length > 0 && connection->Socket >= 0 && connection->Generation == generation)
        {
            if (!connection->FirstByteSeen && connection->Outstanding > 0)
            {
                connection->FirstByteSeen = true;
                _result.FirstByte.Record(run.Now - Math.Max(connection->Begun[connection->Oldest], connection->OpenedAt));
            }

            Verdict verdict = pool.Verifier.Read(connection, ref bytes);
            switch (verdict)
            {
                case Verdict.NeedsMore:
                    break;
                case Verdict.Answered:
                case Verdict.Refused:
                    if (pool.Verifier.Closes(connection) || _reconnect)
                    {
                        Complete(index, verdict);
                        reopener.Lose(index, "short", byPeer: true, announced: true);
                        return;
                    }

                    Complete(index, verdict);
                    break;
                case Verdict.Closing:
                    reopener.Lose(index, "short", byPeer: true);
                    return;
                case Verdict.Mismatch:
                    _result.Counts.Mismatches++;
                    reopener.Lose(index, "mismatch", byPeer: false, fault: LossOf.Oldest);
                    return;
                default:
                    reopener.Lose(index, pool.Verifier.Problem(connection), byPeer: false, fault: LossOf.Oldest);
                    return;
            }
        }
    }

    /// <summary>The peer has closed: right after an answer that lasts until then, wrong in the middle of another.</summary>
    private void End(int index, int errno)
    {
        LoadConnection* connection = pool[index];
        Verdict verdict = errno == 0 && connection->Outstanding > 0 ? pool.Verifier.AtEnd(connection) : Verdict.NeedsMore;
        if (verdict is Verdict.Answered or Verdict.Refused)
        {
            Complete(index, verdict);
            reopener.Lose(index, "short", byPeer: true, announced: true);
        }
        else if (verdict == Verdict.Mismatch)
        {
            _result.Counts.Mismatches++;
            reopener.Lose(index, "mismatch", byPeer: false, fault: LossOf.Oldest);
        }
        else
        {
            reopener.Lose(index, errno == 0 ? "short" : LoadErrors.Name(errno), byPeer: true);
        }
    }

    /// <summary>The oldest request is answered; the next may begin.</summary>
    private void Complete(int index, Verdict verdict)
    {
        LoadConnection* connection = pool[index];
        int slot = connection->Oldest;
        connection->Oldest = slot + 1 == _pipeline ? 0 : slot + 1;
        connection->Outstanding--;
        connection->Answered++;
        connection->Since = run.Now;
        connection->Moved = 0;
        connection->Failures = 0;
        connection->FirstByteSeen = false;
        pool.Outstanding--;
        int status = pool.Verifier.Status(connection);
        if (status != 0)
        {
            _result.Status(status);
        }

        if (verdict == Verdict.Answered)
        {
            run.Answered(connection->Due[slot], connection->Begun[slot]);
        }
        else
        {
            run.Refused();
        }

        run.Log?.Add(connection->Due[slot], run.Now, index, status, verdict == Verdict.Answered ? "ok" : "http_status");

        // The next request goes out when the whole batch of events is read: so the server, too, gets its work in batches.
        pool.MakeFree(index);
    }
}
