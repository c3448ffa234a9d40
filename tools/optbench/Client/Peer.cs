using NetTools.Sockets;

namespace NetTools.OptBench.Client;

/// <summary>The far end.</summary>
/// <param name="Address">Where its server listens.</param>
/// <param name="Token">The shared secret; empty when it asks for none.</param>
/// <param name="Congestion">Congestion control to ask for at both ends.</param>
internal sealed record Peer(SocketAddress Address, string Token, string Congestion)
{
    /// <summary>True when the user named the server, false for one that was started here.</summary>
    public bool IsRemote { get; init; }
}
