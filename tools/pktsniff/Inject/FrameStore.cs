namespace NetTools.PktSniff.Inject;

/// <summary>The frames of one round and when they were recorded, kept while they fit to be sent again.</summary>
internal sealed class FrameStore
{
    private const long MostBytes = 64L * 1024 * 1024;
    private const int AroundFrame = 64;

    private readonly List<(byte[] Bytes, long RecordedNs)> _frames = [];
    private long _bytes;
    private bool _ended;

    /// <summary>True when a whole round is kept.</summary>
    public bool IsComplete => _ended && _bytes <= MostBytes && _frames.Count > 0;

    /// <summary>Frames kept.</summary>
    public int Count => _frames.Count;

    /// <summary>Keeps a frame, unless the round is over or too much is kept.</summary>
    public void Add(ReadOnlySpan<byte> frame, long recordedNs)
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
            _frames.Add((frame.ToArray(), recordedNs));
        }
    }

    /// <summary>Says that what was added is all there is.</summary>
    public void EndRound() => _ended = true;

    /// <summary>A frame.</summary>
    public ReadOnlySpan<byte> Bytes(int index) => _frames[index].Bytes;

    /// <summary>When it was recorded, nanoseconds since 1970.</summary>
    public long RecordedNs(int index) => _frames[index].RecordedNs;
}
