namespace NetTools.EpollEcho.Serve;

/// <summary>Where and how one instance listens.</summary>
internal sealed record ListeningNotice(string Address, int Pid, int Instance, string Model, string Trigger, string Protocol)
{
    /// <summary>The socket options that were asked for, and what the kernel made of them.</summary>
    public IReadOnlyList<EffectiveOption> Options { get; init; } = [];
}

/// <summary>A socket option as asked for and as it is in effect.</summary>
internal sealed record EffectiveOption(string Name, int Requested, int Effective);

/// <summary>What one instance counted.</summary>
internal sealed record ServeSummary(int Instance, int Pid, long Accepted, long Closed, long PeakConnections, long Refused,
    long BytesReceived, long BytesSent, long Requests, IReadOnlyDictionary<string, long> Errors)
{
    /// <summary>
    /// Private memory beyond that of the idle server, divided by the peak of open connections; in the fork model the
    /// private memory of a child. Null when it was not measured.
    /// </summary>
    public long? UserBytesPerConnection { get; init; }

    /// <summary>Connections closed at the end of draining although something was unsent, under way, or not asked yet.</summary>
    public long Cut { get; init; }

    /// <summary>Datagrams not answered, because of the port or the interface they came from.</summary>
    public long Ignored { get; init; }

    /// <summary>Whether a signal ended the instance at once, without draining.</summary>
    public bool Interrupted { get; init; }
}
