using System.Runtime.InteropServices;

namespace NetTools.RawPing.Probing;

/// <summary>Where a probe stands.</summary>
internal enum ProbeState : byte
{
    /// <summary>The slot was never used.</summary>
    Unused,

    /// <summary>Sent, no answer yet, time left.</summary>
    Waiting,

    /// <summary>An ICMP error came about it; a genuine answer in time still counts.</summary>
    Failed,

    /// <summary>The kernel never took it.</summary>
    Unsent,

    /// <summary>Its time is over; an answer now is late.</summary>
    Expired,

    /// <summary>Answered in time.</summary>
    Answered,

    /// <summary>Answered after its time.</summary>
    AnsweredLate,
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

    /// <summary>Ordinal of this probe for its target, from 1.</summary>
    public long Sequence;

    /// <summary>Type and code of the last ICMP error about it, the type in the upper byte; 0 for none.</summary>
    public ushort LastError;

    /// <summary>Where it stands.</summary>
    public ProbeState State;
}

/// <summary>Called when the time of a probe is over without an answer.</summary>
/// <param name="probe">As it was: waiting, or failed.</param>
internal delegate void ProbeLost(in Probe probe);

/// <summary>The last 65,536 probes, found by the sequence number on the wire. A new probe takes the slot of the oldest.</summary>
/// <param name="before">The number before that of the first probe; a test begins high.</param>
internal sealed unsafe class ProbeTable(ulong before = 0) : IDisposable
{
    /// <summary>As many as there are sequence numbers.</summary>
    public const int Size = 65536;

    // Zeroed pages that are never touched cost nothing: a run of five pings uses one.
    private Probe* _probes = (Probe*)NativeMemory.AllocZeroed(Size, (nuint)sizeof(Probe));
    private readonly ulong _before = before;
    private ulong _oldest = before + 1;

    /// <summary>Called for each probe whose time is over.</summary>
    public ProbeLost? Lost { get; set; }

    /// <summary>The number of the newest probe; 0 before the first.</summary>
    public ulong Newest { get; private set; } = before;

    /// <summary>Probes in state <see cref="ProbeState.Waiting"/>.</summary>
    public int Waiting { get; private set; }

    /// <summary>Probes in state <see cref="ProbeState.Failed"/>.</summary>
    public int Failed { get; private set; }

    /// <summary>Notes a probe that is about to be sent.</summary>
    /// <returns>Its slot, which holds until 65,536 probes later.</returns>
    public ref Probe Add(int target, long sequence, long now, long realtime)
    {
        ulong number = Newest + 1;
        ref Probe probe = ref _probes[(ushort)number];
        // A slot that was never used is not even read: reading would map its page once more than writing does.
        if (number > _before + Size && IsOpen(probe))
        {
            Expire(ref probe);
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

    /// <summary>Forgets the newest probe: it is to be sent again later.</summary>
    public void TakeBack()
    {
        ref Probe probe = ref _probes[(ushort)Newest];
        Settle(ref probe, ProbeState.Unused);
        probe = default;
        Newest--;
    }

    /// <summary>The probe that last had this sequence number on the wire; Unused when there was none.</summary>
    public ref Probe this[ushort wireSequence] => ref _probes[wireSequence];

    /// <summary>Moves a probe to another state.</summary>
    public void Settle(ref Probe probe, ProbeState state)
    {
        Waiting -= probe.State == ProbeState.Waiting ? 1 : 0;
        Failed += (state == ProbeState.Failed ? 1 : 0) - (probe.State == ProbeState.Failed ? 1 : 0);
        probe.State = state;
    }

    /// <summary>Ends the time of a probe that is waiting or failed.</summary>
    public void Expire(ref Probe probe)
    {
        Probe was = probe;
        Settle(ref probe, ProbeState.Expired);
        Lost?.Invoke(was);
    }

    /// <summary>
    /// When the oldest probe that is waiting or failed was sent, ns; <see cref="long.MaxValue"/> when there is none.
    /// </summary>
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
            Expire(ref _probes[(ushort)_oldest]);
        }
    }

    /// <summary>The numbers of the probes that are waiting or failed, oldest first.</summary>
    public IEnumerable<ulong> Open()
    {
        SkipSettled();
        for (ulong number = _oldest; number <= Newest; number++)
        {
            if (IsOpen(this[(ushort)number]))
            {
                yield return number;
            }
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

        while (_oldest <= Newest && !IsOpen(_probes[(ushort)_oldest]))
        {
            _oldest++;
        }
    }

    private static bool IsOpen(in Probe probe) => probe.State is ProbeState.Waiting or ProbeState.Failed;
}
