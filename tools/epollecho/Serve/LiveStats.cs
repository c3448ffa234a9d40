using NetTools.Os;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// What happened in one interval of a running server; the lag is the longest turn of the loop, which is what an event may have
/// waited for others. In the fork model that is the parent's, which accepts.
/// </summary>
internal sealed record StatsLine(int Instance, long Connections, double NewPerSecond, double RequestsPerSecond,
    double BytesInPerSecond, double BytesOutPerSecond, double LagMs);

/// <summary>Turns the counters of a server into a line every few seconds.</summary>
/// <param name="instance">Whose.</param>
/// <param name="seconds">The interval, 1 or more.</param>
/// <param name="show">Takes each line.</param>
internal sealed unsafe class LiveStats(int instance, int seconds, Action<StatsLine> show)
{
    /// <summary>How long a loop may wait for events, milliseconds, so that the lines come in time.</summary>
    public const int LongestWaitMs = 250;

    private long _from = Clock.Nanoseconds;
    private long _lag;
    private Counters _last;

    /// <summary>One turn of the loop; shows a line when it is time.</summary>
    /// <param name="woken">When the turn began, nanoseconds.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="counters">The counts so far.</param>
    public void Turn(long woken, long now, Counters* counters)
    {
        _lag = Math.Max(_lag, now - woken);
        if (now - _from < seconds * TimeUnits.Second)
        {
            return;
        }

        double passed = (now - _from) / 1e9;
        show(new StatsLine(instance, counters->Open,
            (counters->Accepted - _last.Accepted) / passed,
            (counters->Requests - _last.Requests) / passed,
            (counters->BytesReceived - _last.BytesReceived) / passed,
            (counters->BytesSent - _last.BytesSent) / passed,
            _lag / 1e6));
        _from = now;
        _lag = 0;
        _last = *counters;
    }
}
