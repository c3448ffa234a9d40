namespace NetTools.RawPing.Results;

/// <summary>Sequence numbers as ranges in ascending order; memory is bounded by a limit on their number.</summary>
internal sealed class SequenceRanges
{
    /// <summary>Ranges kept; numbers that would need a further one are only counted.</summary>
    public const int Most = 10_000;

    private readonly List<(long First, long Last)> _ranges = [];

    /// <summary>The ranges, both ends included.</summary>
    public IReadOnlyList<(long First, long Last)> All => _ranges;

    /// <summary>Numbers that found no room.</summary>
    public long Omitted { get; private set; }

    /// <summary>Adds a number that is not there yet; most come in ascending order.</summary>
    public void Add(long number)
    {
        int at = _ranges.Count;
        while (at > 0 && _ranges[at - 1].First > number)
        {
            at--;
        }

        bool joinsLeft = at > 0 && _ranges[at - 1].Last == number - 1;
        bool joinsRight = at < _ranges.Count && _ranges[at].First == number + 1;
        if (joinsLeft && joinsRight)
        {
            _ranges[at - 1] = (_ranges[at - 1].First, _ranges[at].Last);
            _ranges.RemoveAt(at);
        }
        else if (joinsLeft)
        {
            _ranges[at - 1] = (_ranges[at - 1].First, number);
        }
        else if (joinsRight)
        {
            _ranges[at] = (number, _ranges[at].Last);
        }
        else if (_ranges.Count < Most)
        {
            _ranges.Insert(at, (number, number));
        }
        else
        {
            Omitted++;
        }
    }
}
