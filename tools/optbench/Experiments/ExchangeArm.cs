using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>Small exchanges on one connection, which stays open from block to block.</summary>
internal sealed class ExchangeArm : Arm
{
    private const int MaximumSamples = 500;
    private const int WarmUp = 20;

    private readonly JobConnection _connection;
    private readonly TcpInfo _before;
    private readonly int _writes;
    private readonly byte[] _message;
    private readonly double[] _visit = new double[MaximumSamples];

    /// <summary>Opens the connection.</summary>
    /// <param name="peer">The far end.</param>
    /// <param name="name"><c>option=value</c>.</param>
    /// <param name="writes">Writes before each read.</param>
    /// <param name="option">The option to set and its value; null sets none.</param>
    /// <param name="atServer">Set it at the far end, not here.</param>
    /// <param name="rearmQuickAck">Set TCP_QUICKACK at the far end again before each read.</param>
    /// <param name="messageBytes">Bytes of each write, and of the reply.</param>
    public ExchangeArm(Peer peer, string name, int writes, OptionSetting? option, bool atServer, bool rearmQuickAck = false, int messageBytes = 1)
        : base(name, option?.Value)
    {
        _writes = writes;
        _message = new byte[messageBytes];
        JobRequest request = new(JobKind.Echo, writes * messageBytes, messageBytes, 0, JobRequest.LongestMs)
        {
            Options = atServer && option is OptionSetting far ? [far] : [],
            RearmQuickAck = rearmQuickAck,
        };
        OptionSetting? ours = atServer ? null : option;
        _connection = JobConnection.Open(peer, request, afterConnect: socket => ours?.Option.Set(socket, ours.Value.Value));
        Effective = option is null ? null : atServer ? _connection.Answer.Effective[0] : option.Value.Option.Get(_connection.Socket);
        _before = TcpInfo.Read(_connection.Socket);
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        JobReport far = _connection.Inquire();
        FarTcp = (far.Before, far.After);
        Congestion = _connection.Congestion;
    }

    /// <inheritdoc/>
    public override void Dispose() => _connection.Dispose();

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(RunSettings settings)
    {
        // After a pause the kernel acknowledges the first segments at once: those exchanges belong to the pause.
        long begin = Clock.Nanoseconds;
        Run(_visit.AsSpan(0, WarmUp), begin + (settings.VisitNs / 4));
        int done = Run(_visit, begin + settings.VisitNs);
        Tcp = (_before, TcpInfo.Read(_connection.Socket));
        return _visit.AsSpan(0, done);
    }

    private int Run(Span<double> samples, long deadline)
    {
        int done = ExchangeLoop.Run(_connection.Socket, _writes, _message, samples, deadline);
        return done >= 0 ? done : throw new PeerLostException($"measuring {Name}");
    }
}
