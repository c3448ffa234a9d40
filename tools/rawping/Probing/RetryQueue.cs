using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Probing;

/// <summary>A request that the kernel had no room for.</summary>
/// <param name="Target">An index.</param>
/// <param name="Sequence">Ordinal for its target, from 1.</param>
/// <param name="Errno">The last reason.</param>
/// <param name="End">When it is given up, CLOCK_MONOTONIC ns.</param>
internal readonly record struct Unsent(int Target, long Sequence, int Errno, long End);

/// <summary>
/// Requests to send again: a full queue of the link, a full socket buffer, or a full neighbour table (arp(7), gc_thresh3), whose
/// entries for silent hosts take about three seconds to fail.
/// </summary>
internal sealed class RetryQueue
{
    /// <summary>How long a sweep waits for room in the neighbour table, ns.</summary>
    public const long LongestOfSweep = 10 * TimeUnits.Second;

    private const long FirstPause = TimeUnits.Millisecond;
    private const long LongestPause = 16 * TimeUnits.Millisecond;

    private readonly Queue<Unsent> _queue = [];
    private long _pause = FirstPause;

    /// <summary>Whether something waits.</summary>
    public bool Any => _queue.Count > 0;

    /// <summary>The next to try; only when there is one.</summary>
    public Unsent First => _queue.Peek();

    /// <summary>When to try next, CLOCK_MONOTONIC ns.</summary>
    public long At { get; private set; }

    /// <summary>Whether waiting may help against a send error.</summary>
    public static bool IsTransient(int errno) => errno == ENOBUFS || errno == EAGAIN || errno == ENOMEM;

    /// <summary>Adds a request that could not be sent at <paramref name="now"/>.</summary>
    public void Add(Unsent unsent, long now)
    {
        At = Any ? At : now + _pause;
        _queue.Enqueue(unsent);
    }

    /// <summary>Takes the first out.</summary>
    public Unsent Take() => _queue.Dequeue();

    /// <summary>The first was sent.</summary>
    public void Succeeded(long now)
    {
        _queue.Dequeue();
        _pause = FirstPause;
        At = now;
    }

    /// <summary>The first was refused again.</summary>
    public void Failed(long now, int errno)
    {
        _pause = Math.Min(2 * _pause, LongestPause);
        At = now + _pause;
        if (_queue.Count == 1)
        {
            _queue.Enqueue(_queue.Dequeue() with { Errno = errno });
        }
    }
}
