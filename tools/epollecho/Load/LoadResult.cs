using System.Runtime.InteropServices;
using NetTools.Measure;

namespace NetTools.EpollEcho.Load;

/// <summary>Why a run ended. The later of two names wins when processes disagree.</summary>
internal enum RunEnd
{
    /// <summary>All requests were begun.</summary>
    Count,

    /// <summary>The time was over.</summary>
    Time,

    /// <summary>Every connection was lost, and none may be opened again.</summary>
    ConnectionsLost,

    /// <summary>No connection can be made any more.</summary>
    ServerGone,

    /// <summary>No connection could be made, for a reason on this side: no ports, no descriptors, no route.</summary>
    CannotConnect,

    /// <summary>A process died before its share was done.</summary>
    ProcessLost,

    /// <summary>SIGINT, SIGTERM or SIGHUP.</summary>
    Signal,

    /// <summary>Standard input ended without the line to start by.</summary>
    NoStart,
}

/// <summary>One second of a run.</summary>
/// <param name="EndSeconds">Its end, counted from the first request.</param>
/// <param name="Requests">Answered in it.</param>
/// <param name="Failed">Requests that failed in it.</param>
/// <param name="ConnectionFailures">Connections that failed in it without a request.</param>
/// <param name="P50Us">Median latency, microseconds; null, as the others, where nothing was answered.</param>
/// <param name="P90Us">90 % were at most so long.</param>
/// <param name="P99Us">99 % were at most so long.</param>
/// <param name="MaxUs">The longest.</param>
internal sealed record LoadInterval(double EndSeconds, long Requests, long Failed, long ConnectionFailures,
    double? P50Us, double? P90Us, double? P99Us, double? MaxUs);

/// <summary>The whole numbers of a result, in the layout in which processes exchange them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LoadCounts
{
    /// <summary>
    /// The span that rates are of, nanoseconds: from the first request to the end of the time asked for, or to the last request
    /// or right answer where that is later. The wait for answers that never come is not in it.
    /// </summary>
    public long DurationNs;

    /// <summary>From the first request to the end of the last wait, nanoseconds; at least <see cref="DurationNs"/>.</summary>
    public long ElapsedNs;

    /// <summary>
    /// How long <see cref="Opened"/> took, nanoseconds: from the first connect to the first request; with a connection for each
    /// request, <see cref="DurationNs"/>.
    /// </summary>
    public long ConnectNs;

    /// <summary>Connections made within <see cref="ConnectNs"/>.</summary>
    public long Opened;

    /// <summary>Connections made, those opened again among them.</summary>
    public long Connections;

    /// <summary>The most open at one time.</summary>
    public long PeakConnections;

    /// <summary>Connections opened again after the peer had closed them.</summary>
    public long Reconnects;

    /// <summary>Requests answered, and answered right.</summary>
    public long Requests;

    /// <summary>Requests begun that came to nothing.</summary>
    public long Failed;

    /// <summary>
    /// Failures of connections that cost no request: one could not be made, or was lost when nothing was under way on it.
    /// </summary>
    public long ConnectionFailures;

    /// <summary>
    /// Requests that were due: always the sum of <see cref="Requests"/>, <see cref="Failed"/>, <see cref="Unsent"/> and
    /// <see cref="InFlight"/>.
    /// </summary>
    public long Due;

    /// <summary>Requests that were due and never sent.</summary>
    public long Unsent;

    /// <summary>Requests sent and neither answered nor given up when the run ended.</summary>
    public long InFlight;

    /// <summary>Requests sent again on another connection.</summary>
    public long Repeated;

    /// <summary>Bytes received that were what was sent.</summary>
    public long BytesVerified;

    /// <summary>Bytes received, of any kind.</summary>
    public long BytesReceived;

    /// <summary>Answers that were not what was sent.</summary>
    public long Mismatches;

    /// <summary>UDP: datagrams not answered in time, rightly or wrongly.</summary>
    public long Lost;

    /// <summary>UDP: answers that came after their datagram was counted lost.</summary>
    public long Late;

    /// <summary>UDP: answers that came after the answer to a datagram sent later.</summary>
    public long Reordered;

    /// <summary>UDP: second answers to a datagram.</summary>
    public long Duplicates;

    /// <summary>Adds those of a process that ran at the same time: times do not add up.</summary>
    public void Add(LoadCounts other)
    {
        (long duration, long elapsed, long connect) = (Math.Max(DurationNs, other.DurationNs),
            Math.Max(ElapsedNs, other.ElapsedNs), Math.Max(ConnectNs, other.ConnectNs));
        Span<long> sums = MemoryMarshal.Cast<LoadCounts, long>(new Span<LoadCounts>(ref this));
        ReadOnlySpan<long> more = MemoryMarshal.Cast<LoadCounts, long>(new ReadOnlySpan<LoadCounts>(ref other));
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += more[i];
        }

        (DurationNs, ElapsedNs, ConnectNs) = (duration, elapsed, connect);
    }
}

/// <summary>What a load run measured.</summary>
internal sealed class LoadResult
{
    /// <summary>The whole numbers.</summary>
    public LoadCounts Counts;

    /// <summary>Why it ended.</summary>
    public RunEnd End { get; set; }

    /// <summary>Wall clock at the first connect, nanoseconds since 1970.</summary>
    public long StartedAt { get; set; }

    /// <summary>Wall clock when the first request was due, nanoseconds since 1970; 0 where none ever was.</summary>
    public long BegunAt { get; set; }

    /// <summary>Wall clock at the end, nanoseconds since 1970.</summary>
    public long EndedAt { get; set; }

