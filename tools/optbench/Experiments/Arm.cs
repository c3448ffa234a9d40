using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Results;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>How long one visit to an arm may take.</summary>
/// <param name="MeasureNs">The measured part, nanoseconds.</param>
/// <param name="MeasureBytes">Throughput: the measured part ends after this many bytes at the latest.</param>
/// <param name="LongestWarmUpNs">The clock starts after this in any case, steady or not.</param>
/// <param name="IsPilot">The first visit: it may look longer, to see what the others need.</param>
internal readonly record struct VisitPlan(long MeasureNs, long MeasureBytes, long LongestWarmUpNs, bool IsPilot = false)
{
    /// <summary>
    /// On <see cref="NetTools.Os.Clock.Nanoseconds"/>: the visit ends by then, with a
    /// <see cref="TimeSpentException"/> where it still waits for the far end.
    /// </summary>
    public long Deadline { get; init; } = long.MaxValue;

    /// <summary>Asked while a rate is watched, which may take seconds; true ends the visit as the deadline does.</summary>
    public Func<bool>? Stop { get; init; }
}

/// <summary>One way of setting the option, measured again and again in short visits, each on a connection of its own.</summary>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="requested">What is asked for; null for nothing.</param>
internal abstract class Arm(string name, long? requested) : IDisposable
{
    private const int MostUnsteady = 4; // one visit in this many

    private readonly List<double> _samples = [];
    private int _kept;
    private int _unsteady;

    /// <summary><c>option=value</c>.</summary>
    public string Name => name;

    /// <summary>What is asked for; null for nothing.</summary>
    protected virtual long? Requested => requested;

    /// <summary>What the kernel reads back.</summary>
    protected long? Effective { get; set; }

    /// <summary>The congestion control of the sending end, or null.</summary>
    protected string? Congestion { get; set; }

    /// <summary>TCP_INFO at our end at the beginning of the last connection, and at its end; null for none.</summary>
    protected (TcpInfo Before, TcpInfo After)? Tcp { get; set; }

    /// <summary>The same at the server's end.</summary>
    protected (TcpInfo Before, TcpInfo After)? FarTcp { get; set; }

    /// <summary>True when it is we who send the bytes that are measured.</summary>
    protected virtual bool IsSender => true;

    /// <summary>What moving bytes cost both ends; null where bytes are not what is measured.</summary>
    protected CpuCost? Cost { get; set; }

    /// <summary>True when what is timed is mostly waiting for the other end.</summary>
    public virtual bool WaitsForReplies => false;

    /// <summary>How long the measured part of the last visit was, nanoseconds.</summary>
    public long MeasuredNs { get; protected set; }

    /// <summary>The shortest measured part that says something, nanoseconds; good once there was a visit.</summary>
    public abstract long LeastMeasureNs { get; }

    /// <summary>What a visit like the last needs besides its measured part, nanoseconds.</summary>
    /// <param name="visitNs">How long the last visit was in all.</param>
    public virtual long NeedNs(long visitNs) => visitNs - MeasuredNs;

    /// <summary>
    /// How much longer than it needs a visit may wait for things to settle, nanoseconds; good once there was one.
    /// </summary>
    public virtual long PatienceNs => 0;

    /// <summary>Measures once and returns the median of the visit's samples.</summary>
    /// <param name="plan">How long.</param>
    /// <param name="keep">False in the warm-up: the samples are not kept.</param>
    public double Visit(VisitPlan plan, bool keep)
    {
        ReadOnlySpan<double> samples = Take(plan, out bool steady);
        if (keep)
        {
            Keep(samples, steady);
        }
        else
        {
            (Pilot, PilotSteady) = (samples.ToArray(), steady);
        }

        return Statistics.Median(samples);
    }

    /// <summary>Keeps the samples of the warm-up after all, where there was no time for another visit.</summary>
    public double KeepPilot()
    {
        Keep(Pilot, PilotSteady);
        return Statistics.Median(Pilot);
    }

    /// <summary>The arm's result from its block medians.</summary>
    /// <param name="blocks">A median a block, at least one.</param>
    /// <param name="confidence">The level of the interval.</param>
    public ArmResult Result(double[] blocks, double confidence)
    {
        bool steady = _unsteady * MostUnsteady <= _kept;
        MedianEstimate median = MedianEstimate.Of(blocks, confidence);
        return new(name, Requested, Effective, steady ? median : median with { Interval = null }, _samples)
        {
            Blocks = blocks,
            Steady = steady,
            Usual = steady ? MedianEstimate.Of(blocks).Interval : null,
            Congestion = Congestion,
            Tcp = Tcp,
            FarTcp = FarTcp,
            IsSender = IsSender,
            Cost = Cost,
        };
    }

    /// <summary>Called after the last visit, before the result is asked for: asks the far end what it saw.</summary>
    /// <param name="deadline">On <see cref="NetTools.Os.Clock.Nanoseconds"/>: what is not known by then stays unknown.</param>
    public virtual void Finish(long deadline)
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Takes the samples of one visit, at least one; what must settle first is dropped.</summary>
    /// <param name="plan">How long.</param>
    /// <param name="steady">False when the clock had to start before things had settled.</param>
    protected abstract ReadOnlySpan<double> Take(VisitPlan plan, out bool steady);

    private double[] Pilot { get; set; } = [];

    private bool PilotSteady { get; set; }

    private void Keep(ReadOnlySpan<double> samples, bool steady)
    {
        _samples.AddRange(samples);
        _kept++;
        _unsteady += steady ? 0 : 1;
    }
}
