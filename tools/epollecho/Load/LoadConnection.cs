using NetTools.EpollEcho.Http;
namespace NetTools.EpollEcho.Load;

/// <summary>Where a connection of the load generator stands.</summary>
internal enum LoadState
{
    /// <summary>No socket.</summary>
    Closed,

    /// <summary>connect(2) is under way.</summary>
    Connecting,

    /// <summary>Open.</summary>
    Open,
}

/// <summary>One connection of the load generator.</summary>
internal unsafe struct LoadConnection
{
    /// <summary>The socket, or -1.</summary>
    public int Socket;

    /// <summary>Where it stands.</summary>
    public LoadState State;

    /// <summary>Which connection this entry holds, counted over all: 1, 2, ...</summary>
    public uint Generation;

    /// <summary>Requests begun and not answered.</summary>
    public int Outstanding;

    /// <summary>Bytes of them that the kernel has not taken.</summary>
    public long ToSend;

    /// <summary>Bytes sent on this connection.</summary>
    public long Sent;

    /// <summary>Echo: bytes received on this connection, all as expected.</summary>
    public long Received;

    /// <summary>Requests begun on this connection.</summary>
    public long Asked;

    /// <summary>Requests answered on this connection.</summary>
    public long Answered;

    /// <summary>Echo: where the answer under way ends.</summary>
    public long AnswerEnd;

    /// <summary>Which of the times below is the oldest.</summary>
    public int Oldest;

    /// <summary>When the outstanding requests were due, a ring of as many as may be on the way.</summary>
    public long* Due;

    /// <summary>When they were really begun.</summary>
    public long* Begun;

    /// <summary>Second of the monotonic clock at which something last happened.</summary>
    public int LastActive;

    /// <summary>It failed and is not opened again.</summary>
    public bool Given;

    /// <summary>HTTP: how far the answer under way is read.</summary>
    public HttpAnswer Http;
}
