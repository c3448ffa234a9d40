using System.Globalization;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// What every kind of load shares: the pace, the clock of seconds, the result, the parent and the progress line.
/// </summary>
internal sealed class LoadRun
{
    private const long LastAnswersNs = 100_000_000;
    private const long WaitsRecorded = 100_000; // one by one; beyond that, several waits that are nearly equal count as one value

    private readonly SignalDescriptor _signals;
    private readonly LoadMember? _member;
    private readonly StartLine _start;
    private readonly Progress? _progress;
    private readonly LatencyHistogram _interval = new();
    private int _second;
    private long _failedBefore;
    private long _connectionFailuresBefore;
    private bool _begun;

    /// <summary>The pace of the requests.</summary>
    public Pacing Pacing;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="signals">SIGINT and the like end the run early, with the result so far.</param>
    /// <param name="member">The way to the parent, when this is one process of several.</param>
    /// <param name="start">How it begins, unless it is one process of several.</param>
    /// <param name="logs">Where requests and seconds are logged.</param>
    public LoadRun(
        LoadSettings settings, SignalDescriptor signals, LoadMember? member, StartLine start, LoadLogs logs)
    {
        Settings = settings;
        _signals = signals;
        _member = member;
        _start = start;
        Log = logs.Requests;
        Result = new LoadResult { Seconds = member is null ? logs.Seconds : null };
        _progress = member is null ? new Progress() : null;
        Pacing = new Pacing(settings.Rate, settings.Stagger, settings.Requests, settings.DurationNs);
        Result.Histograms = settings.KeepHistograms && member is null ? [] : null;
        Now = Clock.Nanoseconds;
        Result.StartedAt = Clock.Read(Linux.CLOCK_REALTIME);
    }

    /// <summary>What to do.</summary>
    public LoadSettings Settings { get; }

    /// <summary>What was measured so far.</summary>
    public LoadResult Result { get; }

    /// <summary>The log of requests, or null.</summary>
    public RequestLog? Log { get; }

    /// <summary>The time, as of the last event.</summary>
    public long Now { get; set; }

    /// <summary>When the last answer came, or the requests began.</summary>
    public long LastAnswerAt { get; private set; }

    /// <summary>A signal has asked for the end, or the line to start by never came.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>Why it ends when it is interrupted.</summary>
    public RunEnd InterruptedBy => _start.Missing ? RunEnd.NoStart : RunEnd.Signal;

    /// <summary>Readable when a signal waits.</summary>
    public int SignalDescriptor => _signals.FileDescriptor;

    private bool HasNewFailures => Result.Counts.Failed > _failedBefore
        || Result.Counts.ConnectionFailures > _connectionFailuresBefore;

    /// <summary>Whether more requests are to begin.</summary>
    public bool MoreToCome => !Interrupted && Pacing.MoreToCome(Now);

    /// <summary>
    /// When the second under way is to be ended; long.MaxValue before the first request. The last one of a run by time is ended a
    /// moment later: answers to its requests belong to it, not to a row of their own.
    /// </summary>
    public long NextSecondAt
    {
        get
        {
            long end = Pacing.Start + ((_second + 1) * TimeUnits.Second);
            return !_begun ? long.MaxValue : end == Pacing.Until ? end + LastAnswersNs : end;
        }
    }

    /// <summary>Takes a signal.</summary>
    public void TakeSignal() => Interrupted |= _signals.Next() != 0;

    /// <summary>
    /// One process of several waits until all are so far; then, before the first request, all wait for the time to start.
    /// </summary>
    /// <param name="open">Connections open.</param>
    /// <param name="toStart">The first request comes next.</param>
    public unsafe void WaitForOthers(int open, bool toStart)
    {
        Now = Clock.Nanoseconds;
        if (_member is not null && !Interrupted)
        {
            Now = _member.WaitForOthers(Status(open), _signals);
            TakeSignal(); // it may be what ended the wait: then nothing begins
        }

        if (!toStart)
        {
            return;
        }

        if (_member is null)
        {
            WaitForLine();
        }

        if (Settings.StartAtNs == 0)
        {
            return;
        }

        long start = Now;
        for (long left; !Interrupted && (left = Settings.StartAtNs - Clock.Read(Linux.CLOCK_REALTIME)) > 0;)
        {
            start = Clock.Nanoseconds + left; // the same in all processes, but for the reading of two clocks
            timespec wait = TimeUnits.Timespec(left);
            pollfd watched = new() { fd = _signals.FileDescriptor, events = (short)POLLIN };
            if (Linux.ppoll(&watched, 1, &wait, null) > 0)
            {
                TakeSignal();
            }
        }

        Now = Interrupted ? Clock.Nanoseconds : start;
    }

    /// <summary>The first request is due now, unless the run was interrupted before.</summary>
    public void Begin()
    {
        Pacing.Begin(Now);
        LastAnswerAt = Now;
        if (Interrupted)
        {
            return;
        }

        Result.BegunAt = Clock.Read(Linux.CLOCK_REALTIME) - (Clock.Nanoseconds - Now);
        _begun = true;
        Result.Seconds?.Begin(Result.BegunAt);
    }

    /// <summary>Counts an answer.</summary>
    /// <param name="due">When its request was due.</param>
    /// <param name="begun">When it was begun.</param>
    public void Answered(long due, long begun)
    {
        LastAnswerAt = Now;
        Result.Counts.Requests++;
        _interval.Record(Now - due);
        if (Pacing.IsOpen)
        {
            Result.Uncorrected.Record(Now - begun);
        }
    }

