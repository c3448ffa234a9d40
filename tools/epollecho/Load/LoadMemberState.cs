using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>What the parent knows of one load process.</summary>
/// <param name="socket">The parent's end of a pair of stream sockets.</param>
internal sealed unsafe class LoadMemberState(int socket) : IDisposable
{
    private const int Piece = 64 * 1024;

    private byte[] _bytes = new byte[Piece];
    private int _length;

    /// <summary>The parent's end, or -1 once the process has ended.</summary>
    public int Socket { get; private set; } = socket;

    /// <summary>What it told last.</summary>
    public LoadStatus Status { get; set; }

    /// <summary>It waits for the others.</summary>
    public bool Waiting { get; set; }

    /// <summary>Its result is here, or never comes.</summary>
    public bool Finished { get; set; }

    /// <summary>Sum of the intervals it reported: all that is known if it is killed.</summary>
    public LoadResult Seen { get; } = new();

    /// <summary>Takes what has come, message by message.</summary>
    public void Receive(Action<LoadMemberState, LoadMessageKind, BinaryReader> take)
    {
        while (Socket >= 0)
        {
            if (_bytes.Length - _length < Piece)
            {
                Array.Resize(ref _bytes, _bytes.Length * 2);
            }

            nint got;
            fixed (byte* start = _bytes)
            {
                got = Linux.recv(Socket, start + _length, Piece, MSG_DONTWAIT);
            }

            if (got < 0 && Errno.Last == EINTR)
            {
                continue;
            }

            if (got <= 0)
            {
                if (got == 0)
                {
                    Dispose();
                }

                return;
            }

            _length += (int)got;
            int used = 0;
            while (_length - used >= LoadMessage.HeaderSize
                && BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(used)) is int size
                && _length - used >= size)
            {
                using BinaryReader fields = new(
                    new MemoryStream(_bytes, used + LoadMessage.HeaderSize, size - LoadMessage.HeaderSize));
                take(this, (LoadMessageKind)_bytes[used + sizeof(int)], fields);
                used += size;
            }

            _bytes.AsSpan(used, _length - used).CopyTo(_bytes);
            _length -= used;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Socket >= 0)
        {
            close(Socket);
            Socket = -1;
        }
    }
}
