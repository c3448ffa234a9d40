using NetTools.OptBench.Protocol;

namespace NetTools.OptBench.Server;

/// <summary>
/// Counts the datagrams of a UDP job: new ones, duplicates, those that came late, and their jitter. Allocates nothing. What is
/// more than <see cref="Window"/> behind the highest counts as new: too late to be told from a duplicate.
/// </summary>
internal sealed class DatagramTally
{
    /// <summary>Datagrams behind the highest whose arrival is remembered.</summary>
    public const int Window = 1 << 16;

    private const double JitterGain = 1.0 / 16; // RFC 3550 6.4.1

    private readonly ulong[] _seen = new ulong[Window / 64];
    private long _highest = -1;
    private long _firstNs;
    private long _lastNs;
    private long _transitNs;
    private double _jitterNs;

    /// <summary>Datagrams without duplicates.</summary>
    public long Received { get; private set; }

    /// <summary>Their payload, bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Datagrams that had come before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Datagrams that came after one with a higher number.</summary>
    public long Reordered { get; private set; }

    /// <summary>Counts one.</summary>
    /// <param name="datagram">Its head.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="nowNs">When it came, on our clock.</param>
    public void Add(in Datagram datagram, int bytes, long nowNs)
    {
        long sequence = datagram.Sequence;
        if (sequence > _highest)
        {
            long skipped = Math.Min(sequence - _highest, Window);
            for (long back = 0; back < skipped; back++)
            {
                long gone = sequence - back;
                _seen[gone % Window / 64] &= ~(1ul << (int)(gone % 64));
            }

            _highest = sequence;
        }
        else if (sequence > _highest - Window && (_seen[sequence % Window / 64] & (1ul << (int)(sequence % 64))) != 0)
        {
            Duplicates++;
            return;
        }
        else
        {
            Reordered++;
        }

        if (sequence > _highest - Window)
        {
            _seen[sequence % Window / 64] |= 1ul << (int)(sequence % 64);
        }

        long transit = nowNs - datagram.SentNs; // of two clocks: only its changes mean something
        if (Received == 0)
        {
            _firstNs = nowNs;
        }
        else
        {
            _jitterNs += (Math.Abs((double)(transit - _transitNs)) - _jitterNs) * JitterGain;
        }

        _transitNs = transit;
        _lastNs = nowNs;
        Received++;
        Bytes += bytes;
    }

    /// <summary>What to tell the client.</summary>
    /// <param name="dropped">Datagrams that the socket had no room for.</param>
    public UdpReport Report(long dropped) => new(Received, Bytes, Duplicates, Reordered, dropped,
        (long)Math.Min(_jitterNs, long.MaxValue / 2), Math.Max(_lastNs - _firstNs, 0));
}
