using NetTools.Sockets;

namespace NetTools.EpollEcho.Serve;

/// <summary>The protocol of a server.</summary>
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

/// <summary>When epoll(7) reports a socket.</summary>
internal enum Trigger
{
    /// <summary>When it becomes ready.</summary>
    Edge,

    /// <summary>As long as it is ready.</summary>
    Level,
}

/// <summary>How several instances share a port.</summary>
internal enum AcceptMode
{
    /// <summary>A listener each, SO_REUSEPORT: the kernel chooses by a hash of the addresses.</summary>
    ReusePort,

    /// <summary>One listener for all, EPOLLEXCLUSIVE: the kernel wakes one of those who wait.</summary>
    Exclusive,
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

    /// <summary>UDP instead of TCP.</summary>
    public bool Udp { get; init; }

    /// <summary>UDP: a multicast group to join, or null.</summary>
    public System.Net.IPAddress? Group { get; init; }

    /// <summary>UDP: the interface of the group; 0 lets the routing table choose.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>How the instances share the port.</summary>
    public AcceptMode Accept { get; init; }

    /// <summary>Options set on the listener, which the accepted sockets inherit; of IPv6 for sockets that are.</summary>
    public IReadOnlyList<OptionSetting> Options { get; init; } = [];

    /// <summary>The sockets were passed, so that connections may have come before their options were set.</summary>
    public bool Passed { get; init; }

    /// <summary>TCP: sets TCP_QUICKACK on each connection, and again after each read; the kernel clears it (tcp(7)).</summary>
    public bool QuickAck { get; init; }

    /// <summary>Seconds between two live lines; 0 for none.</summary>
    public int StatsSeconds { get; init; }

    /// <summary>How many processes share the port, 1 or more.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>Connections that may wait to be accepted.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Connections at once, in each instance; int.MaxValue for as many as there are descriptors.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>
    /// HTTP: seconds for a request's head, and again for its body; a body has a second more for each 16 KiB. 0 for no limit.
    /// </summary>
    public int RequestTimeout { get; init; }

    /// <summary>Seconds until a draining server closes the connections that are left, 0 or more.</summary>
    public int DrainTimeout { get; init; } = 5;

    /// <summary>The user that root becomes once the sockets are open; null for the default.</summary>
    public string? User { get; init; }

    /// <summary>Whether to keep every system call.</summary>
    public bool NoSandbox { get; init; }

    /// <summary>The descriptor of --ready-fd, or null.</summary>
    public int? ReadyDescriptor { get; init; }

    /// <summary>The path of --pid-file, or null.</summary>
    public string? PidFile { get; init; }

    /// <summary>Seconds of silence after which a connection is closed; 0 for never.</summary>
    public int IdleTimeout { get; init; }
}
