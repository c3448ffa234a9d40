using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>Exchanges on a connection, a new one for each visit.</summary>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="requested">What is asked for; null for nothing.</param>
/// <param name="open">Opens a connection to an echo job; gives up at the time it is given.</param>
/// <param name="maximumSamples">Of one visit.</param>
/// <param name="warmUp">The most exchanges before them.</param>
internal abstract class ConversationArm(
    string name, long? requested, Func<long, JobConnection> open, int maximumSamples, int warmUp)
    : Arm(name, requested)
{
    /// <summary>A new connection acknowledges its first segments at once; these exchanges are not measured.</summary>
    private const int LeastWarmUp = 3;
    private const int LeastSamples = 8;

    private readonly double[] _visit = new double[maximumSamples];
    private JobConnection? _connection;
    private long _exchangeNs;
    private long _deadline = long.MaxValue;

    /// <inheritdoc/>
    public override bool WaitsForReplies => true;

    /// <inheritdoc/>
    public override long LeastMeasureNs => LeastSamples * _exchangeNs;

    /// <summary>The connection of the visit.</summary>
    protected JobConnection Connection => _connection!;

    /// <inheritdoc/>
    public override void Finish(long deadline)
    {
        FarTcp = Connection.TryInquire(deadline) is JobReport far ? (far.Before, far.After) : null;
        Congestion = Connection.Congestion;
    }

    /// <inheritdoc/>
    public override void Dispose() => _connection?.Dispose();

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(VisitPlan plan, out bool steady)
    {
        _connection?.Dispose();
        _connection = null;
        _connection = open(plan.Deadline);
        steady = Opened(_connection, plan);
        TcpInfo before = TcpInfo.Read(_connection.Socket);
        using SilenceGuard guard = new(_connection.Socket, JobConnection.SilenceMs, plan.Deadline);
        _deadline = plan.Deadline;
        long now = Clock.Nanoseconds;
        long warm = now + Math.Min(plan.MeasureNs / 4, plan.LongestWarmUpNs);
        int first = Run(_visit.AsSpan(0, LeastWarmUp), now + plan.LongestWarmUpNs);
        steady &= first == LeastWarmUp;
        int done = first;
        if (first == LeastWarmUp || !plan.IsPilot)
        {
            if (warmUp > LeastWarmUp && Clock.Nanoseconds < warm)
            {
                Run(_visit.AsSpan(0, warmUp - LeastWarmUp), warm);
            }

            now = Clock.Nanoseconds;
            done = Run(_visit, Math.Min(now + plan.MeasureNs, plan.Deadline));
        }

        // (A first visit that had no time for more is as long as its warm-up, and not steady.)
        MeasuredNs = Clock.Nanoseconds - now;
        _exchangeNs = (long)(Statistics.Median(_visit.AsSpan(0, done)) * 1e3);
        Tcp = (before, TcpInfo.Read(_connection.Socket));
        Measured(before, Tcp.Value.After);
        return _visit.AsSpan(0, done);
    }

    /// <summary>Called with each new connection; false where there was no time for all that had to come first.</summary>
    protected virtual bool Opened(JobConnection connection, VisitPlan plan) => true;

    /// <summary>What to throw when an exchange fails.</summary>
    protected Exception Lost() => Clock.Nanoseconds >= _deadline
        ? new TimeSpentException($"measuring {Name}", TcpInfo.ReadSilence(Connection.Socket))
        : new PeerLostException($"measuring {Name}");

    /// <summary>Called after each visit.</summary>
    protected virtual void Measured(in TcpInfo before, in TcpInfo after)
    {
    }

    /// <summary>Exchanges until the samples are full or the time is up, at least once. Allocates nothing.</summary>
    /// <param name="microseconds">Receives the time of each.</param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>.</param>
    /// <returns>The exchanges done.</returns>
    protected abstract int Run(Span<double> microseconds, long deadline);
}
