using NetTools.Measure;

namespace NetTools.EpollEcho.Load;

/// <summary>What one interval of about a second brought.</summary>
internal sealed record LoadInterval(double EndSeconds, long Requests, long Failed, double P50Us, double P99Us, double MaxUs);

/// <summary>What a load run measured.</summary>
internal sealed class LoadResult
{
    /// <summary>Connections made.</summary>
    public long Connections { get; set; }

    /// <summary>The most open at one time.</summary>
    public long PeakConnections { get; set; }

    /// <summary>Requests answered, and answered right.</summary>
    public long Requests { get; set; }

    /// <summary>Requests and connections that came to nothing.</summary>
    public long Failed { get; set; }

    /// <summary>From the first request to the last answer, nanoseconds.</summary>
    public long DurationNs { get; set; }

    /// <summary>From the first connect to the last, nanoseconds.</summary>
    public long ConnectNs { get; set; }

    /// <summary>Bytes that came back and were what was sent.</summary>
    public long BytesVerified { get; set; }

    /// <summary>Bytes received, of any kind.</summary>
    public long BytesReceived { get; set; }

    /// <summary>Answers that were not what was sent.</summary>
    public long Mismatches { get; set; }

    /// <summary>UDP: datagrams that did not come back in time.</summary>
    public long Lost { get; set; }

    /// <summary>UDP: datagrams that came back after one that was sent later.</summary>
    public long Reordered { get; set; }

    /// <summary>UDP: datagrams that came back once more, or too late.</summary>
    public long Duplicates { get; set; }

    /// <summary>HTTP: answers by the first digit of their status.</summary>
    public long[] StatusClasses { get; } = new long[6];

    /// <summary>What went wrong, by name, and how often.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>From the planned time of sending (closed loop: the real one) to the last byte of the answer.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Open loop: from the real time of sending.</summary>
    public LatencyHistogram Uncorrected { get; } = new();

    /// <summary>The same second by second.</summary>
    public List<LoadInterval> Intervals { get; } = [];

    /// <summary>Requests a second.</summary>
    public double RequestsPerSecond => PerSecond(Requests, DurationNs);

    /// <summary>Connections a second while they were made.</summary>
    public double ConnectionsPerSecond => PerSecond(Connections, ConnectNs);

    /// <summary>Nothing went wrong.</summary>
    public bool Good => Failed == 0 && Mismatches == 0 && Errors.Count == 0;

    /// <summary>Everything that is a whole number, in the order in which these properties stand here.</summary>
    public long[] Numbers
    {
        get => [Connections, PeakConnections, Requests, Failed, DurationNs, ConnectNs, BytesVerified, BytesReceived, Mismatches,
            Lost, Reordered, Duplicates, .. StatusClasses];
        set
        {
            (Connections, PeakConnections, Requests, Failed, DurationNs, ConnectNs, BytesVerified, BytesReceived, Mismatches, Lost,
                Reordered, Duplicates) = (value[0], value[1], value[2], value[3], value[4], value[5], value[6], value[7], value[8],
                value[9], value[10], value[11]);
            value.AsSpan(12).CopyTo(StatusClasses);
        }
    }

    /// <summary>Counts an error.</summary>
    public void Error(string name, long count = 1) => Errors[name] = Errors.GetValueOrDefault(name) + count;

    /// <summary>Adds what another process did at the same time; not its intervals.</summary>
    public void Add(LoadResult other)
    {
        (long duration, long connect) = (Math.Max(DurationNs, other.DurationNs), Math.Max(ConnectNs, other.ConnectNs));
        Numbers = [.. Numbers.Zip(other.Numbers, (a, b) => a + b)];
        (DurationNs, ConnectNs) = (duration, connect);
        foreach ((string name, long count) in other.Errors)
        {
            Error(name, count);
        }

        Latency.Add(other.Latency);
        Uncorrected.Add(other.Uncorrected);
    }

    /// <summary>Adds what a process did in an interval.</summary>
    public void Add(LoadSlice slice)
    {
        Requests += slice.Latency.Count;
        Failed += slice.Failed;
        DurationNs = Math.Max(DurationNs, (long)(slice.EndSeconds * 1e9));
        Latency.Add(slice.Latency);
    }

    /// <summary>Adds an interval that is over to the list.</summary>
    public void AddInterval(LoadSlice slice) => Intervals.Add(new LoadInterval(slice.EndSeconds, slice.Latency.Count, slice.Failed,
        slice.Latency.PercentileUs(50), slice.Latency.PercentileUs(99), slice.Latency.Max / 1e3));

    private static double PerSecond(long count, long ns) => ns > 0 ? count * 1e9 / ns : 0;
}
