using System.Runtime.InteropServices;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>One-byte exchanges while bulk connections load the path.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="down">Bulk connections from the far end.</param>
/// <param name="up">Bulk connections to it.</param>
internal sealed class LoadedArm(Peer peer, string name, int down, int up)
    : ConversationArm(name, null, deadline => OpenEcho(peer, deadline), MaximumSamples, WarmUpExchanges)
{
    private const int MaximumSamples = 500;
    private const int WarmUpExchanges = 20;
    private const int RoundTripsToFill = 20;
    private const int LeastFillMs = 50;
    private const int MostFillMs = 1_000;

    private readonly byte[] _message = new byte[1];
    private BackgroundLoad? _load;

    /// <summary>A connection to an echo job, without Nagle's algorithm.</summary>
    public static JobConnection OpenEcho(Peer peer, long deadline) => JobConnection.Open(peer,
        new JobRequest(JobKind.Echo, 1, 1, 0, JobRequest.LongestMs),
        afterConnect: socket => SocketOption.NoDelay.Set(socket, true), deadline: deadline);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _load?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override bool Opened(JobConnection connection, VisitPlan plan)
    {
        Effective = null;
        _load?.Dispose();
        _load = null;
        if (down + up == 0)
        {
            return true;
        }

        long begin = Clock.Nanoseconds;
        _load = new(peer, down, up, plan.Deadline);
        // Slow start fills the queue in a few round trips.
        uint roundTripUs = TcpInfo.Read(connection.Socket).RttUs;
        long wantedMs = Math.Clamp(RoundTripsToFill * roundTripUs / 1000, LeastFillMs, MostFillMs);
        long fillMs = Math.Min(wantedMs, Math.Max(plan.LongestWarmUpNs - (Clock.Nanoseconds - begin), 0) / TimeUnits.Millisecond);
        Thread.Sleep((int)fillMs);
        return fillMs == wantedMs;
    }

    /// <inheritdoc/>
    protected override void Measured(in TcpInfo before, in TcpInfo after) => _load?.Dispose();

    /// <inheritdoc/>
    protected override int Run(Span<double> microseconds, long deadline)
    {
        int done = ExchangeLoop.Run(Connection.Socket, 1, _message, microseconds, deadline);
        return done >= 0 ? done : throw Lost();
    }
}

/// <summary>Bulk connections that a thread keeps busy until it is disposed of.</summary>
internal sealed unsafe class BackgroundLoad : IDisposable
{
    private const long TurnNs = 20_000_000;

    private readonly Flows _flows;
    private readonly Thread _thread;
    private volatile bool _stop;

    /// <summary>Opens the connections and begins.</summary>
    /// <param name="peer">The far end.</param>
    /// <param name="down">Connections from it.</param>
    /// <param name="up">Connections to it.</param>
    /// <param name="deadline">When it gives up opening them.</param>
    public BackgroundLoad(Peer peer, int down, int up, long deadline)
    {
        _flows = new(peer);
        _flows.Open(down, up, deadline);
        _thread = new(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Bytes that have arrived so far in one direction.</summary>
    public long Arrived(bool up) => _flows.Arrived(up);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _flows.Dispose();
    }

    private void Run()
    {
        CallingThread.AllowOn(Cpus.Allowed);
        byte* buffer = (byte*)NativeMemory.AllocZeroed(Flows.BufferBytes);
        try
        {
            while (!_stop)
            {
                _flows.Move(buffer, TurnNs, long.MaxValue, TurnNs);
            }
        }
        catch (PeerLostException)
        {
            // The exchanges notice it too.
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }
}
