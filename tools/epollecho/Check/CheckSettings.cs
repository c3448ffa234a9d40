using NetTools.Sockets;

namespace NetTools.EpollEcho.Check;

/// <summary>What <c>epollecho check</c> was asked to do.</summary>
/// <param name="Target">The server.</param>
/// <param name="Pid">Its process, or null when it is elsewhere.</param>
/// <param name="Chosen">The trials, in their order.</param>
internal sealed record CheckSettings(Endpoint Target, int? Pid, IReadOnlyList<Trial> Chosen);
