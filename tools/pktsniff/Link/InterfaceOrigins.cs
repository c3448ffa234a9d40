using NetTools.Os;

namespace NetTools.PktSniff.Link;

/// <summary>The interfaces behind <c>-i any</c>: each frame says the number of its own, printing wants the name.</summary>
/// <param name="any">What they all are in a file.</param>
internal sealed class InterfaceOrigins(FrameOrigin any)
{
    private const int Most = 4096;

    private readonly Dictionary<int, FrameOrigin> _known = [];
    private readonly HashSet<int> _fresh = [];
    private FrameOrigin? _last;
    private int _lastIndex;
    private uint _second;

    /// <summary>
    /// The interface of that number, by the name it has in this second; one that is gone is called by its number.
    /// </summary>
    /// <param name="index">The interface's number.</param>
    /// <param name="second">When the frame came: names are looked up again when it changes.</param>
    public FrameOrigin Of(int index, uint second)
    {
        if (second != _second)
        {
            _second = second;
            _fresh.Clear();
            _last = null;
        }

        if (_last is null || index != _lastIndex)
        {
            _last = LookUp(index);
            _lastIndex = index;
        }

        return _last;
    }

    private FrameOrigin LookUp(int index)
    {
        bool isKnown = _known.TryGetValue(index, out FrameOrigin? origin);
        if (isKnown && !_fresh.Add(index))
        {
            return origin!;
        }

        // One that is gone keeps the name it had.
        string? name = Interfaces.Name(index);
        if (!isKnown || (name is not null && name != origin!.Interface))
        {
            int mtu = name is null ? 0 : Interfaces.Mtu(name);
            origin = new FrameOrigin(name ?? $"if{index}", any.LinkType, any.Snaplen, any.Number, IsOneOfSeveral: true, mtu);
            if (isKnown || _known.Count < Most)
            {
                _known[index] = origin;
                _fresh.Add(index);
            }
        }

        return origin!;
    }
}
