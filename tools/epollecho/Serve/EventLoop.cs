using System.Runtime.InteropServices;
using NetTools.EpollEcho.Http;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>What the loop is to do after a signal.</summary>
internal enum LoopOrder
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>Accept no more, answer what has come, send what is unsent, then end.</summary>
    Drain,

    /// <summary>End at once.</summary>
    Stop,
}

/// <summary>The epoll(7) server: one thread, one loop, no managed allocation while it runs.</summary>
/// <remarks>
/// Edge-triggered, a socket is registered once for everything and its state says what is left to do: read until EAGAIN, but
/// no more than a turn's budget, then wait in the ready list; while something is unsent, read nothing; when the unsent bytes are
/// gone, read again, for no new edge will come. Level-triggered, it is one read a turn, and the interest is changed instead.
/// </remarks>
internal sealed unsafe partial class EventLoop : IDisposable
{
    /// <summary>After so many bytes of one connection the others have their turn; the last read may go beyond.</summary>
    public const int TurnBytes = ReadSize;

    private const int Batch = 512;
    private const int AcceptBurst = 64;
    private const int AcceptPauseMs = 500;
    private const int ReadSize = SendQueue.Longest;
    private const int DrainSeconds = 5;
    private const int LingerSeconds = 2;

    private readonly ServeSettings _settings;
    private readonly bool _edge;
    private readonly int _control;
    private readonly Func<LoopOrder> _onControl;
    private readonly Descriptor _epoll;
    private readonly ConnectionTable _table;
    private readonly ReadyList _ready;
    private readonly Counters* _counters;
    private readonly byte* _input;
    private readonly SendQueue _queue = new();
    private int _listener;
    private int _spare;
    private bool _accepting;
    private long _acceptAgainAt;
    private int _highest;
    private int _lingering;
    private int _now;
    private int _lastScan;
    private int _drainUntil;
    private readonly LiveStats? _stats;

