using NetTools.Measure;

namespace NetTools.EpollEcho.Merge;

/// <summary>Several load runs, added up.</summary>
/// <param name="together">
/// They began at the same moment, though the clocks of their hosts may differ: the time is that of the longest.
/// </param>
internal sealed class MergedRuns(bool together)
{
    /// <summary>The runs, in the order of the command line.</summary>
    public List<MergedRun> Runs { get; } = [];

    /// <summary>All latencies, waits in vain among them.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Requests answered.</summary>
    public long Requests { get; private set; }

    /// <summary>What the runs counted besides, by name: failed, due, unsent, in_flight, mismatches, connections.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>What went wrong, by name, and how often.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>No run had failures or was cut short, as far as the logs say.</summary>
    public bool Good => Runs.TrueForAll(run => run.Good);

    /// <summary>From the first request of any run to the end of the last: the span that rates are of, seconds.</summary>
    public double Seconds => together ? Runs.Max(run => run.Seconds)
        : Math.Max(Runs.Max(run => run.Span.End) - Runs.Min(run => run.Span.Start), 0);

    /// <summary>Requests answered per second; null where no time was measured.</summary>
    public double? RequestsPerSecond => Seconds > 0 ? Requests / Seconds : null;

    /// <summary>The counts of all runs are known, so the sums are whole.</summary>
    public bool HasAllCounts => Runs.TrueForAll(run => run.HasCounts);

    /// <summary>Adds a run.</summary>
    public void Add(MergedRun run)
    {
        Runs.Add(run);
        Latency.Add(run.Latency);
        Requests += run.Requests;
        AddTo(Counts, run.Counts);
        AddTo(Errors, run.Errors);
    }

    private static void AddTo(SortedDictionary<string, long> sum, SortedDictionary<string, long> counts)
    {
        foreach ((string name, long count) in counts)
        {
            sum[name] = sum.GetValueOrDefault(name) + count;
        }
    }
}
