using NetTools.Measure;

namespace NetTools.EpollEcho.Load;

/// <summary>A log that is written while the run goes on: what was measured stays if the run is killed.</summary>
internal interface ISecondsLog
{
    /// <summary>The first request is due.</summary>
    /// <param name="at">Wall clock, nanoseconds since 1970.</param>
    void Begin(long at);

    /// <summary>A second is over.</summary>
    /// <param name="endSeconds">Its end, counted from the first request.</param>
    /// <param name="latency">Its latencies; they belong to the caller.</param>
    void Add(double endSeconds, LatencyHistogram latency);
}
