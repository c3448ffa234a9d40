using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.MuxBench.Descriptors;

/// <summary>
/// The descriptors under test: the watched ends of socket pairs, and the other ends to write to. A watched one is
/// readable when a byte waits in it.
/// </summary>
internal sealed unsafe class DescriptorSet : IDisposable
{
    /// <summary>Descriptors that each watched one costs.</summary>
    public const int PerWatched = 2;

    private readonly int[] _watched;
    private readonly int[] _peers;
    private int _opened;
    private int[] _ready = [];

    /// <summary>Opens pairs until <paramref name="count"/> can be watched.</summary>
    /// <exception cref="LibcException">The kernel refuses one: EMFILE, ENOMEM, ...</exception>
    public DescriptorSet(int count)
    {
        _watched = new int[count];
        _peers = new int[count];
        int* pair = stackalloc int[2];
        try
        {
            for (; _opened < count; _opened++)
            {
                Errno.Check(LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0, pair),
                    $"opening socket pair {_opened + 1} of {count}");
                _watched[_opened] = pair[0];
                _peers[_opened] = pair[1];
            }
        }
        catch (LibcException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The watched ends.</summary>
    public ReadOnlySpan<int> Watched => _watched;

    /// <summary>The highest of the first <paramref name="fds"/> watched ones.</summary>
    public int Highest(int fds)
    {
        int highest = 0;
        foreach (int descriptor in _watched.AsSpan(0, fds))
        {
            highest = Math.Max(highest, descriptor);
        }

        return highest;
    }

    /// <summary>Makes <paramref name="count"/> of the first <paramref name="fds"/> readable, evenly spread, and no others.</summary>
    public void MakeReady(int fds, int count)
    {
        Take();
        _ready = new int[count];
        for (int i = 0; i < count; i++)
        {
            _ready[i] = (int)(((2L * i) + 1) * fds / (2L * count));
        }

        Put();
    }

    /// <summary>Reads the byte out of each readable one and writes a new one: a new arrival, still one byte.</summary>
    public void Renew()
    {
        Take();
        Put();
    }

    public void Dispose()
    {
        for (int i = 0; i < _opened; i++)
        {
            LibC.close(_watched[i]);
            LibC.close(_peers[i]);
        }

        _opened = 0;
    }

    private void Put()
    {
        byte one = 1;
        foreach (int index in _ready)
        {
            Errno.Check((long)LibC.write(_peers[index], &one, 1), "writing to a socket pair");
        }
    }

    private void Take()
    {
        byte one;
        foreach (int index in _ready)
        {
            Errno.Check((long)LibC.read(_watched[index], &one, 1), "reading from a socket pair");
        }
    }
}
