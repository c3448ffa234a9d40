namespace NetTools.PktSniff.Inject;

/// <summary>
/// The frames of one round, when they are due and by which interface they leave, kept while they fit to be sent again.
/// </summary>
internal sealed class FrameStore
{
    private const long MostBytes = 64L * 1024 * 1024;
    private const int AroundFrame = 64;

    private readonly List<StoredFrame> _frames = [];
    private long _bytes;
    private bool _ended;

    /// <summary>True when a whole round is kept.</summary>
    public bool IsComplete => _ended && _bytes <= MostBytes && _frames.Count > 0;

    /// <summary>Frames kept.</summary>
    public int Count => _frames.Count;

    /// <summary>Keeps a frame, unless the round is over or too much is kept.</summary>
    public void Add(ReadOnlySpan<byte> frame, long offsetNs, int side = 0)
    {
        if (_ended || _bytes > MostBytes)
        {
            return;
        }

        _bytes += frame.Length + AroundFrame;
        if (_bytes > MostBytes)
        {
            _frames.Clear();
        }
        else
        {
            _frames.Add(new StoredFrame(frame.ToArray(), offsetNs, side));
        }
    }

    /// <summary>Says that what was added is all there is.</summary>
    public void EndRound() => _ended = true;

    /// <summary>A frame.</summary>
    public StoredFrame this[int index] => _frames[index];
}

/// <summary>A frame that is kept.</summary>
/// <param name="Bytes">As it is sent.</param>
/// <param name="OffsetNs">When it is due, nanoseconds after the first of the round.</param>
/// <param name="Side">The interface it leaves by: 0 or 1.</param>
internal readonly record struct StoredFrame(byte[] Bytes, long OffsetNs, int Side);
