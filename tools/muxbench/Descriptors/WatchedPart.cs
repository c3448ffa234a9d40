using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.MuxBench.Descriptors;

/// <summary>
/// The descriptors that one size watches, and their peers. A watched one is readable when something waits in it: a byte, or
/// a count in an eventfd.
/// </summary>
internal sealed unsafe class WatchedPart(DescriptorKind kind, int[] watched, int[] peers)
{
    private const int ArrivalTimeout = 5000; // milliseconds

    private readonly int _bytes = kind == DescriptorKind.EventFd ? sizeof(ulong) : 1;
    private int[] _ready = [];

    /// <summary>The watched descriptors.</summary>
    public ReadOnlySpan<int> Watched => watched;

    /// <summary>What to write to, in the same order.</summary>
    public ReadOnlySpan<int> Peers => peers;

    /// <summary>The highest number of the watched ones.</summary>
    public int Highest { get; } = watched.Max();

    /// <summary>Makes <paramref name="count"/> of them readable and no others.</summary>
    /// <param name="count">At most as many as are watched.</param>
    /// <param name="position">Which ones.</param>
    /// <param name="random">Draws them where chance decides; null takes them evenly spread.</param>
    public void MakeReady(int count, ReadyPosition position = ReadyPosition.Even, Random? random = null)
    {
        Take();
        _ready = new int[count];
        for (int i = 0; i < count; i++)
        {
            _ready[i] = position switch
            {
                ReadyPosition.First => i,
                ReadyPosition.Last => watched.Length - count + i,
                _ => (int)(((2L * i) + 1) * watched.Length / (2L * count)),
            };
        }

        if (position == ReadyPosition.Random && random is not null)
        {
            int[] all = [.. Enumerable.Range(0, watched.Length)];
            random.Shuffle(all);
            _ready = [.. all[..count].Order()];
        }

        Put();
    }

    /// <summary>Takes out of each readable one what is in it and puts something in again: a new arrival.</summary>
    public void Renew()
    {
        Take();
        Put();
    }

    /// <summary>Makes one readable.</summary>
    public void Write(int index)
    {
        ulong one = 1;
        Errno.Check(Linux.SystemCall(Linux.SYS_write, mayWait: false, peers[index], (long)&one, _bytes),
            "writing to a descriptor under test");
    }

    /// <summary>Takes one arrival out.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Read(int index)
    {
        ulong one;
        long taken = Linux.SystemCall(Linux.SYS_read, mayWait: false, watched[index], (long)&one, _bytes);
        return taken == _bytes || (taken < 0 && Errno.Last == LibC.EAGAIN ? false
            : throw new LibcException("reading from a descriptor under test", Errno.Last));
    }

    private void Put()
    {
        foreach (int index in _ready)
        {
            Write(index);
            if (kind == DescriptorKind.Tcp)
            {
                WaitForArrival(index);
            }
        }
    }

    private void Take()
    {
        foreach (int index in _ready)
        {
            Read(index);
        }
    }

    /// <summary>The network may deliver on another thread of the kernel.</summary>
    private void WaitForArrival(int index)
    {
        pollfd entry = new() { fd = watched[index], events = LibC.POLLIN };
        if (Linux.poll(&entry, 1, ArrivalTimeout) == 0)
        {
            throw new OperationFailedException("a byte sent over 127.0.0.1 did not arrive");
        }
    }
}
