namespace NetTools.PktSniff.Traffic;

/// <summary>How much went by.</summary>
internal struct Volume
{
    /// <summary>Frames.</summary>
    public long Frames;

    /// <summary>Their bytes on the wire.</summary>
    public long Bytes;

    /// <summary>Adds a frame.</summary>
    public void Add(long length)
    {
        Frames++;
        Bytes += length;
    }

    /// <summary>The sum of two.</summary>
    public static Volume operator +(Volume a, Volume b) => new() { Frames = a.Frames + b.Frames, Bytes = a.Bytes + b.Bytes };

    /// <summary>What came since <paramref name="b"/>.</summary>
    public static Volume operator -(Volume a, Volume b) => new() { Frames = a.Frames - b.Frames, Bytes = a.Bytes - b.Bytes };
}
