using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Capture;

/// <summary>What was counted of a whole run.</summary>
/// <param name="Received">Frames the filter let through, those dropped included; 0 for files.</param>
/// <param name="Dropped">Frames there was no room for, now or when a file was captured.</param>
internal readonly record struct CaptureTotals(ulong Received, ulong Dropped)
{
    private readonly IReadOnlyList<OriginCounters>? _each;

    /// <summary>The counters of each interface; none for files.</summary>
    public IReadOnlyList<OriginCounters> Each { get => _each ?? []; private init => _each = value; }

    /// <summary>The sum over all interfaces.</summary>
    public static CaptureTotals Of(IReadOnlyList<OriginCounters> counters) => new(
        counters.Aggregate(0ul, (sum, one) => sum + one.Received),
        counters.Aggregate(0ul, (sum, one) => sum + one.Dropped))
    { Each = counters };
}
