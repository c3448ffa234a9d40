namespace NetTools.PktSniff.Inject;

/// <summary>The frames of one round and when they are due, kept while they fit to be sent again.</summary>
internal sealed class FrameStore
{
    private const long MostBytes = 64L * 1024 * 1024;
    private const int AroundFrame = 64;

    private readonly List<(byte[] Bytes, long OffsetNs)> _frames = [];
    private long _bytes;
    private bool _ended;

    /// <summary>True when a whole round is kept.</summary>
    public bool IsComplete => _ended && _bytes <= MostBytes && _frames.Count > 0;

    /// <summary>Frames kept.</summary>
    public int Count => _frames.Count;

    /// <summary>Keeps a frame, unless the round is over or too much is kept.</summary>
    public void Add(ReadOnlySpan<byte> frame, long offsetNs)
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
            _frames.Add((frame.ToArray(), offsetNs));
        }
    }

    /// <summary>Says that what was added is all there is.</summary>
    public void EndRound() => _ended = true;

    /// <summary>A frame.</summary>
    public ReadOnlySpan<byte> Bytes(int index) => _frames[index].Bytes;

    /// <summary>When it is due, nanoseconds after the first of the round.</summary>
    public long OffsetNs(int index) => _frames[index].OffsetNs;
}
