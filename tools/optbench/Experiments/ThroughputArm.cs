using System.Runtime.InteropServices;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Bulk transfer, each visit on a new connection: the window scale is fixed in its SYN. The clock starts once the rate is steady,
/// round trip by round trip (<see cref="Steadiness"/>); where a path has a delay, not before the time that the first visit took
/// to settle (<see cref="Settling"/>). At the end the connection is aborted, so nothing that still waits delays the next visit.
/// </summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="option">Set on our socket before it connects; null leaves the kernel to tune.</param>
/// <param name="afterConnect">Set it after the handshake instead.</param>
internal abstract unsafe class ThroughputArm(Peer peer, string name, OptionSetting? option, bool afterConnect)
    : Arm(name, option?.Value)
{
    /// <summary>No call blocks longer, so that a visit ends when its time is over however slow the link is.</summary>
    protected const int LongestCallMs = 50;

    /// <summary>What is set on our socket; null for nothing.</summary>
    protected OptionSetting? Option => option;

    private const int LeastRoundTrips = 10;
    private const long LeastNs = 10_000_000;
    private const long AskEachVisitBelowNs = 5_000_000;

    /// <summary>Below this the rate has settled long before the shortest warm-up is over.</summary>
    private const long LookFromRoundTripNs = 500_000;

    /// <summary>When the visit must be over, on <see cref="Clock.Nanoseconds"/>.</summary>
    protected long Deadline { get; private set; } = long.MaxValue;

    private Func<bool>? _stop;
    private long _roundTripNs;
    private long _settleNs; // what each visit waits before the clock starts
    private long _lookedNs; // what the first visit looked longer
    private bool _settles = true;
    private bool _looked;
    private JobConnection? _last;

    /// <inheritdoc/>
    public override long LeastMeasureNs => Math.Max(LeastRoundTrips * _roundTripNs, LeastNs);

    /// <summary>Bytes of the buffer.</summary>
    protected abstract int BufferBytes { get; }

    /// <summary>The option that is read back.</summary>
    protected abstract SocketOption ReadBack { get; }

    /// <summary>What the server is asked to do.</summary>
    protected abstract JobRequest Request { get; }

    /// <inheritdoc/>
    public override long NeedNs(long visitNs) => base.NeedNs(visitNs) - _lookedNs;

    /// <inheritdoc/>
    public override long PatienceNs => new Steadiness(_roundTripNs).UsualNs;

    /// <inheritdoc/>
    public override void Finish(long deadline)
    {
        if (FarTcp is null && _last?.TryInquire(deadline) is JobReport far)
        {
            Ask(far);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _last?.Dispose();

    /// <summary>
    /// Moves bytes until the time is over or they are moved; returns how many arrived since the last call. Allocates nothing.
    /// </summary>
    /// <param name="socket">The connection.</param>
    /// <param name="buffer">Of <see cref="BufferBytes"/>.</param>
    /// <param name="nanoseconds">How long, at least one call.</param>
    /// <param name="bytes">
    /// How many; it ends no sooner than after <see cref="LeastMeasureNs"/> or <paramref name="nanoseconds"/>.
    /// </param>
    protected abstract long Move(int socket, byte* buffer, long nanoseconds, long bytes);

    /// <summary>The congestion control of the end that sends.</summary>
    protected abstract string SenderCongestion(JobConnection connection);

    /// <summary>Bytes that our thread has moved on this connection, for what they cost it.</summary>
    protected abstract long Touched { get; }

    /// <summary>Called with each new connection before its first byte.</summary>
    protected abstract void Begin(int socket);

    /// <summary>Settles what remains to be done for the bytes that were moved; its CPU time counts.</summary>
    protected virtual void Settle(int socket)
    {
    }

    /// <summary>What to throw when the far end is gone.</summary>
    protected PeerLostException Lost() => new($"measuring {Name}");

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(VisitPlan plan, out bool steady)
    {
        _last?.Dispose();
        _last = null;
        (Deadline, _stop) = (plan.Deadline, plan.Stop);
        JobConnection connection = JobConnection.Open(
            peer, Request, socket => Set(socket, !afterConnect), socket => Set(socket, afterConnect), plan.Deadline);
        _last = connection;
        int socket = connection.Socket;
        SocketOptions.ResetOnClose(socket);
        Congestion = SenderCongestion(connection);
        TcpInfo before = TcpInfo.Read(socket);
        _roundTripNs = before.RttUs * 1000L;
        Wire.SetTimeout(socket, LongestCallMs);
        byte* buffer = (byte*)NativeMemory.AllocZeroed((nuint)BufferBytes);
        try
        {
            Begin(socket);
            long cpuNs = Clock.ThreadCpuNanoseconds;
            steady = plan.IsPilot && _roundTripNs >= LookFromRoundTripNs ? Look(socket, buffer, plan.LongestWarmUpNs)
                : WarmUp(socket, buffer, plan.LongestWarmUpNs) && _settles;
            long begin = Clock.Nanoseconds;
            if (begin >= plan.Deadline)
            {
                throw new TimeSpentException($"measuring {Name}");
            }

            long wanted = Math.Max(plan.MeasureNs, Math.Min(LeastMeasureNs, plan.LongestWarmUpNs / 2));
            long bytes = Move(socket, buffer, Math.Min(wanted, plan.Deadline - begin), plan.MeasureBytes);
            long nanoseconds = Clock.Nanoseconds - begin;
            MeasuredNs = nanoseconds;
            steady &= bytes > 0;
            Settle(socket);
            cpuNs = Clock.ThreadCpuNanoseconds - cpuNs;
            Effective = ReadBack.Get(socket);
            Tcp = (before, TcpInfo.Read(socket));
            Cost = (Cost ?? default) + new CpuCost(cpuNs, Touched, 0, 0, IsSender ? Tcp.Value.After.Retransmits : 0);
            FarTcp = null;
            if (_roundTripNs < AskEachVisitBelowNs && connection.TryInquire(plan.Deadline) is JobReport far)
            {
                Ask(far);
            }

            return new[] { bytes * 1e3 / nanoseconds };
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private bool WarmUp(int socket, byte* buffer, long longestNs)
    {
        Steadiness steadiness = new(_roundTripNs);
        long begin = Clock.Nanoseconds;
        long now = begin;
        longestNs = Math.Min(longestNs, Deadline - begin);
        while (now - begin < longestNs)
        {
            EndIfStopped();
            long start = now;
            long bytes = Move(socket, buffer, steadiness.SliceNs, long.MaxValue);
            now = Clock.Nanoseconds;
            if (steadiness.Add((double)bytes / (now - start), now - begin) && now - begin >= _settleNs)
            {
                return true;
            }
        }

        // (Where the first visit saw when the rate settles, that time is over, and it may still vary: on a path that loses.)
        return _looked && _settles && now - begin >= _settleNs && now - begin >= steadiness.UsualNs;
    }

    /// <summary>Moves bytes for the whole time and sees when the rate had settled; false when it never did.</summary>
    private bool Look(int socket, byte* buffer, long longestNs)
    {
        Span<double> rates = stackalloc double[Settling.Parts];
        long begin = Clock.Nanoseconds;
        long now = begin;
        longestNs = Math.Clamp(Deadline - begin, 0, longestNs);
        Wire.SetTimeout(socket, (int)Math.Clamp(longestNs / rates.Length / TimeUnits.Millisecond, 1, LongestCallMs));
        for (int part = 0; part < rates.Length; part++)
        {
            EndIfStopped();
            long start = now;
            long bytes = Move(socket, buffer, Math.Max(begin + (longestNs * (part + 1) / rates.Length) - now, 1), long.MaxValue);
            now = Clock.Nanoseconds;
            rates[part] = (double)bytes / Math.Max(now - start, 1);
        }

        Wire.SetTimeout(socket, LongestCallMs);
        long? time = Settling.Time(rates, now - begin);
        _settles = time is not null;
        _settleNs = time ?? longestNs;
        _looked = true;
        // The other visits need eight round trips at least, to see that the rate is steady.
        _lookedNs = now - begin - Math.Max(_settleNs, new Steadiness(_roundTripNs).LeastNs);
        return _settles;
    }

    private void EndIfStopped()
    {
        if (_stop?.Invoke() == true)
        {
            throw new TimeSpentException($"measuring {Name}");
        }
    }

    private void Ask(JobReport far)
    {
        FarTcp = (far.Before, far.After);
        Cost = (Cost ?? default) + new CpuCost(0, 0, far.CpuNs, far.Bytes, IsSender ? 0 : far.After.Retransmits);
    }

    private void Set(int socket, bool now)
    {
        if (now && option is OptionSetting setting)
        {
            setting.Option.Set(socket, setting.Value);
        }
    }
}
