using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Server;

/// <summary>
/// The far end of every experiment: one blocking thread a connection, for an event loop would put its own wake-ups into the
/// times. A job is bounded in bytes, time and silence before it begins, and the number of jobs is bounded too.
/// </summary>
internal sealed unsafe class JobServer : IDisposable
{
    private const int StackBytes = 256 * 1024;
    private const int Backlog = 128;

    private readonly ServerSettings _settings;
    private readonly Descriptor _listener;
    private readonly JobRegister _register = new();
    private int _running;

    /// <summary>Opens the listener.</summary>
    /// <exception cref="OperationFailedException">The address is taken or not ours.</exception>
    public JobServer(ServerSettings settings)
    {
        _settings = settings;
        SocketAddress address = Endpoint.Resolve(settings.Address, settings.Port);
        _listener = Listener.OpenTcp(address, Backlog, configure: null, out SocketAddress bound);
        Address = bound;
    }

    /// <summary>Where it listens, with the port that was chosen.</summary>
    public SocketAddress Address { get; }

    /// <summary>Serves until the descriptor becomes readable.</summary>
    /// <param name="stop">Readable when the server shall end: its jobs are cut off.</param>
    public void Run(int stop)
    {
        pollfd* wait = stackalloc pollfd[2];
        wait[0] = new pollfd { fd = _listener.Value, events = POLLIN };
        wait[1] = new pollfd { fd = stop, events = POLLIN };
        CleanPages.Release();
        while (true)
        {
            if (poll(wait, 2, -1) < 0)
            {
                continue; // EINTR
            }

            if (wait[1].revents != 0)
            {
                return;
            }

            int connection = accept4(_listener.Value, null, null, SOCK_CLOEXEC);
            if (connection >= 0)
            {
                Begin(connection);
            }
            else if (Errno.Last is int errno && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
            {
                Thread.Sleep(100); // the queue keeps the client; spinning would not free a descriptor
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Begin(int connection)
    {
        bool busy = Interlocked.Increment(ref _running) > _settings.MaximumJobs;
        Thread thread = new(() =>
        {
            try
            {
                using Descriptor owned = new(connection);
                new ServerJob(_settings, _register, owned.Value).Run(busy);
            }
            catch (LibcException)
            {
                // The peer was gone before its socket could be set up: nobody is left to tell.
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }, StackBytes)
        { IsBackground = true };
        thread.Start();
    }
}
