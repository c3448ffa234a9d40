namespace NetTools.PktSniff.Link;

/// <summary>A frame and what is known about it besides its bytes.</summary>
internal ref struct CapturedFrame
{
    /// <summary>What was captured, VLAN tags in place.</summary>
    public ReadOnlySpan<byte> Bytes;

    /// <summary>Bytes on the wire, 0 to 2^32-1.</summary>
    public long Length;

    /// <summary>Since 1970.</summary>
    public long Seconds;

    /// <summary>0 to 999,999,999.</summary>
    public uint Nanoseconds;

    /// <summary>Where it was captured.</summary>
    public FrameOrigin Origin;

    /// <summary>A sll_pkttype of packet(7): PACKET_HOST, PACKET_OUTGOING, ...; -1 when unknown, as in most files.</summary>
    public int PacketType;

    /// <summary>
    /// The options of the frame's block in a pcapng file, in this machine's byte order: comments, flags, ...; else empty.
    /// </summary>
    public ReadOnlySpan<byte> Options;

    /// <summary>The block of a pcapng file that holds the frame, as it stands there; else empty.</summary>
    public ReadOnlySpan<byte> Block;

    /// <summary>Frames that the file says were lost between the one before and this one; 0 when it does not say.</summary>
    public long DroppedBefore;

    /// <summary>The file does not say when the frame was captured.</summary>
    public bool LacksTime;

    /// <summary>The card was to finish the checksum: the transport's checksum field holds only part of the sum.</summary>
    public bool HasPartialChecksum;

    /// <summary>
    /// Several segments in one frame, which the card is yet to cut or the kernel has put together: no such frame was on a wire.
    /// </summary>
    public bool IsSuperframe;
}

/// <summary>An interface or a file that frames come from.</summary>
/// <param name="Interface">The interface's name, or null when it is not known.</param>
/// <param name="LinkType">What frames begin with.</param>
/// <param name="Snaplen">The most bytes kept of a frame.</param>
/// <param name="Number">Counted from 0 in the order of <see cref="IFrameSink.Begin"/>, in a file within a section.</param>
/// <param name="IsOneOfSeveral">Whether frames of other interfaces come beside its own.</param>
/// <param name="Mtu">The most bytes of a packet on its wire when it was opened; 0 when unknown.</param>
internal sealed record FrameOrigin(
    string? Interface, int LinkType, int Snaplen, int Number = 0, bool IsOneOfSeveral = false, int Mtu = 0)
{
    private byte[]? _label;

    /// <summary>Whether frames of other interfaces come beside its own; a file says so with the second interface.</summary>
    public bool IsOneOfSeveral { get; set; } = IsOneOfSeveral;

    /// <summary>Whether it can be known of a frame which way it went.</summary>
    public bool KnowsDirection { get; init; } = true;

    /// <summary>The block that describes it in a pcapng file, as it stands there; else empty.</summary>
    public byte[] Block { get; init; } = [];

    /// <summary>The interface's name to print before each frame, in UTF-8; null where there is only one.</summary>
    public byte[]? Label => !IsOneOfSeveral ? null : _label ??= System.Text.Encoding.UTF8.GetBytes(Interface ?? $"#{Number}");
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

    /// <summary>Called before the first origin of each section of a pcapng file: origins are numbered from 0 again.</summary>
    /// <param name="block">The section's header, as it stands in the file.</param>
    void BeginSection(ReadOnlySpan<byte> block)
    {
    }

    /// <summary>A block of a pcapng file that is none of frame, interface and section.</summary>
    /// <param name="block">As it stands in the file; gone after the call.</param>
    void HandOn(ReadOnlySpan<byte> block)
    {
    }

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

    /// <summary>An interface's link went down or came up; its frames go on when it is up.</summary>
    void LinkChanged(FrameOrigin origin, bool isUp)
    {
    }

    /// <summary>An origin will give no more frames: its interface is gone, or cannot be read.</summary>
    /// <param name="origin">The interface.</param>
    /// <param name="errno">Why: ENODEV, ...</param>
    void Lost(FrameOrigin origin, int errno)
    {
    }
}
