using System.Runtime.InteropServices;
using NetTools.Os;

namespace NetTools.MuxBench.Mechanisms;

/// <summary>How much a mechanism must have room for.</summary>
/// <param name="Descriptors">The most descriptors watched at a time.</param>
/// <param name="HighestDescriptor">The highest of their numbers.</param>
internal readonly record struct Room(int Descriptors, int HighestDescriptor)
{
    /// <summary>
    /// A mechanism of the same kind and room, which lives longer, whose place for results is used; null for a place of its own. A
    /// program has one such place however many sets it watches, and sixteen of them would not stay in the nearest cache.
    /// </summary>
    public Mechanism? Lender { get; init; }
}

/// <summary>
/// One way to wait for descriptors to become readable. What <see cref="Wait"/> does is what a program must do at each turn
/// of its loop: prepare what the call destroys, call, and find the ready descriptors. That is what is timed.
/// </summary>
internal abstract unsafe class Mechanism : IDisposable
{
    private readonly bool _borrows;

    protected Mechanism(Room room)
    {
        Capacity = room.Descriptors;
        _borrows = room.Lender is not null;
        Ready = _borrows ? room.Lender!.Ready : Allocate<int>(Capacity);
    }

    /// <summary>The descriptors that the last <see cref="Wait"/> found.</summary>
    public int* Ready { get; private set; }

    /// <summary>How many descriptors one <see cref="Wait"/> can report.</summary>
    protected int Capacity { get; }

    /// <summary>
    /// True when a descriptor is reported once for each arrival rather than at each call while it is readable: then each
    /// timed call needs new arrivals before it.
    /// </summary>
    public virtual bool ReportsArrivals => false;

    /// <summary>
    /// True when something is readable at each call, so that a call that waits does not sleep: the runtime then prepares for
    /// nothing, and the call costs what it costs a program in C.
    /// </summary>
    public bool ReturnsAtOnce { get; set; }

    /// <summary>Begins to watch a descriptor for reading.</summary>
    public abstract void Add(int descriptor);

    /// <summary>Changes what is watched for, to the same: the cost of a change.</summary>
    public abstract void Modify(int descriptor);

    /// <summary>Stops watching a descriptor.</summary>
    public abstract void Remove(int descriptor);

    /// <summary>One turn: writes the ready descriptors to <see cref="Ready"/>.</summary>
    /// <param name="block">Whether to wait for one when none is ready.</param>
    /// <returns>How many are ready; -1 with errno.</returns>
    public abstract int Wait(bool block);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        if (!_borrows)
        {
            Free(Ready);
        }

        Ready = null;
    }

    protected static T* Allocate<T>(int count)
        where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)Math.Max(count, 1), (nuint)sizeof(T));

    protected static void Free(void* memory) => NativeMemory.Free(memory);

    protected static int Check(int result, string doing) => Errno.Check(result, doing);
}
