using System.Globalization;
using NetTools.Measure;

namespace NetTools.EpollEcho.Merge;

/// <summary>One run, as its log tells it.</summary>
/// <param name="file">The log.</param>
internal sealed class MergedRun(string file)
{
    /// <summary>Before the name of an error among the counts of a log.</summary>
    public const string ErrorPrefix = "errors.";

    /// <summary>A run whose log lacks its end: it was killed, or its host was lost.</summary>
    public const string CutShort = "cut_short";

    private const string Lost = "lost"; // as scripts/fleet.sh writes it
    private const string Extension = ".hlog";

    private double _spanStart = double.MaxValue;
    private double _spanEnd = double.MinValue;
    private bool _ours;
    private bool _hasDuration;
    private string? _ended;
    private bool? _good;

    /// <summary>The log.</summary>
    public string File => file;

    /// <summary>The log's name without folder and extension.</summary>
    public string Name => Path.GetFileName(file.EndsWith(Extension, StringComparison.Ordinal) ? file[..^Extension.Length] : file);

    /// <summary>All latencies, waits in vain among them.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Requests answered.</summary>
    public long Requests { get; private set; }

    /// <summary>What the run counted besides, by name: failed, due, unsent, in_flight, mismatches, connections.</summary>
    public SortedDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>What went wrong, by name, and how often.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>Why it ended; null where a log of another program does not say.</summary>
    public string? Ended => _ended ?? (_ours && _good is null ? CutShort : null);

    /// <summary>It ended without counts: its log lacks the end, or scripts/fleet.sh lost the host.</summary>
    public bool IsCutShort => Ended is CutShort or Lost;

    /// <summary>What it counted is known; of a run that never began, nothing.</summary>
    public bool HasCounts => !IsCutShort && (Counts.Count > 0 || Ended is not null);

    /// <summary>Requests answered per second; null where no time was measured.</summary>
    public double? RequestsPerSecond => Seconds > 0 ? Requests / Seconds : null;

    /// <summary>It had no failures, as far as the log says.</summary>
    public bool Good => _good ?? !_ours;

    /// <summary>From the first request to the end.</summary>
    public (double Start, double End) Span => (_spanStart, _spanEnd);

    /// <summary>How long it took, seconds; 0 where no request was sent.</summary>
    public double Seconds => Math.Max(_spanEnd - _spanStart, 0);

    /// <summary>Adds the latencies of an interval.</summary>
    /// <param name="latency">The latencies.</param>
    /// <param name="waits">They are those of requests never answered.</param>
    /// <param name="start">When the interval began, seconds since 1970.</param>
    /// <param name="end">When it ended.</param>
    public void Add(LatencyHistogram latency, bool waits, double start, double end)
    {
        Latency.Add(latency);
        if (!waits)
        {
            Requests += latency.Count;
            if (!_hasDuration)
            {
                AddSpan(start, end); // the intervals are all there is
            }
        }
    }

    /// <summary>Adds counts, each <c>name=number</c>, and why the run ended.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="from">When the run began, seconds since 1970.</param>
    public void AddCounts(IEnumerable<string> counts, double from)
    {
        _ours = true;
        foreach (string[] pair in counts.Select(count => count.Split('=')).Where(pair => pair.Length == 2))
        {
            if (pair[0] == "ended")
            {
                _ended = pair[1];
            }
            else if (long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                AddCount(pair[0], number, from);
            }
        }
    }

    private void AddCount(string name, long number, double from)
    {
        if (name == "good")
        {
            _good = (_good ?? true) && number == 1;
        }
        else if (name == "duration_us")
        {
            _spanStart = _hasDuration ? _spanStart : double.MaxValue; // more exact than the seconds
            _spanEnd = _hasDuration ? _spanEnd : double.MinValue;
            AddSpan(from, from + (number / 1e6));
            _hasDuration = true;
        }
        else if (name.StartsWith(ErrorPrefix, StringComparison.Ordinal))
        {
            string error = name[ErrorPrefix.Length..];
            Errors[error] = Errors.GetValueOrDefault(error) + number;
        }
        else if (name is not ("requests" or "target"))
        {
            Counts[name] = Counts.GetValueOrDefault(name) + number;
        }
    }

    private void AddSpan(double start, double end) =>
        (_spanStart, _spanEnd) = (Math.Min(_spanStart, start), Math.Max(_spanEnd, end));
}
