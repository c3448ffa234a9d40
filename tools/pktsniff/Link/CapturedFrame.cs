namespace NetTools.PktSniff.Link;

/// <summary>A frame and what is known about it besides its bytes.</summary>
internal ref struct CapturedFrame
{
    /// <summary>What was captured, VLAN tags in place.</summary>
    public ReadOnlySpan<byte> Bytes;

    /// <summary>Bytes on the wire.</summary>
    public int Length;

    /// <summary>Since 1970.</summary>
    public long Seconds;

    /// <summary>0 to 999,999,999.</summary>
    public uint Nanoseconds;

    /// <summary>Where it was captured.</summary>
    public FrameOrigin Origin;

    /// <summary>A sll_pkttype of packet(7): PACKET_HOST, PACKET_OUTGOING, ...; -1 when unknown, as in files.</summary>
    public int PacketType;

    /// <summary>The card was to finish the checksum: the transport's checksum field holds only part of the sum.</summary>
    public bool HasPartialChecksum;

    /// <summary>Several segments in one frame, which the card is yet to cut or the kernel has put together: no such frame was on a wire.</summary>
    public bool IsSuperframe;
}

/// <summary>An interface or a file that frames come from.</summary>
/// <param name="Interface">The interface's name, or null for a file.</param>
/// <param name="LinkType">What frames begin with.</param>
/// <param name="Snaplen">The most bytes kept of a frame.</param>
/// <param name="Number">Counted from 0 in the order of <see cref="IFrameSink.Begin"/>.</param>
/// <param name="IsOneOfSeveral">Whether frames of other interfaces come beside its own.</param>
/// <param name="Mtu">The most bytes of a packet on its wire when it was opened; 0 when unknown.</param>
internal sealed record FrameOrigin(string? Interface, int LinkType, int Snaplen, int Number = 0, bool IsOneOfSeveral = false, int Mtu = 0)
{
    /// <summary>The interface's name to print before each frame, in UTF-8; null where there is only one.</summary>
    public byte[]? Label { get; } = IsOneOfSeveral ? System.Text.Encoding.UTF8.GetBytes(Interface ?? "?") : null;
}

/// <summary>What the kernel says about a capture on an interface.</summary>
/// <param name="Origin">The interface.</param>
/// <param name="Received">Frames the filter let through, those dropped included.</param>
/// <param name="Dropped">Frames there was no room for.</param>
internal readonly record struct OriginCounters(FrameOrigin Origin, ulong Received, ulong Dropped);

/// <summary>Takes frames one by one.</summary>
internal interface IFrameSink
{
    /// <summary>Called before the first frame of each origin.</summary>
    void Begin(FrameOrigin origin);

    /// <summary>Takes a frame; its bytes are gone after the call.</summary>
    /// <returns>False when no more frames are wanted.</returns>
    bool Take(scoped in CapturedFrame frame);

    /// <summary>Nothing more is there for now: a good moment to write out.</summary>
    void Idle()
    {
    }

    /// <summary>Somebody asked for the counters by SIGUSR1.</summary>
    void Report(IReadOnlyList<OriginCounters> counters)
    {
    }

    /// <summary>An origin will give no more frames.</summary>
    /// <param name="origin">The interface.</param>
    /// <param name="errno">Why: ENETDOWN, ...</param>
    void Lost(FrameOrigin origin, int errno)
    {
    }
}
