namespace NetTools.PktSniff.Inject.Rewrite;

/// <summary>What was changed in frames, each counted once however often it is sent.</summary>
internal sealed class RewriteCounts
{
    /// <summary>Frames in which an address was changed.</summary>
    public long Rewritten { get; set; }

    /// <summary>Frames in which a checksum was wrong and is right now.</summary>
    public long Mended { get; set; }

    /// <summary>Fragments, whose transport's checksum was left alone: what it covers is in several frames.</summary>
    public long Fragments { get; set; }

    /// <summary>Frames whose transport's checksum was left alone because not all that it covers is there.</summary>
    public long Incomplete { get; set; }
}
