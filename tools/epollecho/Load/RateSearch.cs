namespace NetTools.EpollEcho.Load;

/// <summary>What a trial says of a rate.</summary>
internal enum RateVerdict
{
    /// <summary>Too few samples to say.</summary>
    Undecided,

    /// <summary>It kept the limit, and left nothing undone.</summary>
    Kept,

    /// <summary>It did not.</summary>
    NotKept,
}

/// <summary>One trial of a search.</summary>
/// <param name="Asked">Requests per second asked for; 0 in the first, closed loop.</param>
/// <param name="Achieved">Requests answered per second.</param>
/// <param name="Samples">Latencies measured.</param>
/// <param name="P99Ns">99 % of them were at most so long, nanoseconds; null when there are none.</param>
/// <param name="Verdict">What it says of the rate; of the closed loop nothing.</param>
internal readonly record struct RateTrial(double Asked, double Achieved, long Samples, long? P99Ns, RateVerdict Verdict);

/// <summary>
/// Finds the highest rate at which 99 % of the latencies keep a limit: halving, from what a closed loop reaches.
/// </summary>
/// <param name="settings">What each trial does, but for its rate.</param>
/// <param name="limitNs">The limit of the 99th percentile, nanoseconds.</param>
internal sealed class RateSearch(LoadSettings settings, long limitNs)
{
    /// <summary>
    /// Latencies from which a trial's 99th percentile is a verdict: with fewer than 299, all of them may be below the true
    /// one with a chance of more than 5 % (0.99^299 = 0.0496).
    /// </summary>
    public const int NeededSamples = 299;

    private const int MostTrials = 10;
    private const double Resolution = 0.05;
    private const double Kept = 0.98; // of the rate asked for
    private const double Chance = 0.05; // of a wrong verdict from few samples

    /// <summary>The limit of the 99th percentile, nanoseconds.</summary>
    public long LimitNs => limitNs;

    /// <summary>What was tried, in order.</summary>
    public List<RateTrial> Trials { get; } = [];

    /// <summary>It ended before the highest rate was known.</summary>
    public bool Interrupted => CutShortBy is not null;

    /// <summary>What ended it before the highest rate was known: a signal, or no line to start by; else null.</summary>
    public RunEnd? CutShortBy { get; private set; }

    /// <summary>The first trial, in a closed loop, had no right answer.</summary>
    public bool NothingAnswered => Trials[0].Achieved == 0;

    /// <summary>The highest rate that kept the limit; 0 when none did.</summary>
    public double Found { get; private set; }

    /// <summary>Of the whole search: a rate was found, none kept the limit, or too few samples to say.</summary>
    public RateVerdict Verdict => Found > 0 ? RateVerdict.Kept : Trials[^1].Verdict;

    /// <summary>What latencies say of a limit of the 99th percentile.</summary>
    /// <param name="samples">How many there are.</param>
    /// <param name="over">How many of them are longer than the limit.</param>
    public static RateVerdict Judge(long samples, long over)
    {
        if (samples >= NeededSamples)
        {
            return over * 100 <= samples ? RateVerdict.Kept : RateVerdict.NotKept;
        }

        // The chance that this number is over though 99 % of all are not: a sum of the binomial distribution.
        double fewer = 0;
        double term = Math.Pow(0.99, samples);
        for (long k = 0; k < over; k++)
        {
            fewer += term;
            term *= (samples - k) / (k + 1.0) * (0.01 / 0.99);
        }

        return over > 0 && 1 - fewer <= Chance ? RateVerdict.NotKept : RateVerdict.Undecided;
    }

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

        Add(0, top, RateVerdict.Undecided);
        (LoadSettings, LoadResult) best = (closed, top);
        double high = Trials[0].Achieved;
        double rate = high;
        for (int trial = 0; trial < MostTrials && rate > 0 && !Interrupted && high - Found > Resolution * high; trial++)
        {
            LoadSettings asked = settings with { Rate = rate };
            if (measure(asked) is not LoadResult result)
            {
                return null;
            }

            RateVerdict verdict = Judge(rate, result);
            Add(rate, result, verdict);
            if (verdict == RateVerdict.Kept || Found == 0)
            {
                best = (asked, result);
            }

            if (verdict == RateVerdict.Undecided)
            {
                break; // lower rates have fewer samples still
            }

            bool kept = verdict == RateVerdict.Kept;
            (Found, high) = kept ? (rate, rate == high ? rate : high) : (Found, rate);
            rate = (Found + high) / 2;
        }

        return best;
    }

    private RateVerdict Judge(double rate, LoadResult result) =>
        result.End >= RunEnd.Signal ? RateVerdict.Undecided
        : !result.Good || (result.RequestsPerSecond ?? 0) < Kept * rate ? RateVerdict.NotKept
        : Judge(result.Latency.Count, result.Latency.Count - result.Latency.CountUpTo(limitNs));

    private void Add(double rate, LoadResult result, RateVerdict verdict)
    {
        long samples = result.Latency.Count;
        Trials.Add(new RateTrial(
            rate, result.RequestsPerSecond ?? 0, samples, samples > 0 ? result.Latency.Percentile(99) : null, verdict));
        CutShortBy = result.End >= RunEnd.Signal ? result.End : null;
    }
}
