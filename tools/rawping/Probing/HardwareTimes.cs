namespace NetTools.RawPing.Probing;

/// <summary>
/// Round trips by the network card's own clock. Its stamps are paired with one another alone: how far that clock is from the
/// kernel's nobody knows. A card may hand over the transmit stamp after the reply; the pair is then complete later.
/// </summary>
internal sealed class HardwareTimes
{
    private readonly Pair[] _pairs = new Pair[ProbeTable.Size];

    /// <summary>Notes when a probe left.</summary>
    /// <param name="number">The probe.</param>
    /// <param name="stamp">The card's time, ns; 0 for none.</param>
    /// <returns>The round trip, when it is complete with this and possible.</returns>
    public long? Sent(ulong number, long stamp)
    {
        ref Pair pair = ref Of(number);
        if (stamp == 0 || pair.Sent != 0)
        {
            return null;
        }

        pair.Sent = stamp;
        return pair.RoundTrip;
    }

    /// <summary>Notes when a probe's reply arrived.</summary>
    /// <param name="number">The probe.</param>
    /// <param name="stamp">The card's time, ns; 0 for none.</param>
    /// <param name="rtt">The round trip in user space, ns: the card's lies inside it, or is of two different cards.</param>
    /// <inheritdoc cref="Sent"/>
    public long? Received(ulong number, long stamp, long rtt)
    {
        ref Pair pair = ref Of(number);
        if (stamp == 0 || pair.Received != 0)
        {
            return null;
        }

        pair.Received = stamp;
        pair.Longest = Probing.RoundTrip.Longest(rtt);
        return pair.RoundTrip;
    }

    private ref Pair Of(ulong number)
    {
        ref Pair pair = ref _pairs[(ushort)number];
        if (pair.Number != number)
        {
            pair = new Pair { Number = number };
        }

        return ref pair;
    }

    private struct Pair
    {
        public ulong Number;
        public long Sent;
        public long Received;
        public long Longest;

        public readonly long? RoundTrip =>
            Sent != 0 && Received != 0 && Received - Sent is long time && time >= 0 && time <= Longest ? time : null;
    }
}
