namespace NetTools.OptBench.Link;

/// <summary>
/// One direction of the link, without its descriptors: decides for each packet when it arrives, or that it does not. First the
/// queue before the rate limit, then the rate, then loss, then the delay and its jitter. A packet never leaves before one that
/// came earlier, but for those that are let overtake.
/// </summary>
/// <remarks>
/// All that is decided and counted is so for each segment of a superframe by itself. Those that arrive within
/// <see cref="LongestTrainNs"/> of one another are handed on together, at the time of the last, as a network card does that
/// gathers interrupts.
/// </remarks>
internal sealed class Direction(LinkSettings settings, int seed) : IDisposable
{
    /// <summary>About eight segments at 1 Gbit/s; at 100 Mbit/s each travels by itself.</summary>
    public const long LongestTrainNs = 100_000;
    private const long Gone = -1;

    private readonly Random _random = new(seed);
    private readonly PacketQueue _inOrder = new(settings.InFlightBytes);
    private readonly PacketQueue? _ahead = settings.ReorderRate > 0 ? new(settings.InFlightBytes) : null;
    private long _free;
    private long _lastDue;
    private bool _bad; // the state of BurstLoss
    private bool _lostBefore;

    /// <summary>True when nothing is on its way.</summary>
    public bool IsEmpty => _inOrder.IsEmpty && _ahead is not { IsEmpty: false };

    /// <summary>When the next frame is due; only when not empty.</summary>
    public long FirstDue => Next.FirstDue;

    /// <summary>The next frame; only when not empty, and only until the queues are changed.</summary>
    public ReadOnlySpan<byte> First => Next.First;

    /// <summary>Packets that came in.</summary>
    public long Packets { get; private set; }

    /// <summary>Their bytes, IP headers included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Packets lost at random, as asked for.</summary>
    public long Lost { get; private set; }

    /// <summary>The bursts in which they were lost: packets lost one after another are one.</summary>
    public long LostBursts { get; private set; }

    /// <summary>Packets for which the queue had no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Packets that did not wait for the delay.</summary>
    public long Reordered { get; private set; }

    private PacketQueue Next =>
        _ahead is not { IsEmpty: false } ? _inOrder : _inOrder.IsEmpty || _ahead.FirstDue <= _inOrder.FirstDue ? _ahead
            : _inOrder;

    /// <summary>Takes the next frame away; only when not empty.</summary>
    public void RemoveFirst() => Next.RemoveFirst();

    /// <summary>Takes a frame in.</summary>
    /// <param name="bytes">As a TUN device with IFF_VNET_HDR gives it.</param>
    /// <param name="now">When it came, nanoseconds.</param>
    public void Accept(ReadOnlySpan<byte> bytes, long now)
    {
        Frame frame = new(bytes);
        (int first, long begin, long end, bool ahead) = (0, Gone, Gone, false);
        for (int i = 0; i < frame.Segments; i++)
        {
            long due = Pass(frame.BytesOnWire(i), now, out bool overtakes);
            if (begin != Gone && (due == Gone || overtakes != ahead || due - begin > LongestTrainNs))
            {
                Add(frame, first, i - first, end, ahead);
                begin = Gone;
            }

            if (due != Gone && begin == Gone)
            {
                (first, begin, ahead) = (i, due, overtakes);
            }

            end = due;
        }

        if (begin != Gone)
        {
            Add(frame, first, frame.Segments - first, end, ahead);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inOrder.Dispose();
        _ahead?.Dispose();
    }

    /// <summary>Counts a packet and decides when it arrives, or that it is gone.</summary>
    private long Pass(int bytes, long now, out bool overtakes)
    {
        overtakes = false;
        Packets++;
        Bytes += bytes;
        long sent = now;
        if (settings.BitsPerSecond > 0)
        {
            // The time at which the sender of a real line would be done with what it has is all the state its queue needs.
            long start = Math.Max(now, _free);
            if ((start - now) * settings.BitsPerSecond / 8e9 > settings.QueueBytes)
            {
                Dropped++;
                return Gone;
            }

            sent = _free = start + (long)(bytes * 8e9 / settings.BitsPerSecond);
        }

        if (IsLost())
        {
            Lost++;
            LostBursts += _lostBefore ? 0 : 1;
            _lostBefore = true;
            return Gone;
        }

        _lostBefore = false;

        overtakes = _ahead is not null && _random.NextDouble() < settings.ReorderRate;
        return overtakes ? sent : _lastDue = Math.Max(_lastDue, sent + Delay());
    }

    private bool IsLost()
    {
        if (settings.Bursts is not BurstLoss bursts)
        {
            return settings.LossRate > 0 && _random.NextDouble() < settings.LossRate;
        }

        bool lost = _random.NextDouble() < (_bad ? bursts.LossInBad : bursts.LossInGood);
        _bad = _bad ? _random.NextDouble() >= bursts.ToGood : _random.NextDouble() < bursts.ToBad;
        return lost;
    }

    private void Add(scoped in Frame frame, int first, int count, long due, bool ahead)
    {
        if (!(ahead ? _ahead! : _inOrder).TryAdd(frame.Bytes(first, count), due, out Span<byte> room))
        {
            Dropped += count;
            return;
        }

        frame.Copy(first, count, room);
        Reordered += ahead ? count : 0;
    }

    private long Delay() => settings.JitterNs == 0 ? settings.DelayNs
        : settings.DelayNs + (long)(((2 * _random.NextDouble()) - 1) * settings.JitterNs);
}
