using NetTools.Os;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Filter;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Link;

/// <summary>
/// Frames from one interface or several, each by way of one packet ring or several; handed over in the order of their times.
/// </summary>
internal sealed class LiveCapture : IDisposable
{
    // A block waits for those of the other rings, which come late: so with several rings they come soon.
    private const int SharedRetireMs = 20;
    private const int SlackMs = 10;
    private const int LinkCheckMs = 100;
    private const int CountMs = 10_000;

    private readonly List<PacketSocket> _sockets = [];
    private readonly List<RingReader> _readers = [];
    private readonly List<FrameOrigin> _origins = [];
    private readonly CaptureSettings _settings;
    private readonly RingSettings _ring;

    private LiveCapture(CaptureSettings settings)
    {
        _settings = settings;
        bool alone = settings.Interfaces.Count == 1 && settings.Readers == 1;
        _ring = alone ? settings.Ring : settings.Ring with { RetireMs = Math.Min(settings.Ring.RetireMs, SharedRetireMs) };
    }

    /// <summary>The interfaces.</summary>
    public IReadOnlyList<FrameOrigin> Origins => _origins;

    /// <summary>Opens the sockets, which is all that needs a privilege; nothing is received yet.</summary>
    /// <exception cref="OperationFailedException">No privilege, no such interface, ...</exception>
    public static LiveCapture Open(CaptureSettings settings)
    {
        LiveCapture capture = new(settings);
        try
        {
            foreach (string name in settings.Interfaces)
            {
                for (int i = 0; i < settings.Readers; i++)
                {
                    capture._sockets.Add(PacketSocket.Open(name));
                }
            }

            return capture;
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

    /// <summary>The link type of the first interface.</summary>
    public int LinkType => _sockets[0].LinkType;

    /// <summary>Name and link type of each interface.</summary>
    public IEnumerable<(string Name, int LinkType)> LinkTypes =>
        _sockets.Select(socket => (socket.Name, socket.LinkType)).Distinct();

    /// <summary>Compiles the filter for the first interface.</summary>
    /// <exception cref="OperationFailedException">It does not compile.</exception>
    public FrameFilter Compile(FilterExpression filter) =>
        FrameFilter.Compile(filter, _sockets[0].LinkType, _settings.Snaplen, _sockets[0].Netmask);

    /// <summary>
    /// Compiles and attaches the filter, maps the rings, binds the sockets, and then lets frames in. Needs no privilege.
    /// </summary>
    /// <exception cref="OperationFailedException">A filter that does not compile, no memory, ...</exception>
    public void Start(FilterExpression filter)
    {
        for (int i = 0; i < _settings.Interfaces.Count; i++)
        {
            StartInterface(_settings.Interfaces[i], _sockets.GetRange(i * _settings.Readers, _settings.Readers), filter);
        }

        // Last, so that no ring misses a frame, nor a frame comes to two rings, while a group of readers is made.
        _readers.ForEach(reader => reader.Open());
    }

    /// <summary>True when the kernel refused the filter of an interface, so that it runs in user space.</summary>
    public bool FiltersInUserSpace => _readers.Exists(reader => reader.RunsInUserSpace);

    /// <summary>Hands frames to the sink until it wants no more, a stop is asked for, or every interface failed.</summary>
    /// <returns>False when an interface failed.</returns>
    public unsafe bool Run(IFrameSink sink, StopSignals stop)
    {
        long end = _settings.Duration is TimeSpan limit ? Environment.TickCount64 + (long)limit.TotalMilliseconds : long.MaxValue;
        _origins.ForEach(sink.Begin);
        pollfd* waiting = stackalloc pollfd[_readers.Count + 1];
        for (int i = 0; i < _readers.Count; i++)
        {
            waiting[i] = new pollfd { fd = _readers[i].FileDescriptor, events = POLLIN };
        }

        pollfd* signals = waiting + _readers.Count;
        *signals = new pollfd { fd = stop.FileDescriptor, events = POLLIN };
        bool wanted = true;
        long nextLook = 0;
        long nextCount = Environment.TickCount64 + CountMs;
        while (wanted && !stop.Requested && !AllFailed && Environment.TickCount64 < end)
        {
            if (Environment.TickCount64 >= nextCount)
            {
                // The kernel counts in 32 bits, from 0 again at each reading.
                _readers.ForEach(reader => reader.Count());
                nextCount = Environment.TickCount64 + CountMs;
            }

            int patience = (int)Math.Clamp(
                end - Environment.TickCount64, 0, _settings.Print.Top ? (int)(_settings.Print.Interval * 1000) : CountMs);
            patience = _readers.Exists(reader => reader.IsDown) ? Math.Min(patience, LinkCheckMs) : patience;
            if (HandOver(sink, ref wanted, ref patience))
            {
                continue;
            }

            sink.Idle();
            if (poll(waiting, (uint)_readers.Count + 1, patience) < 0 && Errno.Last is int errno && errno != EINTR)
            {
                throw new LibcException("waiting for frames", errno);
            }

            long now = Environment.TickCount64;
            bool look = now >= nextLook;
            nextLook = look ? now + LinkCheckMs : nextLook;
            for (int i = 0; i < _readers.Count; i++)
            {
                RingReader reader = _readers[i];
                if (reader.Error == 0 && ((waiting[i].revents & (POLLERR | POLLHUP)) != 0 || (look && reader.IsDown))
                    && reader.CheckLink())
                {
                    Tell(sink, reader);
                    if (reader.Error != 0)
                    {
                        waiting[i].fd = -1; // poll passes it over; what is in its ring still comes
                    }
                }
            }

            if ((signals->revents & POLLIN) != 0 && !stop.Requested)
            {
                stop.Drain(); // SIGUSR1
                sink.Report(Counters());
            }
        }

        Drain(sink, ref wanted);
        sink.Idle();
        return !_readers.Exists(reader => reader.Error != 0);
    }

    /// <summary>What the kernel counted so far, for each interface.</summary>
    public IReadOnlyList<OriginCounters> Counters()
    {
        _readers.ForEach(reader => reader.Count());
        return [.. _origins.Select(origin => _readers.Where(reader => reader.Origin == origin).Aggregate(
            new OriginCounters(origin, 0, 0),
            (sum, reader) => sum with { Received = sum.Received + reader.Received, Dropped = sum.Dropped + reader.Dropped }))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _readers.ForEach(reader => reader.Dispose());
        _sockets.ForEach(socket => socket.Dispose()); // those that no reader took over; closing twice does nothing
    }

    private bool AllFailed => _readers.TrueForAll(reader => reader.Error != 0);

    private void StartInterface(string name, List<PacketSocket> sockets, FilterExpression filter)
    {
        FrameOrigin origin = new(
            name, sockets[0].LinkType, _settings.Snaplen, _origins.Count, _settings.Interfaces.Count > 1, Interfaces.Mtu(name));
        int group = -1;
        foreach (PacketSocket socket in sockets)
        {
            RingReader reader = new(socket, origin, _settings, filter, _ring);
            _readers.Add(reader);
            if (_settings.Promiscuous && !socket.IsLoopback && socket.Index != 0)
            {
                socket.SetPromiscuous();
            }

            reader.Start();
            if (_settings.Readers > 1)
            {
                group = reader.JoinFanout((int)_settings.Fanout, group);
            }
        }

        _origins.Add(origin);
    }

    /// <summary>Tells once for an interface what has become of it.</summary>
    private void Tell(IFrameSink sink, RingReader changed)
    {
        List<RingReader> same = _readers.FindAll(reader => reader.Origin == changed.Origin);
        if (changed.Error != 0)
        {
            if (same.Count(reader => reader.Error != 0) == 1)
            {
                sink.Lost(changed.Origin, changed.Error);
            }
        }
        else if (same.Count(reader => reader.IsDown == changed.IsDown) == (changed.IsDown ? 1 : same.Count))
        {
            sink.LinkChanged(changed.Origin, !changed.IsDown);
        }
    }

    /// <summary>Takes what came before the stop: nothing new is let in, and blocks come as their time runs out.</summary>
    private void Drain(IFrameSink sink, ref bool wanted)
    {
        if (!wanted)
        {
            return;
        }

        _readers.ForEach(reader => reader.Shut());
        _readers.ForEach(reader => reader.Count());
        long deadline = Environment.TickCount64 + 4 * _ring.RetireMs + 100;
        while (wanted && !_readers.TrueForAll(reader => reader.IsDrained) && Environment.TickCount64 < deadline)
        {
            int patience = 10;
            if (!HandOver(sink, ref wanted, ref patience))
            {
                Thread.Sleep(Math.Clamp(patience, 1, 10));
            }
        }
    }

    /// <summary>Hands over frames, a block or less; not yet, when an earlier one may still come from another ring.</summary>
    /// <param name="sink">Where to.</param>
    /// <param name="wanted">False when the sink wants no more.</param>
    /// <param name="patience">How long to wait for more, in milliseconds: made less when frames wait for others.</param>
    /// <returns>True when there was something to hand over.</returns>
    private bool HandOver(IFrameSink sink, ref bool wanted, ref int patience)
    {
        if (_readers.Count == 1)
        {
            RingReader only = _readers[0];
            if (!only.Load())
            {
                return false;
            }

            only.HandOver(sink, ref wanted);
            return true;
        }

        RingReader? first = null;
        ulong until = ulong.MaxValue;
        bool allKnown = true;
        foreach (RingReader reader in _readers)
        {
            if (!reader.Load())
            {
                allKnown &= reader.IsIdle || reader.IsDown || reader.Error != 0;
            }
            else if (first is null || reader.HeadNs < first.HeadNs)
            {
                until = first?.HeadNs ?? until;
                first = reader;
            }
            else
            {
                until = Math.Min(until, reader.HeadNs);
            }
        }

        if (first is null)
        {
            return false;
        }

        long left = first.BlockSeen + 2 * _ring.RetireMs + SlackMs - Environment.TickCount64;
        if (!allKnown && left > 0 && !first.IsHalfFull)
        {
            patience = (int)Math.Min(patience, left);
            return false;
        }

        first.HandOver(sink, ref wanted, until);
        return true;
    }
}
