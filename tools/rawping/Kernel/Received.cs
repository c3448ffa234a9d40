using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Kernel;

/// <summary>When a request left, as the error queue tells; the kernel's stamp and the network card's come one by one.</summary>
/// <param name="Number">The probe; 0 when this is not a stamp.</param>
/// <param name="Kernel">CLOCK_REALTIME ns, or 0.</param>
/// <param name="Hardware">The card's own clock, ns, or 0.</param>
internal readonly record struct TransmitStamp(ulong Number, long Kernel, long Hardware);

/// <summary>A message from a socket, with what the kernel said about it.</summary>
internal ref struct Received
{
    /// <summary>From the ICMP type on; valid until the next receive.</summary>
    public ReadOnlySpan<byte> Message;

    /// <summary>The IP options, when there were any.</summary>
    public ReadOnlySpan<byte> Options;

    /// <summary>The source address.</summary>
    public HostAddress Source;

    /// <summary>
    /// For an error from the error queue: where the quoted request went. The message is then the error's header and what it
    /// quotes.
    /// </summary>
    public HostAddress RequestDestination;

    /// <summary>The TTL or hop limit it arrived with; -1 when the kernel did not say.</summary>
    public int Ttl;

    /// <summary>The IP header promised more than came.</summary>
    public bool IsTruncated;

    /// <summary>CLOCK_MONOTONIC right after the receive, ns.</summary>
    public long Now;

    /// <summary>CLOCK_REALTIME at the same time, ns.</summary>
    public long Realtime;

    /// <summary>When a step of CLOCK_REALTIME was last noticed, CLOCK_MONOTONIC ns; 0 for never.</summary>
    public long LastStep;

    /// <summary>The kernel's receive stamp, CLOCK_REALTIME ns; 0 when there is none.</summary>
    public long KernelReceived;

    /// <summary>The network card's receive stamp, ns by a clock of its own; 0 when there is none.</summary>
    public long HardwareReceived;
}
