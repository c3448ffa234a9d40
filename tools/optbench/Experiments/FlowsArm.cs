using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>Several bulk connections at once; what arrives over those of one direction is measured.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="requested">What the name says in a number; null for none.</param>
/// <param name="measuresUp">Measure what goes to the far end; else what comes from it.</param>
/// <param name="along">Connections in the measured direction, 1 or more.</param>
/// <param name="against">Connections in the other, at the same time.</param>
internal sealed unsafe class FlowsArm(Peer peer, string name, long? requested, bool measuresUp, int along, int against)
    : ThroughputArm(peer, name, null, afterConnect: false)
{
    private readonly Peer _peer = peer;
    private Flows? _flows;
    private long _touched;

    /// <summary>What each connection in the measured direction moved in the last call, bytes.</summary>
    public IReadOnlyList<long> Shares { get; private set; } = [];

    /// <inheritdoc/>
    protected override long? Requested => requested;

    /// <inheritdoc/>
    protected override bool IsSender => measuresUp;

    /// <inheritdoc/>
    protected override int BufferBytes => Flows.BufferBytes;

    /// <inheritdoc/>
    protected override SocketOption ReadBack => measuresUp ? SocketOption.SendBuffer : SocketOption.ReceiveBuffer;

    /// <inheritdoc/>
    protected override JobRequest Request => Flows.Request(measuresUp);

    /// <inheritdoc/>
    protected override long Touched => _touched;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _flows?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override string SenderCongestion(JobConnection connection) =>
        measuresUp ? connection.Congestion : connection.Answer.Congestion;

    /// <inheritdoc/>
    protected override void Begin(int socket)
    {
        _touched = 0;
        _flows?.Dispose();
        _flows = new(_peer);
        _flows.Add(socket, measuresUp);
        _flows.Open(measuresUp ? against : along - 1, measuresUp ? along - 1 : against, Deadline);
    }

    /// <inheritdoc/>
    protected override void Settle(int socket) => _flows?.Dispose(); // else the others go on while another arm is measured

    /// <inheritdoc/>
    protected override long Move(int socket, byte* buffer, long nanoseconds, long bytes)
    {
        long[] before = [.. Enumerable.Range(0, along).Select(_flows!.Arrived)];
        _flows.Move(buffer, nanoseconds, bytes, LeastMeasureNs);
        Shares = [.. before.Select((was, flow) => _flows.Arrived(flow) - was)];
        long total = Shares.Sum();
        _touched += total;
        return total;
    }
}
