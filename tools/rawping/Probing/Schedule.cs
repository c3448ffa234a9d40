using NetTools.Os;

namespace NetTools.RawPing.Probing;

/// <summary>
/// When each request is due. Times are counted from the start, never from the request before, so they do not drift: request
/// k to target j is due k intervals and j gaps after the start.
/// </summary>
/// <param name="start">When the first is due, ns.</param>
/// <param name="interval">Between two to the same target, ns.</param>
/// <param name="targets">How many there are.</param>
/// <param name="gap">Between two to any targets, ns; null spreads the targets over the interval.</param>
/// <param name="preload">How many to each target are due at once; 1 or more.</param>
internal sealed class Schedule(long start, long interval, int targets, long? gap = null, int preload = 1)
{
    /// <summary>
    /// Being later than this (a suspended machine, a stopped process) moves the start: no burst makes up for it.
    /// </summary>
    public const long LongestBurst = TimeUnits.Second;

    private readonly long _gap = gap ?? interval / targets;

    // A round over all targets takes its time, even when the interval is shorter.
    private readonly long _interval = Math.Max(interval, (gap ?? 0) * targets);
    private long _start = start;

    /// <summary>When the n-th request of the run is due, from 0, targets in turn.</summary>
    public long Due(long n) => _start + Math.Max(0, n / targets - (preload - 1)) * _interval + n % targets * _gap;

    /// <summary>Moves the start when request <paramref name="n"/> is hopelessly late at <paramref name="now"/>.</summary>
    public void Catch(long n, long now)
    {
        long late = now - Due(n);
        if (late > LongestBurst)
        {
            _start += late;
        }
    }
}