    /// <summary>Counts an answer that said no: it took its time, too, but is not a success.</summary>
    public void Refused()
    {
        LastAnswerAt = Now;
        Result.Counts.Failed++;
        Result.Error("http_status");
    }

    /// <summary>Counts a failure of a connection that cost no request.</summary>
    /// <param name="error">Its name.</param>
    public void ConnectionFailed(string error)
    {
        Result.Counts.ConnectionFailures++;
        Result.Error(error);
    }

    /// <summary>Ends each second that is over.</summary>
    /// <param name="open">Connections open.</param>
    public void EndSeconds(int open)
    {
        while (Now >= NextSecondAt)
        {
            EndInterval(_second + 1, open);
        }
    }

    /// <summary>Shows how far it is, to a parent or on a terminal.</summary>
    public void ShowProgress(string phase, int open)
    {
        _member?.Report(Status(open));
        if (_progress is { IsVisible: true })
        {
            _progress.Show(string.Create(CultureInfo.InvariantCulture,
                $"{phase}: {Figures.PlainCount(open, "connection")}, {Figures.PlainCount(Result.Counts.Requests, "request")}, "
                    + $"{Result.Counts.Failed} failed"));
        }
    }

    /// <summary>The requests are over.</summary>
    /// <param name="end">Why.</param>
    /// <param name="inFlight">Requests sent and still without an answer.</param>
    /// <param name="waiting">Requests begun that could not be sent, for want of a connection.</param>
    /// <param name="open">Connections open.</param>
    public void EndRequests(RunEnd end, long inFlight, long waiting, int open)
    {
        ref LoadCounts counts = ref Result.Counts;
        Result.End = end;
        long stopped = !_begun ? Pacing.Start : end == RunEnd.Time ? Pacing.Until
            : end == RunEnd.Count && Pacing.IsOpen ? long.MaxValue / 2 : Now;
        counts.DurationNs = Math.Max(Math.Max(LastAnswerAt, Pacing.LastBegun) - Pacing.Start,
            !_begun ? 0 : Pacing.MoreToCome(Now) ? Now - Pacing.Start : Pacing.PlannedNs);
        counts.ElapsedNs = Math.Max(Now - Pacing.Start, counts.DurationNs);
        counts.Due = Pacing.DueBy(stopped);
        counts.InFlight = inFlight;
        counts.Unsent = counts.Due - Pacing.Issued + waiting;
        EndSeconds(open);
        double last = Math.Max(counts.DurationNs / 1e9, _second);
        if (HasNewFailures)
        {
            EndInterval(Math.Max((Now - Pacing.Start) / 1e9, last), open); // what was given up after the last answer counts, too
        }
        else if (last > _second && (last - _second > 0.001 || _interval.Count > 0))
        {
            EndInterval(last, open);
        }

        Result.Latency.Add(_interval); // what a rounded end left over
        _interval.Reset();
        _begun = false;
        RecordUnsent();
        Result.AddWaits();
    }

    /// <summary>Clears the progress line.</summary>
    public void End()
    {
        _progress?.Dispose();
        Log?.Flush();
        if (HasNewFailures)
        {
            EndInterval((Now - Pacing.Start) / 1e9, 0); // connections lost while they were held
        }

        Result.EndedAt = Clock.Read(Linux.CLOCK_REALTIME);
    }

    /// <summary>Requests that were due and not begun waited, too: an overload must show in the percentiles.</summary>
    private void RecordUnsent()
    {
        if (!Pacing.IsOpen)
        {
            return;
        }

        long step = Math.Max((Result.Counts.Due - Pacing.Issued) / WaitsRecorded, 1);
        for (long request = Pacing.Issued; request < Result.Counts.Due; request += step)
        {
            Result.Waited(Now - Pacing.DueAt(request), Math.Min(step, Result.Counts.Due - request));
        }
    }

    private unsafe void WaitForLine()
    {
        _start.Ready();
        pollfd* watched = stackalloc pollfd[2];
        while (_start.Waits && !Interrupted)
        {
            watched[0] = _start.Watched;
            watched[1] = new pollfd { fd = _signals.FileDescriptor, events = (short)POLLIN };
            if (Linux.poll(watched, 2, -1) > 0)
            {
                if (watched[0].revents != 0)
                {
                    _start.Read();
                }

                if (watched[1].revents != 0)
                {
                    TakeSignal();
                }
            }

            Now = Clock.Nanoseconds;
        }

        if (_start.Missing)
        {
            Interrupted = true;
            Result.Error("no_start_line");
        }
    }

    private LoadStatus Status(int open) => new(_second, open, Result.Counts.Requests, Result.Counts.Failed);

    private void EndInterval(double endSeconds, int open)
    {
        LoadSlice slice = new(_second, endSeconds, Result.Counts.Failed - _failedBefore,
            Result.Counts.ConnectionFailures - _connectionFailuresBefore, _interval);
        Result.Latency.Add(_interval);
        if (_member is not null)
        {
            _member.Report(slice);
        }
        else
        {
            Result.AddInterval(slice);
        }

        _second++;
        _failedBefore = Result.Counts.Failed;
        _connectionFailuresBefore = Result.Counts.ConnectionFailures;
        _interval.Reset();
        ShowProgress("requesting", open);
    }
}
