using NetTools.Sockets;

namespace NetTools.EpollEcho.Serve;

/// <summary>What the server says to a connection.</summary>
internal enum Protocol
{
    /// <summary>Every byte comes back (RFC 862).</summary>
    Echo,

    /// <summary>HTTP/1.0 and 1.1.</summary>
    Http,
}

/// <summary>How connections are served.</summary>
internal enum Model
{
    /// <summary>One epoll(7) loop for all.</summary>
    Epoll,

    /// <summary>A process for each.</summary>
    Fork,
}

/// <summary>When epoll(7) tells of a socket.</summary>
internal enum Trigger
{
    /// <summary>When it becomes ready.</summary>
    Edge,

    /// <summary>As long as it is ready.</summary>
    Level,
}

/// <summary>The checked settings of a server.</summary>
/// <param name="Address">Where to listen.</param>
internal sealed record ServeSettings(SocketAddress Address)
{
    /// <summary>Echo or HTTP.</summary>
    public Protocol Protocol { get; init; }

    /// <summary>One loop, or a process for each connection.</summary>
    public Model Model { get; init; }

    /// <summary>Edge or level.</summary>
    public Trigger Trigger { get; init; }

    /// <summary>How many processes share the port, 1 or more.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Connections that may wait to be accepted.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Connections at once, in each instance; int.MaxValue for as many as there are descriptors.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>Seconds of silence after which a connection is closed; 0 for never.</summary>
    public int IdleTimeout { get; init; }
}
