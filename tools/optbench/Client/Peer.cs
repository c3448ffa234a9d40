using NetTools.Sockets;

namespace NetTools.OptBench.Client;

/// <summary>The far end: where it is, and what to tell it.</summary>
/// <param name="Address">Where its server listens.</param>
/// <param name="Token">The shared secret; empty when it asks for none.</param>
/// <param name="Congestion">Congestion control asked for at both ends.</param>
internal sealed record Peer(SocketAddress Address, string Token, string Congestion);
