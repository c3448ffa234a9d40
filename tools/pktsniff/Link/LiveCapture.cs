using NetTools.Libc;
using NetTools.Os;
using NetTools.PktSniff.Capture;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Link;

/// <summary>Frames from one interface or several, each by way of one packet ring or several; handed over in the order of their times.</summary>
internal sealed class LiveCapture : IDisposable
{
    // A block waits for those of the other rings, which come late: so with several rings they come soon.
    private const int SharedRetireMs = 20;
    private const int SlackMs = 10;

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

    /// <summary>Opens the sockets, compiles and attaches the filter, maps the rings, and begins to receive.</summary>
    /// <exception cref="OperationFailedException">No privilege, no such interface, a filter that does not compile, ...</exception>
    public static LiveCapture Open(CaptureSettings settings)
    {
        LiveCapture capture = new(settings);
        try
        {
            foreach (string name in settings.Interfaces)
            {
                capture.OpenInterface(name);
            }

            // Last, so that no ring misses a frame, nor a frame comes to two rings, while a group of readers is made.
            capture._readers.ForEach(reader => reader.Open());
            return capture;
        }
        catch
        {
            capture.Dispose();
            throw;
        }
    }

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
        while (wanted && !stop.Requested && !AllFailed && Environment.TickCount64 < end)
        {
            int patience = (int)Math.Clamp(end - Environment.TickCount64, 0, _settings.Print.Top ? (int)(_settings.Print.Interval * 1000) : 60_000);
            if (HandOver(sink, ref wanted, ref patience))
            {
                continue;
            }

            sink.Idle();
            if (poll(waiting, (uint)_readers.Count + 1, patience) < 0 && Errno.Last is int errno && errno != EINTR)
            {
                throw new LibcException("waiting for frames", errno);
            }

            for (int i = 0; i < _readers.Count; i++)
            {
                if ((waiting[i].revents & (POLLERR | POLLHUP)) != 0)
                {
                    waiting[i].fd = -1; // poll passes it over; what is in its ring still comes
                    Fail(sink, _readers[i]);
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
    public void Dispose() => _readers.ForEach(reader => reader.Dispose());

    private bool AllFailed => _readers.TrueForAll(reader => reader.Error != 0);

    private void OpenInterface(string name)
    {
        FrameOrigin? origin = null;
        int group = -1;
        for (int i = 0; i < _settings.Readers; i++)
        {
            PacketSocket socket = PacketSocket.Open(name);
            try
            {
                origin ??= new FrameOrigin(name, socket.LinkType, _settings.Snaplen, _origins.Count, _settings.Interfaces.Count > 1, Interfaces.Mtu(name));
                _readers.Add(new RingReader(socket, origin, _settings, _ring));
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            if (_settings.Promiscuous && !socket.IsLoopback && socket.Index != 0)
            {
                socket.SetPromiscuous();
            }

            _readers[^1].Start();
            if (_settings.Readers > 1)
            {
                group = _readers[^1].JoinFanout((int)_settings.Fanout, group);
            }
        }

        _origins.Add(origin!);
    }

    private void Fail(IFrameSink sink, RingReader failed)
    {
        failed.Fail();
        if (_readers.Count(reader => reader.Origin == failed.Origin && reader.Error != 0) == 1)
        {
            sink.Lost(failed.Origin, failed.Error);
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
                allKnown &= reader.IsIdle || reader.Error != 0;
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
