namespace NetTools.OptBench.Server;

/// <summary>What an optbench server does for its clients, and no more.</summary>
/// <param name="Address">Numeric address or name to listen on; null for the loopback addresses, IPv4 and IPv6.</param>
/// <param name="Port">0 lets the kernel choose.</param>
internal sealed record ServerSettings(string? Address, int Port)
{
    /// <summary>The secret a client must prove; empty asks for none.</summary>
    public string Token { get; init; } = "";

    /// <summary>The most one job may move, bytes.</summary>
    public long MaximumBytes { get; init; } = Protocol.JobRequest.MostBytes;

    /// <summary>The longest one job may run, milliseconds.</summary>
    public int MaximumMs { get; init; } = Protocol.JobRequest.LongestMs;

    /// <summary>Jobs at one time; more are answered "busy".</summary>
    public int MaximumJobs { get; init; } = 64;

    /// <summary>Milliseconds from the accept until the token must be proven and the request be there.</summary>
    public int HandshakeMs { get; init; } = 5_000;

    /// <summary>The congestion controls a client may ask for; empty leaves it to the kernel.</summary>
    public IReadOnlyList<string> CongestionControls { get; init; } = [];

    /// <summary>How long a peer may be silent, milliseconds.</summary>
    public int SilenceMs { get; init; } = 15_000;
}
