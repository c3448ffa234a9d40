using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary>What <c>epollecho check</c> was asked to do.</summary>
/// <param name="Target">The server.</param>
/// <param name="Pid">Its process, or null when it is elsewhere or not running yet.</param>
/// <param name="Command">How to start it; empty when it is running.</param>
/// <param name="Name">What to call it.</param>
/// <param name="Profile">How much is examined.</param>
/// <param name="Chosen">The trials, in their order.</param>
internal sealed record CheckSettings(
    Endpoint Target, int? Pid, IReadOnlyList<string> Command, string Name, ExamProfile Profile, IReadOnlyList<EchoTrial> Chosen);
