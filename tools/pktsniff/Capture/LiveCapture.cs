using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Filter;
using NetTools.Terminal;
using Tmds.Linux;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Capture;

/// <summary>Frames from an interface, by way of a packet ring.</summary>
internal sealed unsafe class LiveCapture : IDisposable
{
    // Between a frame's header in the ring and its bytes stands the address it came from.
    private static readonly int s_addressOffset =
        (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;

    private readonly PacketSocket _socket;
    private readonly PacketRing _ring;
    private readonly FrameFilter _filter;
    private readonly CaptureSettings _settings;
    private ulong _seen;
    private ulong _received;
    private ulong _dropped;

    private LiveCapture(PacketSocket socket, CaptureSettings settings, string name)
    {
        _socket = socket;
        _settings = settings;
        Origin = new FrameOrigin(name, socket.LinkType, settings.Snaplen);
        _filter = FrameFilter.Compile(settings.Filter, socket.LinkType, settings.Snaplen);
        socket.AttachFilter(
            KernelFilter.Build(_filter.Instructions, settings.Snaplen, settings.Direction, settings.Filter.Length > 0));
        if (socket.IsLoopback)
        {
            socket.IgnoreOutgoing();
        }

        if (settings.Promiscuous && !socket.IsLoopback)
        {
            socket.SetPromiscuous();
        }

        // Last, so that the first frame in the ring has passed the filter.
        _ring = socket.MapRing(settings.Ring);
        socket.Start();
    }

    /// <summary>The interface.</summary>
    public FrameOrigin Origin { get; }

    /// <summary>Opens the socket, compiles and attaches the filter, maps the ring, and begins to receive.</summary>
    /// <exception cref="OperationFailedException">No privilege, no such interface, a filter that does not compile, ...</exception>
    public static LiveCapture Open(string name, CaptureSettings settings)
    {
        PacketSocket socket = PacketSocket.Open(name);
        try
        {
            return new LiveCapture(socket, settings, name);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Hands frames to the sink until it wants no more, a stop is asked for, or the interface fails.</summary>
    public CaptureCounters Run(IFrameSink sink, StopSignals stop)
    {
        long end = _settings.Duration is TimeSpan limit ? Environment.TickCount64 + (long)limit.TotalMilliseconds : long.MaxValue;
        sink.Begin(Origin);
        pollfd* waiting = stackalloc pollfd[2];
        waiting[0] = new pollfd { fd = _socket.FileDescriptor, events = POLLIN };
        waiting[1] = new pollfd { fd = stop.FileDescriptor, events = POLLIN };
        bool wanted = true;
        int error = 0;
        while (wanted && !stop.Requested && error == 0 && Environment.TickCount64 < end)
        {
            if (HandOver(sink, ref wanted))
            {
                continue;
            }

            sink.Idle();
            int patience = (int)Math.Clamp(end - Environment.TickCount64, 0, _settings.Print.Top ? (int)(_settings.Print.Interval * 1000) : 60_000);
            if (poll(waiting, 2, patience) < 0 && Errno.Last is int errno && errno != EINTR)
            {
                throw new LibcException("waiting for frames", errno);
            }

            if ((waiting[0].revents & (POLLERR | POLLHUP)) != 0)
            {
                error = _socket.TakeError();
            }

            if ((waiting[1].revents & POLLIN) != 0 && !stop.Requested)
            {
                stop.Drain(); // SIGUSR1
                sink.Report(Counters());
            }
        }

        if (wanted)
        {
            Drain(sink, ref wanted);
        }

        sink.Idle();
        return Counters(error);
    }

    /// <summary>What the kernel counted so far.</summary>
    public CaptureCounters Counters(int error = 0)
    {
        tpacket_stats_v3 statistics = _socket.ReadStatistics();
        _received += statistics.tp_packets;
        _dropped += statistics.tp_drops;
        return new CaptureCounters(_received, _dropped, error);
    }

    /// <summary>What the kernel counted so far, for each interface.</summary>
    public IReadOnlyList<OriginCounters> CountersByOrigin()
    {
        CaptureCounters all = Counters();
        return [new OriginCounters(Origin, all.Received, all.Dropped)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ring.Dispose();
        _filter.Dispose();
        _socket.Dispose();
    }

    /// <summary>Takes what came before the stop: nothing new is let in, and blocks come as their time runs out.</summary>
    private void Drain(IFrameSink sink, ref bool wanted)
    {
        _socket.AttachFilter(KernelFilter.Nothing);
        _ = Counters();
        long deadline = Environment.TickCount64 + 4 * _settings.Ring.RetireMs;
        pollfd waiting = new() { fd = _socket.FileDescriptor, events = POLLIN };
        while (wanted && _seen < _received - _dropped && Environment.TickCount64 < deadline)
        {
            if (!HandOver(sink, ref wanted))
            {
                _ = poll(&waiting, 1, 10);
            }
        }
    }

    /// <summary>Hands over one block of frames, when there is one.</summary>
    private bool HandOver(IFrameSink sink, ref bool wanted)
    {
        tpacket_block_desc* block = _ring.TryTake();
        if (block == null)
        {
            return false;
        }

        byte* at = (byte*)block + block->hdr.offset_to_first_pkt;
        for (uint left = block->hdr.num_pkts; left > 0 && wanted; left--)
        {
            var header = (tpacket3_hdr*)at;
            _seen++;
            wanted = HandOver(sink, header);
            at += header->tp_next_offset;
        }

        _ring.Release(block);
        return true;
    }

    private bool HandOver(IFrameSink sink, tpacket3_hdr* header)
    {
        byte* start = (byte*)header + header->tp_mac;
        int captured = (int)header->tp_snaplen;
        CapturedFrame frame = new()
        {
            Length = (int)header->tp_len,
            Seconds = header->tp_sec,
            Nanoseconds = header->tp_nsec,
            Origin = Origin,
            PacketType = ((sockaddr_ll*)((byte*)header + s_addressOffset))->sll_pkttype,
            HasPartialChecksum = (header->tp_status & TP_STATUS_CSUMNOTREADY) != 0,
        };
        bool tagged = (header->tp_status & TP_STATUS_VLAN_VALID) != 0 && captured >= 12;
        if (tagged)
        {
            start = PutTagBack(start, header);
            frame.Length += VlanTag.Length;
            captured = Math.Min(captured + VlanTag.Length, _settings.Snaplen);
        }

        frame.Bytes = new ReadOnlySpan<byte>(start, captured);
        return (tagged && !_filter.Matches(frame.Bytes, frame.Length)) || sink.Take(frame);
    }

    /// <summary>Moves the two addresses into the reserved room before the frame, and writes the tag into the gap.</summary>
    private static byte* PutTagBack(byte* start, tpacket3_hdr* header)
    {
        byte* tagged = start - VlanTag.Length;
        new ReadOnlySpan<byte>(start, 2 * ETH_ALEN).CopyTo(new Span<byte>(tagged, 2 * ETH_ALEN));
        bool known = (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
        Span<byte> tag = new(tagged + 2 * ETH_ALEN, VlanTag.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tag, known ? header->hv1.tp_vlan_tpid : (ushort)ETH_P_8021Q);
        BinaryPrimitives.WriteUInt16BigEndian(tag[2..], (ushort)header->hv1.tp_vlan_tci);
        return tagged;
    }
}

/// <summary>What the kernel says about a capture.</summary>
/// <param name="Received">Frames the filter let through, those dropped included.</param>
/// <param name="Dropped">Frames there was no room for.</param>
/// <param name="Error">The errno that ended it, or 0.</param>
internal readonly record struct CaptureCounters(ulong Received, ulong Dropped, int Error);
