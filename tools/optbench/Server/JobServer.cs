using System.Net;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.OptBench.Server;

/// <summary>
/// The far end of every experiment. One loop accepts and shakes hands with everybody, in bounded memory and time; a client
/// that has proven the token gets one of a bounded number of threads, which block, because an event loop would put its own
/// wake-ups into the times.
/// </summary>
internal sealed unsafe class JobServer : IDisposable
{
    private const int StackBytes = 256 * 1024;
    private const int Backlog = 128;

    private readonly ServerSettings _settings;
    private readonly List<Descriptor> _listeners = [];
    private readonly JobRegister _register = new();
    private readonly Greeter _greeter;
    private int _running;

    /// <summary>Opens the listener, or one for each loopback address.</summary>
    /// <exception cref="OperationFailedException">The address is taken or not ours.</exception>
    public JobServer(ServerSettings settings)
    {
        _settings = settings;
        _greeter = new(settings.Token, settings.HandshakeMs);
        bool loopback = settings.Address is null;
        SocketAddress address = loopback ? SocketAddress.From(IPAddress.Loopback, settings.Port)
            : Endpoint.Resolve(settings.Address!, settings.Port);
        _listeners.Add(Listener.OpenTcp(address, Backlog, configure: null, out SocketAddress bound));
        Addresses = [bound];
        if (loopback)
        {
            try
            {
                _listeners.Add(Listener.OpenTcp(
                    SocketAddress.From(IPAddress.IPv6Loopback, bound.Port), Backlog, configure: null, out SocketAddress six));
                Addresses = [bound, six];
            }
            catch (OperationFailedException)
            {
                // No IPv6 here, or its port is another's: IPv4 is served.
            }
        }
    }

    /// <summary>Where it listens, with the port that was chosen; at least one.</summary>
    public IReadOnlyList<SocketAddress> Addresses { get; }

    /// <summary>The first of <see cref="Addresses"/>.</summary>
    public SocketAddress Address => Addresses[0];

    /// <summary>Serves until the descriptor becomes readable; running jobs are then cut off.</summary>
    public void Run(int stop)
    {
        pollfd* wait = stackalloc pollfd[3 + Greeter.Room];
        CleanPages.Release();
        while (true)
        {
            wait[0] = new pollfd { fd = stop, events = POLLIN };
            for (int i = 0; i < _listeners.Count; i++)
            {
                wait[1 + i] = new pollfd { fd = _listeners[i].Value, events = POLLIN };
            }

            int first = 1 + _listeners.Count;
            int watched = _greeter.Watch(new Span<pollfd>(wait + first, Greeter.Room));
            if (poll(wait, (uint)(first + watched), _greeter.MsToNextDeadline()) < 0)
            {
                continue; // EINTR
            }

            if (wait[0].revents != 0)
            {
                return;
            }

            foreach (Visitor visitor in _greeter.Advance(new ReadOnlySpan<pollfd>(wait + first, watched)))
            {
                Serve(visitor);
            }

            for (int i = 0; i < _listeners.Count; i++)
            {
                if (wait[1 + i].revents != 0)
                {
                    Accept(_listeners[i].Value);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listeners.ForEach(listener => listener.Dispose());
        _greeter.Dispose();
    }

    private void Accept(int listener)
    {
        SocketAddress from = default;
        socklen_t length = SocketAddress.Capacity;
        int connection = accept4(listener, SocketAddress.Pointer(ref from), &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection >= 0)
        {
            _greeter.Add(connection, from.Address);
        }
        else if (Errno.Last is int errno && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            && !_greeter.DropOne())
        {
            Thread.Sleep(100); // the queue keeps the client; spinning would not free a descriptor
        }
    }

    /// <summary>Answers somebody who has proven the token: at once, or by a thread that takes the connection over.</summary>
    private void Serve(Visitor visitor)
    {
        ServerJob job = new(_settings, _register, visitor.Socket.Value, visitor.Request!);
        if (visitor.Request!.Kind == JobKind.Inquire)
        {
            try
            {
                using Descriptor owned = visitor.Socket;
                job.Report();
            }
            catch (OperationFailedException)
            {
                // As in a job: the peer was gone, or its socket tells nothing.
            }

            return;
        }

        if (_running >= _settings.MaximumJobs || !TryStart(visitor, job))
        {
            job.Refuse(JobStatus.Busy);
            visitor.Socket.Dispose();
        }
    }

    private bool TryStart(Visitor visitor, ServerJob job)
    {
        Thread thread = new(() =>
        {
            try
            {
                using Descriptor owned = visitor.Socket;
                job.Run();
            }
            catch (OperationFailedException)
            {
                // The peer was gone before its socket could be set up: nobody is left to tell.
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }, StackBytes)
        { IsBackground = true };
        Interlocked.Increment(ref _running);
        try
        {
            thread.Start();
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Interlocked.Decrement(ref _running); // no memory, or no process left for us: this client is told, the others stay
            return false;
        }
    }
}
