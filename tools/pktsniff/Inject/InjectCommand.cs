using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.PktSniff.Link;
using NetTools.Terminal;
using Tmds.Linux;
using static NetTools.Libc.Linux;

namespace NetTools.PktSniff.Inject;

/// <summary>Sends frames at a rate or at the pace they were recorded, and counts what the kernel took.</summary>
internal sealed unsafe class InjectCommand(InjectSettings settings) : IFrameSink
{
    private readonly InjectResult _result = new();
    private StopSignals _stop = null!;
    private InjectSocket _socket = null!;
    private FrameBatch? _batch;
    private readonly FrameStore _store = new();
    private readonly FrameRewriter? _rewriter = settings.Rewrite is null ? null : new FrameRewriter(settings.Rewrite);
    private byte[] _rewritten = [];
    private byte[]? _frame = settings.Frame;
    private long _start;
    private string _path = "";
    private long? _firstRecordedNs;
    private long _fileOffset;
    private long _offset;
    private long _loopStart;

    /// <summary>Sends everything that was asked for.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        CallerPolicy.Require(TrustedAct.Inject, "inject");
        using InjectSocket socket = InjectSocket.Open(settings.Interface);
        using InterfaceCounters counters = new(socket.Index);
        Privileges.DropAll();
        Sandbox.Enter(Allowances.None, settings.NoSandbox);
        using StopSignals stop = new();
        _stop = stop;
        _socket = socket;
        _result.Rewrites = _rewriter?.Counts;
        _frame = _frame is null ? null : Rewrite(_frame).ToArray();
        SendCounters? before = counters.Read();
        _start = _loopStart = Now();
        for (long round = 0; round < settings.Loop && !Finished; round++)
        {
            if (settings.TopSpeed)
            {
                if (!SendBatches())
                {
                    break;
                }
            }
            else if (_frame is byte[] frame)
            {
                Send(frame, Due());
            }
            else if (!Replay() && !SendFile())
            {
                break;
            }
        }

        _batch?.Send();
        _result.Seconds = (double)(Now() - _start) / TimeUnits.Second;
        _result.Counted = counters.Await(before, _result.Sent);
        _result.Write(Output.Standard, settings);
        return _result.IsGood ? ExitCode.Success : ExitCode.Negative;
    }

    private bool Finished => _stop.Requested || Frames >= settings.Count;

    private long Frames => _result.Sent + _result.Failed + (_batch?.Waiting ?? 0);

    /// <inheritdoc/>
    public void Begin(FrameOrigin origin)
    {
        if (origin.LinkType != LinkType.Ethernet)
        {
            throw new OperationFailedException(
                $"{_path} holds frames of link type {origin.LinkType}", "only Ethernet can be sent");
        }
    }

    /// <inheritdoc/>
    public bool Take(scoped in CapturedFrame frame)
    {
        if (frame.Bytes.Length < frame.Length)
        {
            _result.CutShort++; // sent as far as it was captured: said at the end
        }

        ReadOnlySpan<byte> bytes = Rewrite(frame.Bytes);
        if (_batch is not null)
        {
            _batch.Add(bytes);
            return !Finished;
        }

        long recorded = unchecked(frame.Seconds * TimeUnits.Second + frame.Nanoseconds);
        _firstRecordedNs ??= recorded;
        _offset = _fileOffset + (long)(Math.Max(0, unchecked(recorded - _firstRecordedNs.Value)) / settings.Speed);
        _store.Add(bytes, _offset);
        Send(bytes, Due(_offset));
        return !Finished;
    }

    /// <summary>The frame as it is to be sent; good until the next call.</summary>
    private ReadOnlySpan<byte> Rewrite(ReadOnlySpan<byte> frame)
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
        _rewriter.Apply(copy);
        return copy;
    }

    /// <summary>Sends the files once.</summary>
    /// <returns>False when it cannot be sent again: it is a pipe, or broken.</returns>
    private bool SendFile()
    {
        _loopStart = Now();
        _offset = 0;
        long before = Frames;
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
        return _result.Problem is null && !settings.Files.Contains("-") && Frames > before;
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
            Send(_store.Bytes(i), Due(_store.OffsetNs(i)));
        }

        return true;
    }

    private void Send(ReadOnlySpan<byte> frame, long dueNs)
    {
        if (dueNs > Now())
        {
            Wait(dueNs);
            if (_stop.Requested)
            {
                return;
            }
        }

        int errno = _socket.Send(frame);
        if (errno == 0)
        {
            _result.Sent++;
            _result.Bytes += frame.Length;
        }
        else
        {
            _result.Failed++;
            _result.LastErrno = errno;
        }
    }

    /// <summary>Sends the frames once, many to a call; from the second time on out of memory when they fit.</summary>
    private bool SendBatches()
    {
        _batch ??= new FrameBatch(_socket, _result);
        if (_frame is byte[] frame)
        {
            _batch.EndRound(); // there is nothing to keep
            _batch.Add(frame);
            return true;
        }

        if (_batch.TryReplay(settings.Count, _stop))
        {
            return true;
        }

        bool again = SendFile();
        _batch.EndRound();
        return again || _batch.CanReplay;
    }

    /// <summary>When the next frame is due at the asked rate.</summary>
    private long Due() => settings.Rate is double rate
        ? _start + (long)((_result.Sent + _result.Failed) * (TimeUnits.Second / rate))
        : _start + (long)(_result.Bytes * 8000 / settings.Mbit!.Value);

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
