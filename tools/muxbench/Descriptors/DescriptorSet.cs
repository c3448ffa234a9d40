using NetTools.Os;
using Tmds.Linux;

namespace NetTools.MuxBench.Descriptors;

/// <summary>All descriptors of a run, opened once; each size watches a part of them.</summary>
internal sealed unsafe class DescriptorSet : IDisposable
{
    /// <summary>Numbers above this are not asked for: the kernel's table of a process would grow to gigabytes.</summary>
    private const int HighestNumber = 1 << 20;

    private readonly DescriptorKind _kind;
    private readonly Placement _placement;
    private readonly int[] _watched;
    private readonly int[] _peers;
    private readonly Dictionary<int, WatchedPart> _parts = [];
    private int _opened;

    /// <summary>Opens descriptors until <paramref name="count"/> can be watched.</summary>
    /// <param name="kind">What to open.</param>
    /// <param name="placement">Where the watched ones lie.</param>
    /// <param name="count">The largest number to watch.</param>
    /// <param name="limit">All numbers are below it.</param>
    /// <exception cref="LibcException">The kernel refuses one: EMFILE, ENOMEM, ...</exception>
    public DescriptorSet(DescriptorKind kind, Placement placement, int count, int limit)
    {
        _kind = kind;
        _placement = placement;
        _watched = new int[count];
        _peers = new int[count];
        int end = Math.Min(limit, HighestNumber);
        try
        {
            using DescriptorOpener opener = new(kind);
            for (; _opened < count; _opened++)
            {
                (_watched[_opened], _peers[_opened]) = opener.Open();
                if (placement == Placement.Sparse)
                {
                    Move(_opened, (int)(((long)(_opened + 1) * end / count) - 1));
                }
            }
        }
        catch (LibcException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The highest number of all watched ones.</summary>
    public int Highest => _watched.Max();

    /// <summary>The first <paramref name="fds"/> descriptors; when they are sparse, that many out of all, evenly.</summary>
    public WatchedPart Part(int fds)
    {
        if (!_parts.TryGetValue(fds, out WatchedPart? part))
        {
            int[] indices = [.. Enumerable.Range(1, fds).Select(i =>
                _placement == Placement.Dense ? i - 1 : (int)((long)i * _watched.Length / fds) - 1)];
            part = new(_kind, [.. indices.Select(i => _watched[i])], [.. indices.Select(i => _peers[i])]);
            _parts.Add(fds, part);
        }

        return part;
    }

    public void Dispose()
    {
        for (int i = 0; i < _opened; i++)
        {
            LibC.close(_peers[i]); // first: it resets a TCP connection
            if (_watched[i] != _peers[i])
            {
                LibC.close(_watched[i]);
            }
        }

        _opened = 0;
    }

    /// <summary>Gives a watched one a number from <paramref name="number"/> up, if there is one left.</summary>
    private void Move(int index, int number)
    {
        int moved = LibC.fcntl(_watched[index], LibC.F_DUPFD_CLOEXEC, number);
        if (moved < 0)
        {
            return; // near the limit all numbers are taken, and dense is sparse
        }

        LibC.close(_watched[index]);
        _peers[index] = _peers[index] == _watched[index] ? moved : _peers[index];
        _watched[index] = moved;
    }
}
