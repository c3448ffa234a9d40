using System.Runtime.CompilerServices;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.PktSniff.Inject;

/// <summary>Frames on their way out, sent many to a call by sendmmsg(2); and, while they fit, kept to be sent again.</summary>
internal sealed unsafe class FrameBatch(InjectSocket socket, InjectResult result)
{
    /// <summary>Frames in one call.</summary>
    public const int Frames = 64;

    private const int LargestFrame = 256 * 1024;
    private const long MostKept = 64L * 1024 * 1024;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Frames * 2048 + LargestFrame, pinned: true);
    private readonly iovec[] _parts = GC.AllocateArray<iovec>(Frames, pinned: true);
    private readonly mmsghdr[] _messages = GC.AllocateArray<mmsghdr>(Frames, pinned: true);
    private List<byte[]>? _kept = [];
    private long _keptBytes;
    private bool _complete;
    private int _used;

    /// <summary>Frames added and not yet sent.</summary>
    public int Waiting { get; private set; }

    /// <summary>True when a whole round is kept.</summary>
    public bool CanReplay => _complete && _kept is { Count: > 0 };

    /// <summary>Adds a frame; sends when there are many.</summary>
    public void Add(ReadOnlySpan<byte> frame)
    {
        Keep(frame);
        Put(frame);
    }

    /// <summary>Says that a round is over: what is kept is all there is.</summary>
    public void EndRound() => _complete = true;

    /// <summary>Adds a kept round again.</summary>
    /// <returns>False when none is kept.</returns>
    public bool TryReplay(long most, StopSignals stop)
    {
        if (!CanReplay)
        {
            return false;
        }

        foreach (byte[] frame in _kept!)
        {
            if (stop.Requested || result.Sent + result.Failed + Waiting >= most)
            {
                break;
            }

            Put(frame);
        }

        return true;
    }

    /// <summary>Sends what waits; frames the kernel refuses are counted and passed over.</summary>
    public void Send()
    {
        int first = 0;
        while (first < Waiting)
        {
            int errno = socket.SendBatch(_messages.AsSpan(first, Waiting - first), out int sent);
            for (int i = first; i < first + sent; i++)
            {
                result.Bytes += (long)(ulong)_parts[i].iov_len;
            }

            result.Sent += sent;
            first += sent;
            if (errno != 0)
            {
                result.Failed++;
                result.LastErrno = errno;
                first++;
            }
        }

        Waiting = 0;
        _used = 0;
    }

    private void Put(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > _bytes.Length - _used)
        {
            Send();
        }

        frame.CopyTo(_bytes.AsSpan(_used));
        // Pinned arrays stay where they are.
        _parts[Waiting] = new iovec { iov_base = Unsafe.AsPointer(ref _bytes[_used]), iov_len = frame.Length };
        iovec* part = (iovec*)Unsafe.AsPointer(ref _parts[Waiting]);
        _messages[Waiting] = new mmsghdr { msg_hdr = new msghdr { msg_iov = part, msg_iovlen = 1 } };
        _used += frame.Length;
        if (++Waiting == Frames)
        {
            Send();
        }
    }

    private void Keep(ReadOnlySpan<byte> frame)
    {
        if (_kept is null || _complete)
        {
            return;
        }

        _keptBytes += frame.Length + 64;
        if (_keptBytes > MostKept)
        {
            _kept = null;
        }
        else
        {
            _kept.Add(frame.ToArray());
        }
    }
}
