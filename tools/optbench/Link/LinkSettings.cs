namespace NetTools.OptBench.Link;

/// <summary>What one direction of the link is like.</summary>
/// <param name="DelayNs">Each way, nanoseconds.</param>
/// <param name="BitsPerSecond">0 for no limit.</param>
/// <param name="QueueBytes">What may wait for the rate limit; more is dropped.</param>
/// <param name="LossRate">The part of packets lost at random, 0 to 1.</param>
/// <param name="Seed">Repeats the losses, the jitter and the overtaking.</param>
internal sealed record LinkSettings(long DelayNs, double BitsPerSecond, long QueueBytes, double LossRate, int Seed)
{
    /// <summary>The delay varies by up to so much to either side, nanoseconds; packets keep their order all the same.</summary>
    public long JitterNs { get; init; }

    /// <summary>The part of packets that do not wait for the delay and so overtake others, 0 to 1.</summary>
    public double ReorderRate { get; init; }

    /// <summary>Losses in bursts, in place of <see cref="LossRate"/>; null for none.</summary>
    public BurstLoss? Bursts { get; init; }

    public const int Mtu = 1500;
    private const double FastestBitsPerSecond = 10e9;
    private const long LeastBytes = 16 << 20;
    private const long MostBytes = 512 << 20;

    /// <summary>
    /// Room for what is on its way in one direction: without a rate limit a delay's worth of ten times what this program can
    /// move, so that only a rate limit ever drops a packet.
    /// </summary>
    public int InFlightBytes
    {
        get
        {
            double bits = BitsPerSecond > 0 ? BitsPerSecond : FastestBitsPerSecond;
            // Small packets take up to as much again, for what stands before them in the queue.
            return (int)Math.Clamp(2 * ((bits / 8e9 * (DelayNs + JitterNs)) + QueueBytes), LeastBytes, MostBytes);
        }
    }
}
