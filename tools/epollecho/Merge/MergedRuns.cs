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

    /// <summary>From the first request of any run to the end of the last: the span that rates are of, seconds.</summary>
    public double Seconds => Math.Max(_end - _start, 0);

    /// <summary>Requests answered per second.</summary>
    public double RequestsPerSecond => Seconds > 0 ? Requests / Seconds : 0;

    /// <summary>Adds the latencies of an interval.</summary>
    /// <param name="latency">The latencies.</param>
    /// <param name="waits">They are those of requests never answered.</param>
    public void Add(LatencyHistogram latency, bool waits)
    {
        Latency.Add(latency);
        Requests += waits ? 0 : latency.Count;
    }

    /// <summary>Adds the time that a run, or an interval of it, took.</summary>
    /// <param name="start">Its begin, seconds.</param>
    /// <param name="end">Its end.</param>
    public void AddSpan(double start, double end) => (_start, _end) = (Math.Min(_start, start), Math.Max(_end, end));

    /// <summary>Adds counts, each <c>name=number</c>.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="from">When the run began, seconds.</param>
    /// <returns>Whether the run's duration was among them.</returns>
    public bool AddCounts(IEnumerable<string> counts, double from)
    {
        bool spans = false;
        foreach (string[] pair in counts.Select(count => count.Split('=')))
        {
            if (pair.Length == 2 && long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                if (pair[0] == "good")
                {
                    Good &= number == 1;
                }
                else if (pair[0] == "duration_us")
                {
                    AddSpan(from, from + (number / 1e6));
                    spans = true;
                }
                else if (pair[0] is not ("requests" or "target"))
                {
                    Counts[pair[0]] = Counts.GetValueOrDefault(pair[0]) + number;
                }
            }
        }

        return spans;
    }
}
