using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.MuxBench.Mechanisms;

/// <summary>
/// io_uring(7) with a multishot poll request for each descriptor: the kernel writes a completion at each arrival. The work is
/// deferred to the call that waits (IORING_SETUP_DEFER_TASKRUN), as a program with one loop would have it.
/// </summary>
internal sealed unsafe class UringMechanism : Mechanism
{
    private const int SubmissionEntries = 64;
    private const ulong NoDescriptor = ulong.MaxValue;

    private readonly IoUring _ring;
    private readonly bool* _requested; // by descriptor
    private readonly int _highest;

    public UringMechanism(Room room)
        : base(room)
    {
        _highest = room.HighestDescriptor;
        _requested = Allocate<bool>(_highest + 1);
        // Twice the descriptors: each may have an arrival and the answer to a removal waiting.
        _ring = new IoUring(SubmissionEntries, (uint)Math.Max(2 * room.Descriptors, 2 * SubmissionEntries),
            Linux.IORING_SETUP_SINGLE_ISSUER | Linux.IORING_SETUP_DEFER_TASKRUN | Linux.IORING_SETUP_TASKRUN_FLAG);
    }

    public override bool ReportsArrivals => true;

    public override void Add(int descriptor)
    {
        _requested[descriptor] = true;
        PrepareAdd(descriptor);
        Submit("adding a poll request");
    }

    public override void Modify(int descriptor)
    {
        io_uring_sqe* entry = PrepareChange(descriptor);
        entry->len = Linux.IORING_POLL_UPDATE_EVENTS | Linux.IORING_POLL_ADD_MULTI;
        PollEvents(entry) = (uint)LibC.POLLIN;
        Submit("changing a poll request");
    }

    public override void Remove(int descriptor)
    {
        _requested[descriptor] = false;
        PrepareChange(descriptor);
        Submit("removing a poll request");
        Collect(0); // the removed request's last completion
    }

    public override int Wait(bool block)
    {
        uint minimum = block ? 1u : 0u;
        int count = 0;
        do
        {
            if (_ring.Enter(minimum, (uint)LibC.IORING_ENTER_GETEVENTS) < 0)
            {
                return -1;
            }

            count = Collect(count);
            minimum = 0;
        }
        while (_ring.WorkPending && count < Capacity);
        return count;
    }

    public override void Dispose()
    {
        // Closing alone would leave the requests to a kernel thread, which would then disturb the next measurement.
        for (int descriptor = 0; descriptor <= _highest; descriptor++)
        {
            if (_requested[descriptor])
            {
                PrepareChange(descriptor);
            }
        }

        _ = _ring.Enter(0, (uint)LibC.IORING_ENTER_GETEVENTS);
        Free(_requested);
        _ring.Dispose();
        base.Dispose();
    }

    private static ref uint PollEvents(io_uring_sqe* entry) => ref *(uint*)&entry->rw_flags; // poll32_events, in the same union

    private void PrepareAdd(int descriptor)
    {
        io_uring_sqe* entry = _ring.Prepare();
        entry->opcode = (byte)LibC.IORING_OP_POLL_ADD;
        entry->fd = descriptor;
        entry->len = Linux.IORING_POLL_ADD_MULTI;
        entry->user_data = (ulong)descriptor;
        PollEvents(entry) = (uint)LibC.POLLIN;
    }

    /// <summary>A request about another request: that one is named by its user data.</summary>
    private io_uring_sqe* PrepareChange(int descriptor)
    {
        io_uring_sqe* entry = _ring.Prepare();
        entry->opcode = (byte)LibC.IORING_OP_POLL_REMOVE;
        entry->fd = -1;
        entry->addr = (ulong)descriptor;
        entry->flags = Linux.IOSQE_CQE_SKIP_SUCCESS;
        entry->user_data = NoDescriptor;
        return entry;
    }

    private void Submit(string doing) => Check(_ring.Enter(0, (uint)LibC.IORING_ENTER_GETEVENTS), doing);

    /// <summary>Takes the completions that are there and adds their descriptors to those found so far.</summary>
    private int Collect(int count)
    {
        for (io_uring_cqe* completion = _ring.Peek(); completion != null && count < Capacity; completion = _ring.Peek())
        {
            int descriptor = (int)completion->user_data;
            bool arrived = completion->res >= 0 && completion->user_data != NoDescriptor;
            bool ended = (completion->flags & Linux.IORING_CQE_F_MORE) == 0;
            _ring.Advance();
            if (arrived)
            {
                Ready[count++] = descriptor;
                if (ended)
                {
                    PrepareAdd(descriptor); // goes with the next call
                }
            }
        }

        return count;
    }
}
