using NetTools.Os;

namespace NetTools.RawPing.Kernel;

/// <summary>
/// Notices when the realtime clock, which stamps packets, is set. Both clocks run at the same rate, also while they are slewed,
/// so that their distance changes only by a step (or a suspended machine, in which the monotonic clock stands still).
/// </summary>
/// <param name="read">Reads both clocks, monotonic first; read again when two readings lie too far apart.</param>
internal sealed class RealtimeWatch(Func<(long Monotonic, long Realtime)> read)
{
    /// <summary>Two readings in a row are hardly further apart, ns; a step this small does no harm.</summary>
    public const long Slack = 5 * TimeUnits.Microsecond;

    private const int Attempts = 8; // the thread may lose its CPU between the two readings, but hardly each time

    private long _distance = Closest(read);

    /// <summary>Watches the kernel's clocks.</summary>
    public RealtimeWatch()
        : this(() => (Clock.Nanoseconds, Clock.RealtimeNanoseconds))
    {
    }

    /// <summary>
    /// When the last step was noticed, CLOCK_MONOTONIC ns: it was before. <see cref="long.MinValue"/> for never.
    /// </summary>
    public long LastStep { get; private set; } = long.MinValue;

    /// <summary>The realtime clock at the time of a reading of the monotonic one.</summary>
    /// <param name="monotonic">CLOCK_MONOTONIC, ns.</param>
    /// <param name="realtime">CLOCK_REALTIME read right after it, ns; later when the thread lost its CPU in between.</param>
    public long At(long monotonic, long realtime)
    {
        if (Math.Abs(realtime - monotonic - _distance) <= Slack)
        {
            return realtime;
        }

        long distance = Closest(read);
        if (Math.Abs(distance - _distance) > Slack)
        {
            LastStep = monotonic;
            _distance = distance;
        }

        return monotonic + _distance;
    }

    // The second reading is never too early, so the smallest distance is the truest.
    private static long Closest(Func<(long Monotonic, long Realtime)> read)
    {
        long closest = long.MaxValue;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            (long monotonic, long realtime) = read();
            closest = Math.Min(closest, realtime - monotonic);
        }

        return closest;
    }
}
