using System.Runtime.InteropServices;

namespace NetTools.RawPing.Probing;

/// <summary>Where a probe stands.</summary>
internal enum ProbeState : byte
{
    /// <summary>The slot was never used.</summary>
    Unused,

    /// <summary>Sent, no answer yet, time left.</summary>
    Waiting,

    /// <summary>Its time is over; an answer now is late.</summary>
    Expired,

    /// <summary>Answered in time.</summary>
    Answered,

    /// <summary>Answered after its time.</summary>
    AnsweredLate,

    /// <summary>An ICMP error came about it.</summary>
    Failed,
}

/// <summary>One probe: all that is known of it is here, nothing in the packet.</summary>
internal struct Probe
{
    /// <summary>Its number in the run, from 1, never wrapping; its low 16 bits are the sequence number on the wire.</summary>
    public ulong Number;

    /// <summary>CLOCK_MONOTONIC just before the send, ns.</summary>
    public long Sent;

    /// <summary>
    /// CLOCK_REALTIME just before the send, ns: a kernel stamp before this is of another packet.
    /// <see cref="long.MaxValue"/> when no stamp was asked for.
    /// </summary>
    public long SentRealtime;

    /// <summary>The kernel's transmit stamp, CLOCK_REALTIME ns; 0 when there is none.</summary>
    public long KernelSent;

    /// <summary>Which target, an index.</summary>
    public int Target;

    /// <summary>The how-manieth probe to that target, from 1.</summary>
    public uint Sequence;

    /// <summary>Where it stands.</summary>
    public ProbeState State;
}

/// <summary>The last 65,536 probes, found by the sequence number on the wire. A new probe takes the slot of the oldest.</summary>
internal sealed unsafe class ProbeTable : IDisposable
{
    /// <summary>As many as there are sequence numbers.</summary>
    public const int Size = 65536;

    // Zeroed pages that are never touched cost nothing: a run of five pings uses one.
    private Probe* _probes = (Probe*)NativeMemory.AllocZeroed(Size, (nuint)sizeof(Probe));
    private ulong _oldest = 1;

    /// <summary>The number of the newest probe; 0 before the first.</summary>
    public ulong Newest { get; private set; }

    /// <summary>Probes in state <see cref="ProbeState.Waiting"/>.</summary>
    public int Waiting { get; private set; }

    /// <summary>Notes a probe that is about to be sent.</summary>
    /// <returns>Its slot, which holds until 65,536 probes later.</returns>
    public ref Probe Add(int target, uint sequence, long now, long realtime)
    {
        ulong number = Newest + 1;
        ref Probe probe = ref _probes[(ushort)number];
        // A slot that was never used is not even read: reading would map its page once more than writing does.
        if (number > Size && probe.State == ProbeState.Waiting)
        {
            Settle(ref probe, ProbeState.Expired);
        }

        probe = new Probe
        {
            Number = number,
            Sent = now,
            SentRealtime = realtime,
            Target = target,
            Sequence = sequence,
            State = ProbeState.Waiting,
        };
        Newest = number;
        Waiting++;
        return ref probe;
    }

    /// <summary>Forgets the newest probe: it could not be sent.</summary>
    public void TakeBack()
    {
        ref Probe probe = ref _probes[(ushort)Newest];
        if (probe.State == ProbeState.Waiting)
        {
            Waiting--;
        }

        probe = default;
        Newest--;
    }

    /// <summary>The probe that last had this sequence number on the wire; Unused when there was none.</summary>
    public ref Probe this[ushort wireSequence] => ref _probes[wireSequence];

    /// <summary>Moves a probe out of the waiting state.</summary>
    public void Settle(ref Probe probe, ProbeState state)
    {
        if (probe.State == ProbeState.Waiting)
        {
            Waiting--;
        }

        probe.State = state;
    }

    /// <summary>When the oldest waiting probe was sent, ns; <see cref="long.MaxValue"/> when none waits.</summary>
    public long OldestSent
    {
        get
        {
            SkipSettled();
            return _oldest <= Newest ? _probes[(ushort)_oldest].Sent : long.MaxValue;
        }
    }

    /// <summary>Expires probes sent at <paramref name="before"/> or earlier.</summary>
    public void Expire(long before)
    {
        while (OldestSent <= before)
        {
            Settle(ref _probes[(ushort)_oldest], ProbeState.Expired);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_probes);
        _probes = null;
    }

    private void SkipSettled()
    {
        if (Newest >= Size && _oldest <= Newest - Size)
        {
            _oldest = Newest - Size + 1;
        }

        while (_oldest <= Newest && _probes[(ushort)_oldest].State != ProbeState.Waiting)
        {
            _oldest++;
        }
    }
}
