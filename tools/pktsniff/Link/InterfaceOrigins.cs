using NetTools.Os;

namespace NetTools.PktSniff.Link;

/// <summary>The interfaces behind <c>-i any</c>: each frame says the number of its own, printing wants the name.</summary>
/// <param name="any">What they all are in a file.</param>
internal sealed class InterfaceOrigins(FrameOrigin any)
{
    private const int Most = 4096;

    private readonly Dictionary<int, FrameOrigin> _known = [];
    private FrameOrigin? _last;
    private int _lastIndex;

    /// <summary>The interface of that number; one that is gone is called by it.</summary>
    public FrameOrigin Of(int index)
    {
        if (_last is null || index != _lastIndex)
        {
            _last = LookUp(index);
            _lastIndex = index;
        }

        return _last;
    }

    private FrameOrigin LookUp(int index)
    {
        if (!_known.TryGetValue(index, out FrameOrigin? origin))
        {
            string? name = Interfaces.Name(index);
            int mtu = name is null ? 0 : Interfaces.Mtu(name);
            origin = new FrameOrigin(name ?? $"if{index}", any.LinkType, any.Snaplen, any.Number, IsOneOfSeveral: true, mtu);
            if (_known.Count < Most)
            {
                _known.Add(index, origin);
            }
        }

        return origin;
    }
}
