using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Filter;
using Tmds.Linux;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Link;

/// <summary>One packet socket with its ring, and how far its frames were handed over.</summary>
internal sealed unsafe class RingReader : IDisposable
{
    // What a frame may hold besides a packet of the MTU's size: its header and tags.
    private const int LargestLinkHeader = EthernetHeader.Length + 2 * VlanTag.Length;


    // Between a frame's header in the ring and its bytes stands the address it came from.
    private static readonly int s_addressOffset =
        (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;

    private readonly PacketSocket _socket;
    private readonly PacketRing _ring;
    private readonly FrameFilter _filter;
    private readonly int _snaplen;
    private readonly bool _judgesAll;
    private readonly sock_filter[] _program;
    private readonly InterfaceOrigins? _origins;
    private RingCounts _counts;
    private tpacket_block_desc* _block;
    private byte* _at;
    private uint _left;
    private ulong _seen;

    /// <summary>Makes the ring of a socket; until <see cref="Open"/> its filter lets nothing through.</summary>
    /// <param name="socket">The socket, which becomes the reader's.</param>
    /// <param name="origin">What to call the frames' origin.</param>
    /// <param name="settings">Snaplen, direction, ring.</param>
    /// <param name="expression">The frames that are wanted.</param>
    /// <param name="ring">The ring's size and how long a block may wait.</param>
    public RingReader(PacketSocket socket, FrameOrigin origin, CaptureSettings settings, FilterExpression expression,
        RingSettings ring)
    {
        _socket = socket;
        Origin = origin;
        _snaplen = settings.Snaplen;
        _origins = socket.Index == 0 ? new InterfaceOrigins(origin) : null;
        _filter = FrameFilter.Compile(expression, socket.LinkType, settings.Snaplen, socket.Netmask);
        try
        {
            ReadOnlySpan<sock_filter> compiled = _filter.Instructions;
            if (socket.IsCooked)
            {
                // The kernel's filter sees no cooked header; what it cannot judge without one is judged here.
                sock_filter[]? moved = KernelFilter.WithoutCookedHeader(compiled);
                _judgesAll = moved is null;
                compiled = moved ?? FrameFilter.Everything;
            }

            _program = KernelFilter.Build(
                compiled, settings.Snaplen, settings.Direction, !expression.IsEmpty && !_judgesAll, socket.LoopbackIndex);
            if (!socket.TryAttachFilter(_program))
            {
                // A loop, as protochain makes one, or too long for the kernel.
                RunsInUserSpace = true;
                _judgesAll = true;
                _program = KernelFilter.Build(
                    FrameFilter.Everything, settings.Snaplen, settings.Direction, judgesTags: false, socket.LoopbackIndex);
            }

            socket.AttachFilter(KernelFilter.Nothing);
            _ring = socket.MapRing(ring);
        }
        catch
        {
            _filter.Dispose();
            throw;
        }
    }

    /// <summary>True when the kernel refused the filter, so that every frame comes up to be judged here.</summary>
    public bool RunsInUserSpace { get; }

    /// <summary>True while the interface's link is down.</summary>
    public bool IsDown { get; private set; }

    /// <summary>The interface.</summary>
    public FrameOrigin Origin { get; }

    /// <summary>Becomes readable when a block is there.</summary>
    public int FileDescriptor => _socket.FileDescriptor;

    /// <summary>Frames the filter let through, those dropped included.</summary>
    public ulong Received => _counts.Received;

    /// <summary>Frames there was no room for.</summary>
    public ulong Dropped => _counts.Dropped;

    /// <summary>The errno that ended it, or 0.</summary>
    public int Error { get; private set; }

    /// <summary>When the current block was first seen, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long BlockSeen { get; private set; }

    /// <summary>
    /// The time of the next frame in nanoseconds since 1970; only after <see cref="Load"/> said that there is one.
    /// </summary>
    public ulong HeadNs => ((tpacket3_hdr*)_at)->tp_sec * (ulong)TimeUnits.Second + ((tpacket3_hdr*)_at)->tp_nsec;

    /// <summary>True when all frames that are not lost were handed over, as far as the counters last read know.</summary>
    public bool IsDrained => _seen >= Received - Dropped;

    /// <summary>True when half the blocks wait to be read: the kernel may soon drop frames.</summary>
    public bool IsHalfFull => _ring.IsHalfFull;

    /// <summary>True when the kernel has begun no block with a frame in it that we have yet to see.</summary>
    public bool IsIdle => _block == null && _ring.IsIdle;

    /// <summary>Begins to receive.</summary>
    public void Start() => _socket.Start();

    /// <summary>Shares the frames of the interface with other readers.</summary>
    public int JoinFanout(int mode, int group) => _socket.JoinFanout(mode, group);

    /// <summary>Lets the frames in that the filter wants.</summary>
    public void Open() => _socket.AttachFilter(_program);

    /// <summary>Lets no more frames in; those that came are still in the ring.</summary>
    public void Shut() => _socket.AttachFilter(KernelFilter.Nothing);

    /// <summary>Reads the kernel's counters.</summary>
    public void Count() => _counts.Add(_socket.ReadStatistics());

    /// <summary>
    /// Looks whether the interface is up, down or gone: after an error of the socket, and again while it is down.
    /// </summary>
    /// <returns>True when that has changed.</returns>
    public bool CheckLink()
    {
        int errno = _socket.TakeError();
        if (!_socket.IsBound)
        {
            Error = ENODEV;
            Count();
            return true;
        }

        if (errno != 0 && errno != ENETDOWN)
        {
            Error = errno;
            Count();
            return true;
        }

        // An error of a link that is up again already: it was down in between.
        bool down = errno == ENETDOWN || (IsDown && !_socket.IsUp);
        bool changed = down != IsDown;
        IsDown = down;
        return changed;
    }

    /// <summary>Makes the next frame the current one.</summary>
    /// <returns>False when there is none.</returns>
    public bool Load()
    {
        if (_left > 0)
        {
            return true;
        }

        while ((_block = _ring.TryTake()) != null)
        {
            _left = _block->hdr.num_pkts;
            if (_left > 0)
            {
                _at = (byte*)_block + _block->hdr.offset_to_first_pkt;
                BlockSeen = Environment.TickCount64;
                return true;
            }

            _ring.Release(_block);
        }

        return false;
    }

    /// <summary>Hands over the rest of the current block.</summary>
    /// <param name="sink">Where to.</param>
    /// <param name="wanted">False from the moment on when the sink wants no more.</param>
    public void HandOver(IFrameSink sink, ref bool wanted)
    {
        byte* at = _at;
        uint left = _left;
        for (; left > 0 && wanted; left--)
        {
            var header = (tpacket3_hdr*)at;
            _seen++;
            wanted = HandOver(sink, header);
            at += header->tp_next_offset;
        }

        _at = at;
        Leave(left);
    }

    /// <summary>Hands over frames of the current block up to a time, the current one at least.</summary>
    /// <param name="sink">Where to.</param>
    /// <param name="wanted">False from the moment on when the sink wants no more.</param>
    /// <param name="untilNs">The latest time, in nanoseconds since 1970.</param>
    public void HandOver(IFrameSink sink, ref bool wanted, ulong untilNs)
    {
        uint left = _left;
        do
        {
            var header = (tpacket3_hdr*)_at;
            _seen++;
            left--;
            wanted = HandOver(sink, header);
            _at += header->tp_next_offset;
        }
        while (left > 0 && wanted && HeadNs <= untilNs);

        Leave(left);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ring.Dispose();
        _filter.Dispose();
        _socket.Dispose();
    }

    private void Leave(uint left)
    {
        _left = left;
        if (left == 0)
        {
            _ring.Release(_block);
            _block = null;
        }
    }

    private bool HandOver(IFrameSink sink, tpacket3_hdr* header)
    {
        byte* start = (byte*)header + header->tp_mac;
        int captured = (int)header->tp_snaplen;
        var address = (sockaddr_ll*)((byte*)header + s_addressOffset);
        CapturedFrame frame = new()
        {
            Length = (int)header->tp_len,
            Seconds = header->tp_sec,
            Nanoseconds = header->tp_nsec,
            Origin = Origin,
            PacketType = address->sll_pkttype,
            HasPartialChecksum = (header->tp_status & TP_STATUS_CSUMNOTREADY) != 0,
        };
        bool tagged = (header->tp_status & TP_STATUS_VLAN_VALID) != 0;
        int added = 0;
        if (_socket.IsCooked)
        {
            added = CookedHeader.Put(ref start, address, header, tagged);
            frame.Origin = _origins?.Of(address->sll_ifindex, header->tp_sec) ?? Origin;
        }
        else if (tagged &= captured >= 2 * ETH_ALEN)
        {
            start = PutTagBack(start, header);
            added = VlanTag.Length;
        }

        // Kernels before 6.3 do not say so, and none does of UDP.
        frame.IsSuperframe = (header->tp_status & TP_STATUS_GSO_TCP) != 0
            || (frame.Origin.Mtu != 0 && frame.Length > frame.Origin.Mtu + LargestLinkHeader);
        frame.Length += added;
        frame.Bytes = new ReadOnlySpan<byte>(start, added == 0 ? captured : Math.Min(captured + added, _snaplen));
        return ((tagged | _judgesAll) && !_filter.Matches(frame)) || sink.Take(frame);
    }

    /// <summary>Moves the two addresses into the reserved room before the frame, and writes the tag into the gap.</summary>
    private static byte* PutTagBack(byte* start, tpacket3_hdr* header)
    {
        byte* tagged = start - VlanTag.Length;
        new ReadOnlySpan<byte>(start, 2 * ETH_ALEN).CopyTo(new Span<byte>(tagged, 2 * ETH_ALEN));
        Span<byte> tag = new(tagged + 2 * ETH_ALEN, VlanTag.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tag, CookedHeader.TagType(header));
        BinaryPrimitives.WriteUInt16BigEndian(tag[2..], (ushort)header->hv1.tp_vlan_tci);
        return tagged;
    }
}

/// <summary>Adds up the kernel's counters, which have 32 bits and begin from 0 at each reading.</summary>
internal struct RingCounts
{
    /// <summary>Frames the filter let through, those dropped included.</summary>
    public ulong Received { get; private set; }

    /// <summary>Frames there was no room for.</summary>
    public ulong Dropped { get; private set; }

    /// <summary>Adds a reading.</summary>
    public void Add(tpacket_stats_v3 statistics)
    {
        Received += statistics.tp_packets;
        Dropped += statistics.tp_drops;
    }
}
