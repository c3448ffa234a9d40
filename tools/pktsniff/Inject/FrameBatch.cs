using System.Runtime.CompilerServices;
using Tmds.Linux;

namespace NetTools.PktSniff.Inject;

/// <summary>Frames on their way out, sent many to a call by sendmmsg(2).</summary>
/// <param name="socket">Where they leave.</param>
/// <param name="port">Counts them.</param>
internal sealed unsafe class FrameBatch(InjectSocket socket, InjectPort port)
{
    /// <summary>Frames in one call.</summary>
    public const int Frames = 64;

    private const int LargestFrame = 256 * 1024;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Frames * 2048 + LargestFrame, pinned: true);
    private readonly iovec[] _parts = GC.AllocateArray<iovec>(Frames, pinned: true);
    private readonly mmsghdr[] _messages = GC.AllocateArray<mmsghdr>(Frames, pinned: true);
    private int _used;
    private int _waiting;

    /// <summary>Adds a frame; sends when there are many.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > _bytes.Length - _used)
        {
            Send();
        }

        frame.CopyTo(_bytes.AsSpan(_used));
        // Pinned arrays stay where they are.
        _parts[_waiting] = new iovec { iov_base = Unsafe.AsPointer(ref _bytes[_used]), iov_len = frame.Length };
        iovec* part = (iovec*)Unsafe.AsPointer(ref _parts[_waiting]);
        _messages[_waiting] = new mmsghdr { msg_hdr = new msghdr { msg_iov = part, msg_iovlen = 1 } };
        _used += frame.Length;
        if (++_waiting == Frames)
        {
            Send();
        }
    }

    /// <summary>Sends what waits; frames the kernel refuses are counted and passed over.</summary>
    public void Send()
    {
        int first = 0;
        while (first < _waiting)
        {
            int errno = socket.SendBatch(_messages.AsSpan(first, _waiting - first), out int sent);
            long bytes = 0;
            for (int i = first; i < first + sent; i++)
            {
                bytes += (long)(ulong)_parts[i].iov_len;
            }

            port.Took(sent, bytes);
            first += sent;
            if (errno != 0)
            {
                port.Refused(errno);
                first++;
            }
        }

        _waiting = 0;
        _used = 0;
    }
}
