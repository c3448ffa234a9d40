namespace NetTools.OptBench.Link;

/// <summary>
/// One direction of the link, without its descriptors: decides for each packet when it arrives, or that it does not. First the queue before
/// the rate limit, then the rate, then loss, then the delay.
/// </summary>
internal sealed class Direction(LinkSettings settings, int seed) : IDisposable
{
    private readonly Random _random = new(seed);
    private long _free;

    /// <summary>Packets on their way.</summary>
    public PacketQueue InFlight { get; } = new(settings.InFlightBytes);

    /// <summary>Packets that came in.</summary>
    public long Packets { get; private set; }

    /// <summary>Their bytes, IP headers included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Packets lost at random, as asked for.</summary>
    public long Lost { get; private set; }

    /// <summary>Packets for which the queue had no room.</summary>
    public long Dropped { get; private set; }

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
        }
        else if (!InFlight.TryAdd(packet, sent + settings.DelayNs))
        {
            Dropped++;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => InFlight.Dispose();
}
