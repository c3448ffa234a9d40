namespace NetTools.EpollEcho.Load;

/// <summary>One trial of a search.</summary>
/// <param name="Asked">Requests per second asked for; 0 in the first, closed loop.</param>
/// <param name="Achieved">Requests answered per second.</param>
/// <param name="P99Ns">99 % of the latencies were at most so long, nanoseconds.</param>
/// <param name="Passed">It kept the limit, and left nothing undone.</param>
internal readonly record struct RateTrial(double Asked, double Achieved, long P99Ns, bool Passed);

/// <summary>
/// Finds the highest rate at which 99 % of the latencies keep a limit: halving, from what a closed loop reaches.
/// </summary>
/// <param name="settings">What each trial does, but for its rate.</param>
/// <param name="limitNs">The limit of the 99th percentile, nanoseconds.</param>
internal sealed class RateSearch(LoadSettings settings, long limitNs)
{
    private const int MostTrials = 10;
    private const double Resolution = 0.05;
    private const double Kept = 0.98; // of the rate asked for

    /// <summary>The limit of the 99th percentile, nanoseconds.</summary>
    public long LimitNs => limitNs;

    /// <summary>What was tried, in order.</summary>
    public List<RateTrial> Trials { get; } = [];

    /// <summary>A signal ended it before the highest rate was known.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>The highest rate that kept the limit; 0 when none did.</summary>
    public double Found { get; private set; }

    /// <summary>Searches.</summary>
    /// <param name="measure">Makes a trial; null in a process that has done its share of one.</param>
    /// <returns>The best trial, with its settings; the last where none kept the limit; null as above.</returns>
    public (LoadSettings Settings, LoadResult Result)? Run(Func<LoadSettings, LoadResult?> measure)
    {
        LoadSettings closed = settings with { Rate = 0 };
        if (measure(closed) is not LoadResult top)
        {
            return null;
        }

        Trials.Add(new RateTrial(0, top.RequestsPerSecond, top.Latency.Percentile(99), false));
        Interrupted = top.End == RunEnd.Signal;
        (LoadSettings, LoadResult) best = (closed, top);
        double high = top.RequestsPerSecond;
        double rate = high;
        for (int trial = 0; trial < MostTrials && rate >= 1 && !Interrupted
            && high - Found > Resolution * high; trial++)
        {
            LoadSettings asked = settings with { Rate = rate };
            if (measure(asked) is not LoadResult result)
            {
                return null;
            }

            bool passed = result.Good && result.Latency.Percentile(99) <= limitNs && result.RequestsPerSecond >= Kept * rate;
            Trials.Add(new RateTrial(rate, result.RequestsPerSecond, result.Latency.Percentile(99), passed));
            if (passed || Found == 0)
            {
                best = (asked, result);
            }

            (Found, high) = passed ? (rate, rate == high ? rate : high) : (Found, rate);
            rate = (Found + high) / 2;
            Interrupted = result.End == RunEnd.Signal;
        }

        return best;
    }
}
