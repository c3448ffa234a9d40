using System.Runtime.InteropServices;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>What a TCP run is doing.</summary>
internal enum LoadPhase
{
    /// <summary>All connections are opened.</summary>
    Opening,

    /// <summary>Requests are sent over them.</summary>
    Requesting,

    /// <summary>The connections are held, with nothing to send.</summary>
    Holding,

    /// <summary>It is over.</summary>
    Ended,
}

/// <summary>
/// The connections of a TCP run and their life: opened to each address of the name in turn, closed, waiting for their next try,
/// free for a request, or given up. An entry holds one socket after the other.
/// </summary>
/// <typeparam name="TVerifier">The protocol.</typeparam>
internal sealed unsafe class ConnectionPool<TVerifier> : IDisposable
    where TVerifier : struct, IVerifier
{
    private readonly LoadRun _run;
    private readonly LoadSettings _settings;
    private readonly LoadResult _result;
    private readonly Connector _connector;
    private readonly Descriptor _epoll;
    private readonly LoadConnection* _entries;
    private readonly long* _times;

    /// <summary>The protocol. A mutable struct: it is used where it lies, never copied.</summary>
    public TVerifier Verifier;

    /// <summary>Makes the entries; nothing is opened yet.</summary>
    public ConnectionPool(LoadRun run, TVerifier verifier)
    {
        _run = run;
        _settings = run.Settings;
        _result = run.Result;
        Verifier = verifier;
        _connector = new Connector(_settings);
        _ = CallingThread.UnshareDescriptors(); // before the first socket; without, each call only costs more
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        DescriptorLimit.Raise();
        int count = _settings.Connections;
        _entries = (LoadConnection*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(LoadConnection));
        _times = (long*)NativeMemory.AllocZeroed((nuint)count * (nuint)_settings.Pipeline * 2, sizeof(long));
        for (int i = 0; i < count; i++)
        {
            _entries[i].Socket = -1;
            _entries[i].Due = _times + ((long)i * _settings.Pipeline * 2);
            _entries[i].Begun = _entries[i].Due + _settings.Pipeline;
        }

        Free = new ReadyList(count);
    }

    /// <summary>What the run is doing.</summary>
    public LoadPhase Phase { get; set; }

    /// <summary>Those that may begin a request. Some in it may not any more.</summary>
    public ReadyList Free { get; }

    /// <summary>Those that wait for their next try.</summary>
    public Backoff Backoff { get; } = new();

    /// <summary>How many are connecting.</summary>
    public int Connecting { get; private set; }

    /// <summary>How many are open.</summary>
    public int Open { get; private set; }

    /// <summary>How many are not opened again.</summary>
    public int GivenUp { get; private set; }

    /// <summary>How often in a row a connection could not be made.</summary>
    public long FailedConnects { get; private set; }

    /// <summary>Why the last one could not be made.</summary>
    public int LastErrno { get; private set; }

    /// <summary>When one was open last, of those that are not any more.</summary>
    public long LastOpenAt { get; private set; }

    /// <summary>Requests begun and neither answered nor failed, on all connections.</summary>
    public long Outstanding { get; set; }

    /// <summary>Whether a connection that was lost is opened again.</summary>
    public bool MayReopen => !_settings.NoReopen;

    /// <summary>The entry of a connection.</summary>
    public LoadConnection* this[int index] => &_entries[index];

    private static int Events => EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;

    /// <summary>Waits for events.</summary>
    /// <returns>The number of events, or -1 and errno.</returns>
    public int Wait(epoll_event* events, int most, timespec* limit) => Epoll.Wait(_epoll.Value, events, most, limit);

    /// <summary>Has a descriptor watched; its events carry both numbers.</summary>
    public void Watch(int descriptor, int events, int index, uint generation)
    {
        epoll_event watched = new() { events = events };
        watched.data.u64 = ((ulong)generation << 32) | (uint)index;
        Errno.Check(Linux.epoll_ctl(_epoll.Value, EPOLL_CTL_ADD, descriptor, &watched), "watching a descriptor");
    }

    /// <summary>Puts a connection in the list of those that may begin a request.</summary>
    public void MakeFree(int index)
    {
        LoadConnection* connection = &_entries[index];
        if (!connection->Queued && !connection->BackingOff && !connection->GivenUp && Phase == LoadPhase.Requesting)
        {
            connection->Queued = true;
            Free.Add(index);
        }
    }

    /// <summary>Makes an entry ready for a new socket.</summary>
    public void Renew(int index)
    {
        LoadConnection* connection = &_entries[index];
        connection->Done += connection->Answered;
        connection->Generation++;
        connection->Sent = 0;
        connection->Received = 0;
        connection->Asked = 0;
        connection->Answered = 0;
        connection->SendError = 0;
        connection->FirstByteSeen = false;
        Verifier.Renew(connection, index);
    }

    /// <summary>Begins to connect.</summary>
    public void Connect(int index)
    {
        _entries[index].Attempt = -1;
        TryNextAddress(index, 0);
    }

    /// <summary>
    /// Connects to the next address of the name that takes a connection; when there is none, the connection has failed.
    /// </summary>
    /// <param name="index">Which.</param>
    /// <param name="errno">What became of the address before.</param>
    public void TryNextAddress(int index, int errno)
    {
        LoadConnection* connection = &_entries[index];
        Close(index);
        while (++connection->Attempt < _connector.Addresses)
        {
            connection->LastActive = connection->OpenedAt = Clock.Nanoseconds;
            errno = _connector.Begin(connection->Attempt, out connection->Socket);
            connection->State = connection->Socket < 0 ? LoadState.Closed : LoadState.Connecting;
            Connecting += connection->Socket < 0 ? 0 : 1;
            if (errno == 0)
            {
                Watch(connection->Socket, Events, index, connection->Generation);
                return;
            }

            Close(index);
        }

        FailedConnects++;
        LastErrno = errno;
        string error = LoadErrors.Name(errno);
        if (_settings.Reconnect && connection->Outstanding > 0)
        {
            FailRequests(index, connection->Outstanding, error, waited: errno == ETIMEDOUT);
        }
        else
        {
            _run.ConnectionFailed(error);
        }

        Rest(index);
    }

    /// <summary>Notes that a connection is open.</summary>
    public void Connected(LoadConnection* connection)
    {
        connection->State = LoadState.Open;
        connection->Since = _run.Now;
        connection->Moved = 0;
        _connector.Worked(connection->Attempt);
        _result.Connect.Record(_run.Now - connection->OpenedAt);
        connection->OpenedAt = _run.Now;
        Connecting--;
        FailedConnects = 0;
        Open++;
        _result.Counts.Connections++;
        _result.Counts.PeakConnections = Math.Max(_result.Counts.PeakConnections, Open);
        _result.Counts.Reconnects += connection->WasOpen && !_settings.Reconnect ? 1 : 0;
        connection->WasOpen = true;
    }

    /// <summary>Closes the socket of an entry, if there is one.</summary>
    public void Close(int index)
    {
        LoadConnection* connection = &_entries[index];
        if (connection->Socket >= 0)
        {
            close(connection->Socket);
            connection->Socket = -1;
            Connecting -= connection->State == LoadState.Connecting ? 1 : 0;
            if (connection->State == LoadState.Open)
            {
                Open--;
                LastOpenAt = _run.Now;
            }

            connection->State = LoadState.Closed;
            connection->Http.Reset();
        }
    }

    /// <summary>A connection that came to nothing waits for its next try, or is given up.</summary>
    public void Rest(int index)
    {
        LoadConnection* connection = &_entries[index];
        if (!MayReopen)
        {
            connection->GivenUp = true;
            GivenUp++;
            FailRequests(index, connection->Outstanding, "no_connection");
        }
        else if (!connection->BackingOff)
        {
            connection->BackingOff = true;
            Backoff.Add(index, ++connection->Failures, _run.Now);
        }
    }

    /// <summary>Fails the oldest requests of a connection that has no socket any more.</summary>
    /// <param name="index">Which.</param>
    /// <param name="count">How many of its requests.</param>
    /// <param name="error">The name of what happened to them.</param>
    /// <param name="waited">They waited to the end; otherwise something ended their wait.</param>
    public void FailRequests(int index, int count, string error, bool waited = false)
    {
        LoadConnection* connection = &_entries[index];
        for (int i = 0; i < count; i++)
        {
            Forget(index, error, waited);
        }

        connection->Done += count;
        connection->ToSend = connection->Outstanding == 0 ? 0 : connection->ToSend;
        if (count > 0)
        {
            _result.Counts.Failed += count;
            _result.Error(error, count);
        }
    }

    /// <summary>Takes the oldest requests off a connection that the run leaves undone; they count as nothing yet.</summary>
    /// <param name="index">Which.</param>
    /// <param name="outcome">What the log calls it.</param>
    /// <param name="count">How many.</param>
    /// <returns>As many.</returns>
    public int Leave(int index, string outcome, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Forget(index, outcome, waited: true);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _settings.Connections; i++)
        {
            Close(i);
        }

        _epoll.Dispose();
        Verifier.Dispose();
        Free.Dispose();
        NativeMemory.Free(_entries);
        NativeMemory.Free(_times);
    }

    /// <summary>The oldest request of a connection comes to nothing.</summary>
    private void Forget(int index, string outcome, bool waited)
    {
        LoadConnection* connection = &_entries[index];
        long due = connection->Due[connection->Oldest];
        if (waited)
        {
            _result.Waited(_run.Now - due);
        }

        _run.Log?.Add(due, _run.Now, index, 0, outcome);
        connection->Oldest = (connection->Oldest + 1) % _settings.Pipeline;
        connection->Outstanding--;
        Outstanding--;
    }
}
