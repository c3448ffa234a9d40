using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.EpollEcho.Check;

/// <summary>The server that is examined.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="process">Its process, or null when it is elsewhere.</param>
/// <param name="command">How it is started, or null when it is running already.</param>
/// <param name="descriptorLimit">How many descriptors this process may have.</param>
internal sealed class Subject(SocketAddress address, ServerProcess? process, ServerCommand? command, int descriptorLimit)
{
    /// <summary>How long a server may do nothing while something is due, milliseconds.</summary>
    public const int PatienceMs = 4000;

    private int _peers;

    /// <summary>Its process.</summary>
    public ServerProcess? Process => process;

    /// <summary>How it is started.</summary>
    public ServerCommand? Command => command;

    /// <summary>Where it listens.</summary>
    public SocketAddress Address => address;

    /// <summary>What 10,000 clients one after the other left behind, once they have been.</summary>
    public Churn? Churn { get; set; }

    /// <summary>How many connections a trial may hold at once.</summary>
    public int MostConnections => Math.Max(descriptorLimit - 32, 16);

    /// <summary>A new client, whose connection is under way.</summary>
    /// <param name="receiveBuffer">SO_RCVBUF in bytes; 0 leaves it to the kernel.</param>
    /// <param name="letters">Letters only, instead of all bytes.</param>
    public EchoPeer Connect(int receiveBuffer = 0, bool letters = false) => new(address, ++_peers, receiveBuffer, letters);

    /// <summary>Whether a new client is served.</summary>
    /// <param name="seen">What it saw.</param>
    /// <param name="patienceMs">How long it waits.</param>
    public bool Serves(out string seen, int patienceMs = PatienceMs)
    {
        using EchoPeer peer = Connect(letters: true);
        long begun = Clock.Nanoseconds;
        bool served = peer.Exchange(64, 64, patienceMs);
        seen = served ? FormattableString.Invariant($"a new client was answered after {(Clock.Nanoseconds - begun) / 1e6:F1} ms")
            : $"a new client: {peer.Describe(patienceMs)}";
        return served;
    }
}
