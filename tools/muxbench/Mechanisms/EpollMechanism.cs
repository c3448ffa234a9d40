using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.MuxBench.Mechanisms;

/// <summary>epoll(7), level-triggered: the kernel keeps the set, and a list of those that are ready.</summary>
/// <param name="room">One call has room for the events of all descriptors.</param>
/// <param name="flags">EPOLLET, EPOLLONESHOT or 0.</param>
internal unsafe class EpollMechanism(Room room, int flags = 0) : Mechanism(room)
{
    private readonly bool _borrows = room.Lender is not null;

    protected epoll_event* Events { get; } = room.Lender is EpollMechanism lender ? lender.Events
        : Allocate<epoll_event>(room.Descriptors);

    protected int Epoll { get; } = Check(LibC.epoll_create1(LibC.EPOLL_CLOEXEC), "creating an epoll instance");

    public override void Add(int descriptor) => Check(Control(LibC.EPOLL_CTL_ADD, descriptor), "adding to an epoll instance");

    public override void Modify(int descriptor) => Check(Control(LibC.EPOLL_CTL_MOD, descriptor), "changing an epoll entry");

    public override void Remove(int descriptor) =>
        Check(Control(LibC.EPOLL_CTL_DEL, descriptor), "removing from an epoll instance");

    public override int Wait(bool block) => Collect(Os.Epoll.Wait(Epoll, Events, Capacity, block, ReturnsAtOnce));

    public override void Dispose()
    {
        base.Dispose();
        if (!_borrows)
        {
            Free(Events);
        }

        LibC.close(Epoll);
    }

    protected int Collect(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Ready[i] = Events[i].data.fd;
        }

        return count;
    }

    protected int Control(int operation, int descriptor)
    {
        epoll_event entry = new() { events = LibC.EPOLLIN | flags };
        entry.data.fd = descriptor;
        return Linux.epoll_ctl(Epoll, operation, descriptor, &entry);
    }
}

/// <summary>epoll, edge-triggered: a descriptor is reported once for each arrival.</summary>
internal sealed class EpollEdgeMechanism(Room room) : EpollMechanism(room, LibC.EPOLLET)
{
    public override bool ReportsArrivals => true;
}

/// <summary>
/// epoll with EPOLLONESHOT: a reported descriptor is silent until it is armed again, which is part of the turn.
/// </summary>
internal sealed unsafe class EpollOneshotMechanism(Room room) : EpollMechanism(room, LibC.EPOLLONESHOT)
{
    public override int Wait(bool block)
    {
        int count = base.Wait(block);
        for (int i = 0; i < count; i++)
        {
            Check(Control(LibC.EPOLL_CTL_MOD, Ready[i]), "arming an epoll entry again");
        }

        return count;
    }
}

/// <summary>epoll_pwait2(2): level-triggered, the timeout in nanoseconds.</summary>
internal sealed unsafe class EpollPwait2Mechanism(Room room) : EpollMechanism(room)
{
    public override int Wait(bool block) => Collect(Os.Epoll.Pwait2(Epoll, Events, Capacity, block, ReturnsAtOnce));
}