    /// <summary>Makes a loop.</summary>
    /// <param name="settings">What to serve, and the limits.</param>
    /// <param name="listener">A listening, non-blocking socket; the loop takes it over.</param>
    /// <param name="control">A descriptor that is readable when <paramref name="onControl"/> wants to be called.</param>
    /// <param name="onControl">Called on the loop's thread; says how to go on.</param>
    /// <param name="counters">Where to count.</param>
    /// <param name="stats">Shows live numbers.</param>
    public EventLoop(ServeSettings settings, int listener, int control, Func<LoopOrder> onControl, Counters* counters, LiveStats? stats = null)
    {
        _stats = stats;
        _settings = settings;
        _edge = settings.Trigger == Trigger.Edge;
        _listener = listener;
        _control = control;
        _onControl = onControl;
        _counters = counters;
        _epoll = Descriptor.Open(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance");
        int capacity = DescriptorLimit.Raise();
        _table = new ConnectionTable(capacity);
        _ready = new ReadyList(capacity);
        // Zeroed so that the pages are there before the first measurement of memory.
        _input = (byte*)NativeMemory.AllocZeroed(2 * ReadSize);
        new Span<byte>(_input, 2 * ReadSize).Fill(1);
        _spare = OpenSpare();
        Watch(control, EPOLLIN, EPOLL_CTL_ADD);
        Accepting(true);
    }

    /// <summary>Serves until an order to stop.</summary>
    public void Run()
    {
        epoll_event* events = stackalloc epoll_event[Batch];
        while (true)
        {
            int count = Linux.epoll_wait(_epoll.Value, events, Batch, WaitMs());
            if (count < 0 && Errno.Last != EINTR)
            {
                throw new LibcException("waiting for events", Errno.Last);
            }

            long woken = Clock.Nanoseconds;
            _now = (int)(woken / 1_000_000_000);
            if (_settings.Protocol == Protocol.Http)
            {
                HttpDate.Refresh();
            }

            bool accept = false;
            for (int i = 0; i < count; i++)
            {
                ulong key = events[i].data.u64;
                int descriptor = (int)(uint)key;
                if (descriptor == _listener)
                {
                    accept = true;
                }
                else if (descriptor == _control)
                {
                    SendQueued();
                    LoopOrder order = _onControl();
                    if (order == LoopOrder.Stop || (order == LoopOrder.Drain && _drainUntil != 0))
                    {
                        return;
                    }

                    if (order == LoopOrder.Drain)
                    {
                        BeginDrain();
                    }
                }
                else
                {
                    Connection* connection = _table[descriptor];
                    if ((uint)connection->Id == (uint)(key >> 32)) // else an event of one that was closed in this very batch
                    {
                        Handle(descriptor, connection, events[i].events);
                    }
                }
            }

            SendQueued();
            ServeReadyList();
            if (accept && _accepting)
            {
                Accept(AcceptBurst);
            }

            if (_acceptAgainAt != 0 && Clock.Nanoseconds >= _acceptAgainAt)
            {
                Accepting(true);
            }

            if (_now != _lastScan)
            {
                Scan();
            }

            _stats?.Turn(woken, Clock.Nanoseconds, _counters);
            if (_drainUntil != 0 && (_counters->Open == 0 || _now >= _drainUntil))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int descriptor = 0; descriptor <= _highest; descriptor++)
        {
            if (_table[descriptor]->Id != 0)
            {
                Close(descriptor, _table[descriptor], 0);
            }
        }

        StopListening();
        close(_spare);
        _epoll.Dispose();
        _ready.Dispose();
        _table.Dispose();
        NativeMemory.Free(_input);
        _queue.Dispose();
    }

    private static int OpenSpare()
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            int spare = open(path, O_RDONLY | O_CLOEXEC, 0);
            return spare >= 0 ? spare : dup(2); // an empty chroot has no /dev/null
        }
    }

    private int WaitMs()
    {
        if (_ready.Count > 0)
        {
            return 0;
        }

        if (_acceptAgainAt != 0)
        {
            return (int)Math.Clamp(((_acceptAgainAt - Clock.Nanoseconds) / 1_000_000) + 1, 0, AcceptPauseMs);
        }

        return _settings.IdleTimeout > 0 || _lingering > 0 || _drainUntil != 0 || _stats is not null ? LiveStats.LongestWaitMs : -1;
    }

    private void Watch(int descriptor, int events, int operation, uint id = 0)
    {
        epoll_event watched = new() { events = events };
        watched.data.u64 = ((ulong)id << 32) | (uint)descriptor;
        Errno.Check(epoll_ctl(_epoll.Value, operation, descriptor, &watched), "watching a descriptor");
    }

    /// <summary>The idle, the lingering: once a second.</summary>
    private void Scan()
    {
        _lastScan = _now;
        if (_settings.IdleTimeout == 0 && _lingering == 0)
        {
            return;
        }

        for (int descriptor = 0; descriptor <= _highest; descriptor++)
        {
            Connection* connection = _table[descriptor];
            if (connection->Id == 0)
            {
                continue;
            }

            int silent = _now - connection->LastActive;
            bool lingers = (connection->Flags & ConnectionFlags.Discard) != 0;
            if (lingers ? silent > LingerSeconds : _settings.IdleTimeout > 0 && silent >= _settings.IdleTimeout)
            {
                Close(descriptor, connection, lingers ? 0 : ETIMEDOUT);
            }
        }
    }

    private void BeginDrain()
    {
        _drainUntil = _now + DrainSeconds;
        if (_accepting)
        {
            Accept(_settings.Backlog); // closing the listener would reset those who wait in its queue
        }

        StopListening();
        for (int descriptor = 0; descriptor <= _highest; descriptor++)
        {
            Connection* connection = _table[descriptor];
            if (connection->Id != 0)
            {
                connection->Flags |= ConnectionFlags.Readable;
                Pump(descriptor, connection);
            }
        }

        SendQueued();
    }
}
