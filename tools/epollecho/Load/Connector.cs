using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>Begins TCP and Unix stream connections without waiting, to every address of a name in turn.</summary>
/// <param name="settings">The target and the source addresses.</param>
internal sealed class Connector(LoadSettings settings)
{
    private const int SourcesTried = 8; // by one connection

    private readonly SocketAddress[] _targets = settings.Targets;
    private readonly SourceAddresses[] _sources =
        [.. settings.Targets.Select(target => new SourceAddresses(target, settings.FirstSource, settings.Processes))];

    private int _preferred;

    /// <summary>How many addresses the name has.</summary>
    public int Addresses => _targets.Length;

    /// <summary>Begins a connection.</summary>
    /// <param name="attempt">0 for the address that worked last, 1 for the one after it, ...</param>
    /// <param name="socket">The socket, when there is one: the caller closes it, also after an error.</param>
    /// <returns>0, or errno.</returns>
    public int Begin(int attempt, out int socket)
    {
        int place = (_preferred + attempt) % _targets.Length;
        SocketAddress target = _targets[place];
        socket = Tmds.Linux.LibC.socket(target.Family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return Errno.Last;
        }

        if (target.Family != AF_UNIX)
        {
            SocketOption.NoDelay.TrySet(socket, 1);
        }

        return Connect(socket, target, _sources[place]);
    }

    /// <summary>Notes that an attempt succeeded: the next connection begins with that address.</summary>
    public void Worked(int attempt) => _preferred = (_preferred + attempt) % _targets.Length;

    /// <summary>Connects, from the next source address where the ports of one have run out.</summary>
    private static unsafe int Connect(int socket, SocketAddress target, SourceAddresses sources)
    {
        for (int skipped = 0; ; skipped++)
        {
            sources.BindNext(socket);
            int errno = connect(socket, SocketAddress.Pointer(ref target), target.Length) == 0 ? 0 : Errno.Last;
            if (errno != EADDRNOTAVAIL || skipped == SourcesTried || !sources.Skip())
            {
                return errno == EINPROGRESS ? 0 : errno;
            }
        }
    }
}
