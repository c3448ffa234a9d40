using System.Runtime.CompilerServices;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>
/// A submission and a completion ring shared with the kernel, io_uring(7), without liburing. One thread uses it: the one that
/// made it.
/// </summary>
public sealed unsafe class IoUring : IDisposable
{
    private readonly Descriptor _ring;
    private readonly byte* _rings;
    private readonly nuint _ringsLength;
    private readonly io_uring_sqe* _entries;
    private readonly nuint _entriesLength;
    private readonly uint _entryMask;
    private readonly uint _completionMask;
    private readonly uint* _submissionTail;
    private readonly uint* _submissionFlags;
    private readonly uint* _completionHead;
    private readonly uint* _completionTail;
    private readonly io_uring_cqe* _completions;
    private uint _prepared;

    /// <summary>Makes the rings.</summary>
    /// <param name="entries">Submissions that can be prepared at a time; rounded up to a power of two, at most 32768.</param>
    /// <param name="completions">Completions that can wait to be read; rounded up too, at most 65536.</param>
    /// <param name="flags">IORING_SETUP_ flags besides the sizes.</param>
    /// <exception cref="LibcException">
    /// ENOSYS, EPERM (kernel.io_uring_disabled), EINVAL (a flag is too young), ENOMEM.
    /// </exception>
    public IoUring(uint entries, uint completions, uint flags)
    {
        io_uring_params parameters = default;
        parameters.flags = flags | (uint)LibC.IORING_SETUP_CLAMP | (uint)LibC.IORING_SETUP_CQSIZE;
        parameters.cq_entries = completions;
        _ring = Descriptor.Open((int)Linux.SystemCall(Linux.SYS_io_uring_setup, true, entries, (long)&parameters, 0),
            "creating an io_uring",
            "needs Linux 6.1 and kernel.io_uring_disabled=0");
        try
        {
            _ringsLength = Math.Max(
                parameters.sq_off.array + (parameters.sq_entries * sizeof(uint)),
                parameters.cq_off.cqes + (parameters.cq_entries * (uint)sizeof(io_uring_cqe)));
            _rings = Map(_ringsLength, (long)(ulong)LibC.IORING_OFF_SQ_RING);
            _entriesLength = parameters.sq_entries * (nuint)sizeof(io_uring_sqe);
            _entries = (io_uring_sqe*)Map(_entriesLength, (long)(ulong)LibC.IORING_OFF_SQES);
        }
        catch (LibcException)
        {
            Dispose();
            throw;
        }

        _entryMask = parameters.sq_entries - 1;
        _submissionTail = (uint*)(_rings + parameters.sq_off.tail);
        _submissionFlags = (uint*)(_rings + parameters.sq_off.flags);
        uint* order = (uint*)(_rings + parameters.sq_off.array);
        for (uint i = 0; i < parameters.sq_entries; i++)
        {
            order[i] = i;
        }

        _completionMask = parameters.cq_entries - 1;
        _completionHead = (uint*)(_rings + parameters.cq_off.head);
        _completionTail = (uint*)(_rings + parameters.cq_off.tail);
        _completions = (io_uring_cqe*)(_rings + parameters.cq_off.cqes);
    }

    /// <summary>The ring's descriptor.</summary>
    public int FileDescriptor => _ring.Value;

    /// <summary>
    /// True when the kernel has work for this thread to run in <see cref="Enter"/> with IORING_ENTER_GETEVENTS; known only with
    /// IORING_SETUP_TASKRUN_FLAG. One call runs some twenty pieces of it, not all.
    /// </summary>
    public bool WorkPending => (Volatile.Read(ref *_submissionFlags) & Linux.IORING_SQ_TASKRUN) != 0;

    /// <summary>A submission to fill in, all zero. When the ring is full, what is in it is submitted first.</summary>
    /// <exception cref="LibcException">The full ring could not be submitted.</exception>
    public io_uring_sqe* Prepare()
    {
        if (_prepared > _entryMask)
        {
            Errno.Check(Enter(0, 0), "submitting to an io_uring");
        }

        uint tail = *_submissionTail;
        io_uring_sqe* entry = &_entries[tail & _entryMask];
        *entry = default;
        Volatile.Write(ref *_submissionTail, tail + 1);
        _prepared++;
        return entry;
    }

    /// <summary>Submits what was prepared, io_uring_enter(2).</summary>
    /// <param name="minimum">How many completions to wait for.</param>
    /// <param name="flags">IORING_ENTER_ flags; IORING_ENTER_GETEVENTS to wait, and to run deferred work.</param>
    /// <returns>How many were submitted; -1 with errno.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Enter(uint minimum, uint flags)
    {
        int submitted = (int)Linux.SystemCall(Linux.SYS_io_uring_enter, minimum > 0, _ring.Value, _prepared, minimum, flags);
        _prepared -= (uint)Math.Max(submitted, 0);
        return submitted;
    }

    /// <summary>The oldest completion not yet passed by <see cref="Advance"/>, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public io_uring_cqe* Peek()
    {
        uint head = *_completionHead;
        return head == Volatile.Read(ref *_completionTail) ? null : &_completions[head & _completionMask];
    }

    /// <summary>Gives the oldest completion's place back to the kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance() => Volatile.Write(ref *_completionHead, *_completionHead + 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        Unmap(_rings, _ringsLength);
        Unmap((byte*)_entries, _entriesLength);
        _ring.Dispose();
    }

    private static void Unmap(byte* start, nuint length)
    {
        if (start != null)
        {
            LibC.munmap(start, (size_t)length);
        }
    }

    private byte* Map(nuint length, long offset)
    {
        void* start = LibC.mmap(null, (size_t)length, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED | LibC.MAP_POPULATE,
            _ring.Value, offset);
        return start != LibC.MAP_FAILED ? (byte*)start : throw new LibcException("mapping an io_uring", Errno.Last);
    }
}
