using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Check;

/// <summary>Clients that send and read as fast as they can, each on a thread of its own, until it is disposed of.</summary>
internal sealed unsafe class FloodingClients : IDisposable
{
    private const int Piece = 65_536;

    private readonly List<EchoPeer> _peers = [];
    private readonly List<Thread> _threads = [];
    private volatile bool _over;
    private long _bytes;

    /// <summary>Begins.</summary>
    public FloodingClients(Subject subject, int count)
    {
        for (int i = 0; i < count; i++)
        {
            EchoPeer peer = subject.Connect();
            _ = peer.AwaitConnected();
            _peers.Add(peer);
            Thread thread = new(() => Flood(peer.Socket));
            thread.Start();
            _threads.Add(thread);
        }
    }

    /// <summary>How many bytes came back to all of them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = true;
        _threads.ForEach(thread => thread.Join());
        _peers.ForEach(peer => peer.Dispose());
    }

    private void Flood(int socket)
    {
        byte[] piece = new byte[Piece];
        fixed (byte* bytes = piece)
        {
            while (!_over)
            {
                pollfd ready = new() { fd = socket, events = (short)(POLLIN | POLLOUT) };
                _ = Linux.poll(&ready, 1, 100);
                _ = send(socket, bytes, Piece, MSG_NOSIGNAL | MSG_DONTWAIT);
                int got = (int)(nint)recv(socket, bytes, Piece, MSG_DONTWAIT);
                if (got == 0 || (got < 0 && Errno.Last != EAGAIN))
                {
                    return; // the server is gone: the one who asks beside us will say so
                }

                Interlocked.Add(ref _bytes, Math.Max(got, 0));
            }
        }
    }
}
