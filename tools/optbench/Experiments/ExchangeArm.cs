using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>Small exchanges: one or more writes, one reply.</summary>
internal sealed class ExchangeArm : ConversationArm
{
    private const int MaximumSamples = 500;
    private const int WarmUp = 20;

    private readonly int _writes;
    private readonly byte[] _message;
    private readonly OptionSetting? _option;
    private readonly bool _atServer;

    /// <summary>Prepares the arm.</summary>
    /// <param name="peer">The far end.</param>
    /// <param name="name"><c>option=value</c>.</param>
    /// <param name="writes">Writes before each read.</param>
    /// <param name="option">The option to set and its value; null sets none.</param>
    /// <param name="atServer">Set it at the far end, not here.</param>
    /// <param name="rearmQuickAck">Set TCP_QUICKACK at the far end again before each read.</param>
    /// <param name="messageBytes">Bytes of each write, and of the reply.</param>
    public ExchangeArm(Peer peer, string name, int writes, OptionSetting? option, bool atServer, bool rearmQuickAck = false,
        int messageBytes = 1)
        : base(name, option?.Value, deadline => Open(peer, writes, option, atServer, rearmQuickAck, messageBytes, deadline),
            MaximumSamples, WarmUp)
    {
        _writes = writes;
        _message = new byte[messageBytes];
        _option = option;
        _atServer = atServer;
    }

    /// <inheritdoc/>
    protected override bool Opened(JobConnection connection, VisitPlan plan)
    {
        Effective = _option is not OptionSetting option ? null : _atServer ? connection.Answer.Effective[0]
            : option.Option.Get(connection.Socket);
        return true;
    }

    /// <inheritdoc/>
    protected override int Run(Span<double> microseconds, long deadline)
    {
        int done = ExchangeLoop.Run(Connection.Socket, _writes, _message, microseconds, deadline);
        return done >= 0 ? done : throw Lost();
    }

    private static JobConnection Open(
        Peer peer, int writes, OptionSetting? option, bool atServer, bool rearmQuickAck, int messageBytes, long deadline)
    {
        JobRequest request = new(JobKind.Echo, writes * messageBytes, messageBytes, 0, JobRequest.LongestMs)
        {
            Options = atServer && option is OptionSetting far ? [far] : [],
            RearmQuickAck = rearmQuickAck,
        };
        OptionSetting? ours = atServer ? null : option;
        return JobConnection.Open(peer, request, afterConnect: socket => ours?.Option.Set(socket, ours.Value.Value),
            deadline: deadline);
    }
}
