using System.Runtime.InteropServices;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Descriptors that have more to read than one turn allows, served in turn so that a greedy peer cannot starve the rest.
/// </summary>
/// <param name="capacity">Descriptors are below this number; each stands in the list at most once.</param>
internal sealed unsafe class ReadyList(int capacity) : IDisposable
{
    private readonly int* _ring = (int*)NativeMemory.Alloc((nuint)capacity, sizeof(int));
    private int _head;

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>The first, when there is one.</summary>
    public int First => _ring[_head];

    /// <summary>Adds one at the end.</summary>
    public void Add(int descriptor)
    {
        int tail = _head + Count;
        _ring[tail < capacity ? tail : tail - capacity] = descriptor;
        Count++;
    }

    /// <summary>Takes the first.</summary>
    public int Take()
    {
        int descriptor = _ring[_head];
        _head = _head + 1 < capacity ? _head + 1 : 0;
        Count--;
        return descriptor;
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(_ring);
}
