using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.PktSniff.Inject.Split;
using NetTools.PktSniff.Link;
using NetTools.Terminal;
using Tmds.Linux;
using static NetTools.Libc.Linux;

namespace NetTools.PktSniff.Inject;

/// <summary>Sends frames at a rate or at the pace they were recorded, and counts what the kernel took.</summary>
internal sealed unsafe class InjectCommand(InjectSettings settings) : IFrameSink
{
    private readonly List<InjectPort> _ports = [];
    private readonly FrameSides? _sides = settings.Split is null ? null : new FrameSides(settings.Split);
    private readonly FrameRewriter? _rewriter = settings.Rewrite is null ? null : new FrameRewriter(settings.Rewrite);
    private readonly FrameStore _store = new();
    private InjectResult _result = null!;
    private StopSignals _stop = null!;
    private byte[] _rewritten = [];
    private byte[]? _frame = settings.Frame;
    private string _path = "";
    private long _frames;
    private long _bytes;
    private int _lastSide;
    private long _start;
    private long _loopStart;
    private long? _firstRecordedNs;
    private long _fileOffset;
    private long _offset;

    /// <summary>Sends everything that was asked for.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        CallerPolicy.Require(TrustedAct.Inject, "inject");
        try
        {
            _ports.Add(InjectPort.Open(settings.Interface));
            if (settings.Split is not null)
            {
                _ports.Add(InjectPort.Open(settings.Split.Interface));
            }

            _ = SnifferUser.Become(null, settings.Files.Any(file => file != "-"));
            Sandbox.Enter(Allowances.None, settings.NoSandbox);
            return Send();
        }
        finally
        {
            _ports.ForEach(port => port.Dispose());
        }
    }

    private int Send()
    {
        using StopSignals stop = new();
        _stop = stop;
        _result = new InjectResult(_ports) { Rewrites = _rewriter?.Counts };
        _frame = _frame is null ? null : Rewrite(_frame, 0).ToArray();
        _ports.ForEach(port => port.Begin());
        _start = _loopStart = Now();
        for (long round = 0; round < settings.Loop && !Finished; round++)
        {
            if (_frame is byte[] frame)
            {
                Send(frame, settings.TopSpeed ? 0 : Due(), 0);
            }
            else if (!Replay() && !SendFile())
            {
                break;
            }
        }

        _ports.ForEach(port => port.Flush());
        _result.Seconds = (double)(Now() - _start) / TimeUnits.Second;
        _ports.ForEach(port => port.End());
        _result.Write(Output.Standard, settings);
        return _result.IsGood ? ExitCode.Success : ExitCode.Negative;
    }

    private bool Finished => _stop.Requested || _frames >= settings.Count;

    /// <inheritdoc/>
    public void Begin(FrameOrigin origin)
    {
        if (origin.LinkType != LinkType.Ethernet)
        {
            throw new OperationFailedException(
                $"{_path} holds frames of link type {LinkTypeNames.Name(origin.LinkType)}", "only Ethernet can be sent");
        }
    }

    /// <inheritdoc/>
    public bool Take(scoped in CapturedFrame frame)
    {
        if (frame.Bytes.Length < frame.Length)
        {
            _result.CutShort++; // sent as far as it was captured: said at the end
        }

        int side = _sides?.Of(frame) ?? 0;
        ReadOnlySpan<byte> bytes = Rewrite(frame.Bytes, side);
        long recorded = unchecked(frame.Seconds * TimeUnits.Second + frame.Nanoseconds);
        _firstRecordedNs ??= recorded;
        _offset = _fileOffset + (long)(Math.Max(0, unchecked(recorded - _firstRecordedNs.Value)) / settings.Speed);
        if (settings.Loop > 1)
        {
            _store.Add(bytes, _offset, side);
        }

        Send(bytes, settings.TopSpeed ? 0 : Due(_offset), side);
        return !Finished;
    }

    /// <summary>The frame as it is to be sent; good until the next call.</summary>
    private ReadOnlySpan<byte> Rewrite(ReadOnlySpan<byte> frame, int side)
    {
        if (_rewriter is null)
        {
            return frame;
        }

        if (_rewritten.Length < frame.Length)
        {
            _rewritten = new byte[Math.Max(frame.Length, 2048)];
        }

        Span<byte> copy = _rewritten.AsSpan(0, frame.Length);
        frame.CopyTo(copy);
        _rewriter.Apply(copy, side);
        return copy;
    }

    /// <summary>Sends the files once.</summary>
    /// <returns>False when it cannot be sent again: it is a pipe that was not kept, or broken.</returns>
    private bool SendFile()
    {
        _loopStart = Now();
        _offset = 0;
        long before = _frames;
        foreach (string path in settings.Files)
        {
            if (Finished || _result.Problem is not null)
            {
                break;
            }

            // The next file begins when the one before has ended.
            _path = path;
            _firstRecordedNs = null;
            _fileOffset = _offset;
            using SavedCapture file = SavedCapture.Open(path, FilterExpression.All, _stop);
            _result.Problem = file.Run(this, _stop);
        }

        _store.EndRound();
        return _result.Problem is null && _frames > before && (_store.IsComplete || !settings.Files.Contains("-"));
    }

    /// <summary>
    /// Sends the frames of the file once more out of memory: to open the file for every round would cost the rate.
    /// </summary>
    /// <returns>False when they are not all there.</returns>
    private bool Replay()
    {
        if (!_store.IsComplete)
        {
            return false;
        }

        _loopStart = Now();
        for (int i = 0; i < _store.Count && !Finished; i++)
        {
            StoredFrame frame = _store[i];
            Send(frame.Bytes, settings.TopSpeed ? 0 : Due(frame.OffsetNs), frame.Side);
        }

        return true;
    }

    /// <summary>
    /// Sends a frame when it is due; at top speed together with those after it that leave by the same interface.
    /// </summary>
    private void Send(ReadOnlySpan<byte> frame, long dueNs, int side)
    {
        InjectPort port = _ports[side];
        if (settings.TopSpeed)
        {
            if (side != _lastSide)
            {
                _ports[_lastSide].Flush(); // frames stay in order across the two
                _lastSide = side;
            }

            port.Add(frame);
            _frames++;
            _bytes += frame.Length;
            return;
        }

        if (dueNs > Now())
        {
            Wait(dueNs);
            if (_stop.Requested)
            {
                return;
            }
        }

        port.Send(frame);
        _frames++;
        _bytes += frame.Length;
    }

    /// <summary>When the next frame is due at the asked rate.</summary>
    private long Due() => settings.Rate is double rate
        ? _start + (long)(_frames * (TimeUnits.Second / rate))
        : _start + (long)(_bytes * 8000 / settings.Mbit!.Value);

    /// <summary>
    /// When a frame of a file is due: at the asked rate, or as long after the first as it was recorded after the first.
    /// </summary>
    private long Due(long offsetNs) => settings.Rate is not null || settings.Mbit is not null ? Due() : _loopStart + offsetNs;

    /// <summary>Sleeps until a time of the monotonic clock; a signal that ends the tool ends the sleep.</summary>
    private void Wait(long dueNs)
    {
        long left = dueNs - Now();
        pollfd stop = new() { fd = _stop.FileDescriptor, events = LibC.POLLIN };
        for (; left > 2 * TimeUnits.Millisecond && !_stop.Requested; left = dueNs - Now())
        {
            _ = LibC.poll(&stop, 1, (int)Math.Min(left / TimeUnits.Millisecond, 60_000));
        }

        if (left > 0 && !_stop.Requested)
        {
            timespec due = new() { tv_sec = (time_t)(dueNs / TimeUnits.Second), tv_nsec = (long_t)(dueNs % TimeUnits.Second) };
            _ = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, null);
        }
    }

    private static long Now()
    {
        timespec now;
        _ = clock_gettime(CLOCK_MONOTONIC, &now);
        return (long)now.tv_sec * TimeUnits.Second + (long)now.tv_nsec;
    }
}
