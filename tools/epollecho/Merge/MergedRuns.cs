using System.Globalization;
using NetTools.Measure;

namespace NetTools.EpollEcho.Merge;

/// <summary>Several load runs, added up.</summary>
internal sealed class MergedRuns
{
    private double _start = double.MaxValue;
    private double _end = double.MinValue;

    /// <summary>All latencies, waits in vain among them.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Requests answered.</summary>
    public long Requests { get; private set; }

    /// <summary>What the runs counted besides, by name: failed, due, unsent, in_flight, mismatches, connections.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>No run had failures, as far as the logs say.</summary>
    public bool Good { get; private set; } = true;

    /// <summary>From the first interval's begin to the last one's end, seconds.</summary>
    public double Seconds => Math.Max(_end - _start, 0);

    /// <summary>Requests answered per second.</summary>
    public double RequestsPerSecond => Seconds > 0 ? Requests / Seconds : 0;

    /// <summary>Adds the latencies of an interval.</summary>
    /// <param name="start">Its begin, seconds.</param>
    /// <param name="end">Its end.</param>
    /// <param name="latency">The latencies.</param>
    /// <param name="waits">They are those of requests never answered.</param>
    public void Add(double start, double end, LatencyHistogram latency, bool waits)
    {
        Latency.Add(latency);
        if (!waits)
        {
            Requests += latency.Count;
            (_start, _end) = (Math.Min(_start, start), Math.Max(_end, end));
        }
    }

    /// <summary>Adds counts, each <c>name=number</c>.</summary>
    public void AddCounts(IEnumerable<string> counts)
    {
        foreach (string[] pair in counts.Select(count => count.Split('=')))
        {
            if (pair.Length == 2 && long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                if (pair[0] == "good")
                {
                    Good &= number == 1;
                }
                else if (pair[0] is not ("requests" or "target"))
                {
                    Counts[pair[0]] = Counts.GetValueOrDefault(pair[0]) + number;
                }
            }
        }
    }
}
