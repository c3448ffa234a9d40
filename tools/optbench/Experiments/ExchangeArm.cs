using NetTools.Sockets;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;

namespace NetTools.OptBench.Experiments;

/// <summary>Small exchanges: so many writes, one reply.</summary>
internal sealed class ExchangeArm : ConversationArm
{
    private const int MaximumSamples = 500;
    private const int WarmUp = 20;

    private readonly int _writes;
    private readonly byte[] _message;

    /// <summary>Opens the connection.</summary>
    /// <param name="peer">The far end.</param>
    /// <param name="name"><c>option=value</c>.</param>
    /// <param name="writes">Writes before each read.</param>
    /// <param name="option">The option to set and its value; null sets none.</param>
    /// <param name="atServer">Set it at the far end, not here.</param>
    /// <param name="rearmQuickAck">Set TCP_QUICKACK at the far end again before each read.</param>
    /// <param name="messageBytes">Bytes of each write, and of the reply.</param>
    public ExchangeArm(Peer peer, string name, int writes, OptionSetting? option, bool atServer, bool rearmQuickAck = false, int messageBytes = 1)
        : base(name, option?.Value, Open(peer, writes, option, atServer, rearmQuickAck, messageBytes), MaximumSamples, WarmUp)
    {
        _writes = writes;
        _message = new byte[messageBytes];
        Effective = option is null ? null : atServer ? Connection.Answer.Effective[0] : option.Value.Option.Get(Connection.Socket);
    }

    /// <inheritdoc/>
    protected override int Run(Span<double> microseconds, long deadline)
    {
        int done = ExchangeLoop.Run(Connection.Socket, _writes, _message, microseconds, deadline);
        return done >= 0 ? done : throw new PeerLostException($"measuring {Name}");
    }

    private static JobConnection Open(Peer peer, int writes, OptionSetting? option, bool atServer, bool rearmQuickAck, int messageBytes)
    {
        JobRequest request = new(JobKind.Echo, writes * messageBytes, messageBytes, 0, JobRequest.LongestMs)
        {
            Options = atServer && option is OptionSetting far ? [far] : [],
            RearmQuickAck = rearmQuickAck,
        };
        OptionSetting? ours = atServer ? null : option;
        return JobConnection.Open(peer, request, afterConnect: socket => ours?.Option.Set(socket, ours.Value.Value));
    }
}
