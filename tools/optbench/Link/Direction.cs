namespace NetTools.OptBench.Link;

/// <summary>
/// One direction of the link, without its descriptors: decides for each packet when it arrives, or that it does not. First the queue before
/// the rate limit, then the rate, then loss, then the delay and its jitter. A packet never leaves before one that came earlier, but for those
/// that are let overtake.
/// </summary>
internal sealed class Direction(LinkSettings settings, int seed) : IDisposable
{
    private readonly Random _random = new(seed);
    private readonly PacketQueue _inOrder = new(settings.InFlightBytes);
    private readonly PacketQueue? _ahead = settings.ReorderRate > 0 ? new(settings.InFlightBytes) : null;
    private long _free;
    private long _lastDue;

    /// <summary>True when nothing is on its way.</summary>
    public bool IsEmpty => _inOrder.IsEmpty && _ahead is not { IsEmpty: false };

    /// <summary>When the next packet is due; only when not empty.</summary>
    public long FirstDue => Next.FirstDue;

    /// <summary>The next packet; only when not empty, and only until the queues are changed.</summary>
    public ReadOnlySpan<byte> First => Next.First;

    /// <summary>Packets that came in.</summary>
    public long Packets { get; private set; }

    /// <summary>Their bytes, IP headers included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Packets lost at random, as asked for.</summary>
    public long Lost { get; private set; }

    /// <summary>Packets for which the queue had no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Packets that did not wait for the delay.</summary>
    public long Reordered { get; private set; }

    private PacketQueue Next =>
        _ahead is not { IsEmpty: false } ? _inOrder : _inOrder.IsEmpty || _ahead.FirstDue <= _inOrder.FirstDue ? _ahead : _inOrder;

    /// <summary>Takes the next packet away; only when not empty.</summary>
    public void RemoveFirst() => Next.RemoveFirst();

    /// <summary>Takes a packet in.</summary>
    /// <param name="packet">An IP packet.</param>
    /// <param name="now">When it came, nanoseconds.</param>
    public void Accept(ReadOnlySpan<byte> packet, long now)
    {
        Packets++;
        Bytes += packet.Length;
        long sent = now;
        if (settings.BitsPerSecond > 0)
        {
            // The time at which the sender of a real line would be done with what it has is all the state its queue needs.
            long start = Math.Max(now, _free);
            if ((start - now) * settings.BitsPerSecond / 8e9 > settings.QueueBytes)
            {
                Dropped++;
                return;
            }

            sent = _free = start + (long)(packet.Length * 8e9 / settings.BitsPerSecond);
        }

        if (settings.LossRate > 0 && _random.NextDouble() < settings.LossRate)
        {
            Lost++;
            return;
        }

        bool overtakes = _ahead is not null && _random.NextDouble() < settings.ReorderRate;
        if (!(overtakes ? _ahead!.TryAdd(packet, sent) : _inOrder.TryAdd(packet, _lastDue = Math.Max(_lastDue, sent + Delay()))))
        {
            Dropped++;
        }
        else if (overtakes)
        {
            Reordered++;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inOrder.Dispose();
        _ahead?.Dispose();
    }

    private long Delay() => settings.JitterNs == 0 ? settings.DelayNs
        : settings.DelayNs + (long)(((2 * _random.NextDouble()) - 1) * settings.JitterNs);
}
