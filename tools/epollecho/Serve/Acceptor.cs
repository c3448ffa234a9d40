using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Takes connections from a listener, or pauses: at the limit of connections, without descriptors, without memory.
/// </summary>
internal sealed unsafe class Acceptor : IDisposable
{
    /// <summary>How long accepting pauses, milliseconds.</summary>
    public const int PauseMs = 500;

    private const int Burst = 64;

    private readonly ServeSettings _settings;
    private readonly Connections _connections;
    private int _spare = OpenSpare();
    private long _againAt;
    private bool _watched;
    private bool _waiting;

    /// <summary>Begins to watch a listener.</summary>
    /// <param name="settings">The limit of connections, and how the listener is shared.</param>
    /// <param name="connections">Where connections go.</param>
    /// <param name="listener">A listening, non-blocking socket; it is closed here.</param>
    public Acceptor(ServeSettings settings, Connections connections, int listener)
    {
        _settings = settings;
        _connections = connections;
        Listener = listener;
        Resume();
    }

    /// <summary>The listening socket, -1 when it is closed.</summary>
    public int Listener { get; private set; }

    /// <summary>Milliseconds until accepting is to go on, or -1 while it does not pause.</summary>
    public int WaitMs => _againAt == 0 ? -1
        : (int)Math.Clamp(((_againAt - Clock.Nanoseconds) / TimeUnits.Millisecond) + 1, 0, PauseMs);

    /// <summary>Notes that connections wait.</summary>
    public void Wake() => _waiting = true;

    /// <summary>Once a turn, after the connections have had theirs: accepts, and ends a pause whose reason is gone.</summary>
    public void Turn()
    {
        if (_waiting)
        {
            _waiting = false;
            Accept(Burst);
        }

        if (!_watched && Listener >= 0 && (_againAt != 0 ? Clock.Nanoseconds >= _againAt : HasRoom))
        {
            Resume();
        }
    }

    /// <summary>Accepts what waits in the backlog, and no more: closing the listener would reset it.</summary>
    public void Drain()
    {
        if (_watched)
        {
            Accept(_settings.Backlog);
        }

        Close();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        close(_spare);
    }

    private static int OpenSpare()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            int spare = open(path, O_RDONLY | O_CLOEXEC, 0);
            return spare >= 0 ? spare : dup(2); // an empty chroot has no /dev/null
        }
    }

    private bool HasRoom => _connections.Counters->Open < _settings.MaxConnections;

    private void Accept(int most)
    {
        for (int i = 0; i < most && _watched; i++)
        {
            if (!HasRoom)
            {
                Unwatch(); // the others wait in the backlog until one closes
                return;
            }

            int descriptor = accept4(Listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor >= 0)
            {
                ServeSockets.SetOnEarly(_settings, descriptor);
                if (!_connections.Begin(descriptor))
                {
                    Pause();
                }

                continue;
            }

            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                return;
            }

            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            {
                _connections.Counters->Error(errno);
                Refuse();
                Pause();
                return;
            }

            if (errno != EINTR)
            {
                _connections.Counters->Error(errno); // the connection died while it waited: ECONNABORTED, EPROTO, ... (accept(2))
            }
        }
    }

    /// <summary>
    /// Out of descriptors: gives up the spare one to take those that wait and let them go, so they know at once.
    /// </summary>
    private void Refuse()
    {
        close(_spare);
        for (int i = 0; i < Burst; i++)
        {
            int descriptor = accept4(Listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0)
            {
                break;
            }

            _connections.Counters->Refused++;
            close(descriptor);
        }

        _spare = OpenSpare();
    }

    private void Pause()
    {
        _againAt = Clock.Nanoseconds + (PauseMs * 1_000_000L);
        Unwatch();
    }

    private void Resume()
    {
        int exclusive = _settings.Accept == AcceptMode.Exclusive ? EPOLLEXCLUSIVE : 0;
        int errno = _connections.TryWatch(Listener, EPOLLIN | exclusive, EPOLL_CTL_ADD);
        _watched = errno == 0;
        _againAt = 0;
        if (errno != 0)
        {
            _connections.Counters->Error(errno); // ENOMEM, ENOSPC: tried again after a pause
            _againAt = Clock.Nanoseconds + (PauseMs * 1_000_000L);
        }
    }

    private void Unwatch()
    {
        if (_watched)
        {
            _watched = false;
            _ = _connections.TryWatch(Listener, 0, EPOLL_CTL_DEL);
        }
    }

    private void Close()
    {
        if (Listener >= 0)
        {
            Unwatch();
            _againAt = 0;
            close(Listener);
            Listener = -1;
        }
    }
}
