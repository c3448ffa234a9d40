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

/// <summary>One connection of the load generator: an entry that holds one socket after the other.</summary>
internal unsafe struct LoadConnection
{
    /// <summary>The socket, or -1.</summary>
    public int Socket;

    /// <summary>Where it stands.</summary>
    public LoadState State;

    /// <summary>Number of the socket in this entry, from 1: events of an earlier one do not count.</summary>
    public uint Generation;

    /// <summary>Requests begun and not answered.</summary>
    public int Outstanding;

    /// <summary>Bytes of them that the kernel has not taken.</summary>
    public long ToSend;

    /// <summary>Bytes sent on this socket.</summary>
    public long Sent;

    /// <summary>Echo: bytes received on this socket, all as expected.</summary>
    public long Received;

    /// <summary>Requests begun on this socket.</summary>
    public long Asked;

    /// <summary>Requests answered on this socket.</summary>
    public long Answered;

    /// <summary>Requests that ended on the sockets before this one.</summary>
    public long Done;

    /// <summary>Which stream of bytes this socket sends.</summary>
    public long Stream;

    /// <summary>Echo: where the answer under way ends.</summary>
    public long AnswerEnd;

    /// <summary>Place of the oldest of the times below.</summary>
    public int Oldest;

    /// <summary>When the outstanding requests were due: a ring of one for each that may be under way.</summary>
    public long* Due;

    /// <summary>When they were really begun.</summary>
    public long* Begun;

    /// <summary>When something last happened, nanoseconds: silence counts from here.</summary>
    public long LastActive;

    /// <summary>When the answer under way, or its request, could begin: what drips is late, too.</summary>
    public long Since;

    /// <summary>Bytes sent and received since then.</summary>
    public long Moved;

    /// <summary>When connect(2) was called; once open, when it was open.</summary>
    public long OpenedAt;

    /// <summary>errno of a send that failed: what came before is read first.</summary>
    public int SendError;

    /// <summary>Failures in a row without an answer between them.</summary>
    public int Failures;

    /// <summary>Addresses of the name tried for this socket, less one.</summary>
    public int Attempt;

    /// <summary>The first byte of the oldest request's answer has come.</summary>
    public bool FirstByteSeen;

    /// <summary>An earlier socket of this entry was open.</summary>
    public bool WasOpen;

    /// <summary>It stands in the list of those that may begin a request.</summary>
    public bool Queued;

    /// <summary>It waits before it is tried again.</summary>
    public bool BackingOff;

    /// <summary>It failed and is not opened again.</summary>
    public bool GivenUp;

    /// <summary>HTTP: how far the answer under way is read.</summary>
    public HttpAnswer Http;
}
