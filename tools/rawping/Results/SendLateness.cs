namespace NetTools.RawPing.Results;

/// <summary>How long after their times by the schedule requests were sent, ns; zeros in a flood, which has no schedule.</summary>
internal struct SendLateness
{
    private const int Block = 20;

    private long _sends;
    private long _least;
    private long _leastBefore;

    /// <summary>Of the last request.</summary>
    public long Last { get; private set; }

    /// <summary>The longest.</summary>
    public long Longest { get; private set; }

    /// <summary>
    /// The shortest among the last 20 to 39 requests (or fewer, if there were fewer). A busy machine makes single requests
    /// late; only a schedule that slips makes all of them.
    /// </summary>
    public readonly long Drift => _sends == 0 ? 0 : _sends <= Block ? _least : Math.Min(_least, _leastBefore);

    /// <summary>Notes a send.</summary>
    public void Add(long late)
    {
        if (_sends % Block == 0)
        {
            _leastBefore = _least;
            _least = late;
        }

        _least = Math.Min(_least, late);
        _sends++;
        Last = late;
        Longest = Math.Max(Longest, late);
    }
}
