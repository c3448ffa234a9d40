using NetTools.Os;
using Tmds.Linux;

namespace NetTools.MuxBench.Mechanisms;

/// <summary>poll(2): an array of all descriptors goes into the kernel at each call.</summary>
internal unsafe class PollMechanism : Mechanism
{
    private readonly int* _places; // of each descriptor in the array, so that removing one need not search

    public PollMechanism(Room room)
        : base(room)
    {
        Array = Allocate<pollfd>(room.Descriptors);
        _places = Allocate<int>(room.HighestDescriptor + 1);
    }

    protected pollfd* Array { get; }

    protected int Length { get; private set; }

    public override void Add(int descriptor)
    {
        _places[descriptor] = Length;
        Array[Length++] = new pollfd { fd = descriptor, events = LibC.POLLIN };
    }

    public override void Modify(int descriptor) => Array[_places[descriptor]].events = LibC.POLLIN;

    public override void Remove(int descriptor)
    {
        int place = _places[descriptor];
        Array[place] = Array[--Length];
        _places[Array[place].fd] = place;
    }

    public override int Wait(bool block) => Collect(Readiness.Poll(Array, Length, block, ReturnsAtOnce));

    public override void Dispose()
    {
        base.Dispose();
        Free(Array);
        Free(_places);
    }

    /// <summary>Walks the array until all that are ready are found.</summary>
    protected int Collect(int count)
    {
        int found = 0;
        for (pollfd* entry = Array; found < count; entry++)
        {
            if (entry->revents != 0)
            {
                Ready[found++] = entry->fd;
            }
        }

        return count;
    }
}

/// <summary>ppoll(2): poll with nanoseconds and a signal mask.</summary>
internal sealed unsafe class PpollMechanism(Room room) : PollMechanism(room)
{
    public override int Wait(bool block) => Collect(Readiness.Ppoll(Array, Length, block, ReturnsAtOnce));
}