    private readonly long[] _statuses = new long[1000];

    /// <summary>HTTP: answers by their status, ascending; only those that came.</summary>
    public IEnumerable<(int Code, long Count)> StatusCodes =>
        _statuses.Select((count, code) => (code, count)).Where(status => status.count > 0);

    /// <summary>What went wrong, by name, and how often.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// From the time a request was due (closed loop: begun) to the last byte of its right answer; and at the end of a run, see
    /// <see cref="AddWaits()"/>, what others had waited.
    /// </summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>
    /// How long requests waited that were still waiting when they were given up: timed out, lost, in flight, never sent.
    /// Null when there are none.
    /// </summary>
    public LatencyHistogram? Waits { get; private set; }

    /// <summary>Open loop: from the time it was begun.</summary>
    public LatencyHistogram Uncorrected { get; } = new();

    /// <summary>From connect(2) to the connection's being open.</summary>
    public LatencyHistogram Connect { get; } = new();

    /// <summary>From the time a request could first be sent to the first byte of its answer.</summary>
    public LatencyHistogram FirstByte { get; } = new();

    /// <summary>The same second by second.</summary>
    public List<LoadInterval> Intervals { get; } = [];

    /// <summary>The latencies of each second, when they are to be logged at the end.</summary>
    public List<(double EndSeconds, LatencyHistogram Latency)>? Histograms { get; set; }

    /// <summary>The log that has each second written as it ends, or null.</summary>
    public ISecondsLog? Seconds { get; init; }

    /// <summary>
    /// Requests answered per second; null where no time was measured, see <see cref="LoadCounts.DurationNs"/>.
    /// </summary>
    public double? RequestsPerSecond => PerSecond(Counts.Requests, Counts.DurationNs);

    /// <summary>Connections per second while they were opened, before the first request; null without connections.</summary>
    public double? ConnectionsPerSecond => PerSecond(Counts.Opened, Counts.ConnectNs);

    /// <summary>Everything asked for was done, and nothing went wrong.</summary>
    public bool Good => Counts is { Failed: 0, ConnectionFailures: 0, Mismatches: 0, Unsent: 0, InFlight: 0 }
        && Errors.Count == 0 && End <= RunEnd.Time;

    /// <summary>Adds waits that are among the latencies already.</summary>
    public void ReadWaits(BinaryReader reader) => (Waits ??= new LatencyHistogram()).AddSaved(reader);

    /// <summary>
    /// Adds the waits to the latencies, once, when the requests are over. Those not longer than the shortest answer are left out:
    /// their answers may have been on their way.
    /// </summary>
    public void AddWaits()
    {
        LatencyHistogram? all = Waits;
        Waits = all?.Above(Latency.Min);
        if (Waits is not null)
        {
            Latency.Add(Waits);
        }
    }

    /// <summary>Counts an error.</summary>
    public void Error(string name, long count = 1) => Errors[name] = Errors.GetValueOrDefault(name) + count;

    /// <summary>Counts an answer's status, 100 to 999.</summary>
    public void Status(int code, long count = 1) => _statuses[code] += count;

    /// <summary>Records how long requests have waited that are given up now.</summary>
    public void Waited(long nanoseconds, long count = 1) => (Waits ??= new LatencyHistogram()).Record(nanoseconds, count);

    /// <summary>Adds what another process did at the same time; not its intervals.</summary>
    public void Add(LoadResult other)
    {
        Counts.Add(other.Counts);
        End = (RunEnd)Math.Max((int)End, (int)other.End);
        StartedAt = Earlier(StartedAt, other.StartedAt);
        BegunAt = Earlier(BegunAt, other.BegunAt);
        EndedAt = Math.Max(EndedAt, other.EndedAt);
        foreach ((string name, long count) in other.Errors)
        {
            Error(name, count);
        }

        foreach ((int code, long count) in other.StatusCodes)
        {
            Status(code, count);
        }

        if (other.Waits is not null)
        {
            (Waits ??= new LatencyHistogram()).Add(other.Waits);
        }

        Latency.Add(other.Latency);
        Uncorrected.Add(other.Uncorrected);
        Connect.Add(other.Connect);
        FirstByte.Add(other.FirstByte);
    }

    /// <summary>Adds what a process did in an interval.</summary>
    public void Add(LoadSlice slice)
    {
        Counts.Requests += slice.Latency.Count;
        Counts.Failed += slice.Failed;
        Counts.ConnectionFailures += slice.ConnectionFailures;
        Counts.DurationNs = Math.Max(Counts.DurationNs, (long)(slice.EndSeconds * 1e9));
        Counts.ElapsedNs = Counts.DurationNs;
        Latency.Add(slice.Latency);
    }

    /// <summary>Adds an interval that is over to the list.</summary>
    public void AddInterval(LoadSlice slice)
    {
        bool any = slice.Latency.Count > 0;
        Intervals.Add(new LoadInterval(slice.EndSeconds, slice.Latency.Count, slice.Failed, slice.ConnectionFailures,
            any ? slice.Latency.PercentileUs(50) : null, any ? slice.Latency.PercentileUs(90) : null,
            any ? slice.Latency.PercentileUs(99) : null, any ? slice.Latency.Max / 1e3 : null));
        Seconds?.Add(slice.EndSeconds, slice.Latency);
        if (Histograms is not null)
        {
            LatencyHistogram copy = new();
            copy.Add(slice.Latency);
            Histograms.Add((slice.EndSeconds, copy));
        }
    }

    private static long Earlier(long one, long other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);

    private static double? PerSecond(long count, long ns) => ns > 0 ? count * 1e9 / ns : null;
}
