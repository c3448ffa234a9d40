using System.Globalization;
using NetTools.EpollEcho.Processes;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Several load processes at once, each with its share of the work. They begin together, and hold their connections together;
/// the parent adds up what they report, and says so when one of them is lost.
/// </summary>
internal sealed unsafe class LoadTeam : IDisposable
{
    private readonly LoadSettings _settings;
    private readonly SignalDescriptor _signals;
    private readonly StartLine _start;
    private readonly ChildProcesses _children;
    private readonly List<LoadMemberState> _members = [];
    private readonly LoadIntervals _intervals = new();
    private readonly LoadResult _result;
    private readonly Progress _progress = new();
    private bool _begun;
    private bool _stopping;
    private bool _lost;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="settings">What to do, all together.</param>
    /// <param name="signals">Signals go on to the processes.</param>
    /// <param name="start">How the requests begin.</param>
    /// <param name="seconds">The log of the seconds, or null.</param>
    public LoadTeam(LoadSettings settings, SignalDescriptor signals, StartLine start, ISecondsLog? seconds)
    {
        _settings = settings;
        _signals = signals;
        _start = start;
        _result = new LoadResult { Seconds = seconds, StartedAt = Clock.Read(Linux.CLOCK_REALTIME) };
        _children = new ChildProcesses(settings.Processes);
        _result.Histograms = settings.KeepHistograms ? [] : null;
    }

    /// <summary>Runs the processes to their ends.</summary>
    /// <param name="work">What each does with its settings and its way to the parent.</param>
    /// <returns>The whole result; null in a process that has done its share.</returns>
    public LoadResult? Run(Action<LoadSettings, LoadMember> work)
    {
        int* ends = stackalloc int[2];
        for (int number = 0; number < _settings.Processes; number++)
        {
            Errno.Check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "connecting to a process of our own");
            if (_children.Fork(number))
            {
                close(ends[0]);
                _start.Leave();
                Dispose(); // the parent's ends of the other pairs
                work(_settings.ShareOf(number), new LoadMember(ends[1]));
                return null;
            }

            close(ends[1]);
            _members.Add(new LoadMemberState(ends[0]));
        }

        Watch();
        EndAs();
        _intervals.MoveTo(_result, int.MaxValue);
        _progress.Dispose();
        return _result;
    }

    /// <inheritdoc/>
    public void Dispose() => _members.ForEach(member => member.Dispose());

    private void Watch()
    {
        pollfd[] watched = new pollfd[_members.Count + 2];
        while (_children.Any)
        {
            watched[^2] = AllWait && !_stopping ? _start.Watched : new pollfd { fd = -1 };
            watched[^1] = new pollfd { fd = _signals.FileDescriptor, events = (short)POLLIN };
            for (int i = 0; i < _members.Count; i++)
            {
                // -1 once it has ended: poll(2) skips it
                watched[i] = new pollfd { fd = _members[i].Socket, events = (short)POLLIN };
            }

            fixed (pollfd* first = watched)
            {
                if (Linux.poll(first, (ulong)watched.Length, -1) < 0 && Errno.Last is int errno && errno != EINTR)
                {
                    throw new LibcException("waiting for the processes", errno);
                }
            }

            for (int i = 0; i < _members.Count; i++)
            {
                if (watched[i].revents != 0)
                {
                    _members[i].Receive(Take);
                }
            }

            if (watched[^2].revents != 0)
            {
                ReadStart();
            }

            TakeSignals();
            while (_children.Reap(out ChildEnd end))
            {
                Ended(end);
            }

            GoOnTogether();
        }
    }

    /// <summary>Every process that still runs waits for the word to go on.</summary>
    private bool AllWait => _members.Exists(member => member.Waiting && !member.Finished)
        && !_members.Exists(member => !member.Waiting && !member.Finished);

    private void ReadStart()
    {
        _start.Read();
        if (_start.Missing)
        {
            _result.Error("no_start_line");
            _children.Signal(SIGTERM);
            _stopping = true;
        }
    }

    /// <summary>What the processes themselves cannot say: one was lost, or no line came to start by.</summary>
    private void EndAs()
    {
        if (_start.Missing)
        {
            _result.End = RunEnd.NoStart;
        }
        else if (_lost && _result.End == RunEnd.Count)
        {
            _result.End = _stopping ? RunEnd.Signal : RunEnd.ProcessLost;
        }

        if (_result.EndedAt == 0)
        {
            _result.EndedAt = Clock.Read(Linux.CLOCK_REALTIME); // all were lost
        }
    }

    private void TakeSignals()
    {
        for (int signal = _signals.Next(); signal != 0; signal = _signals.Next())
        {
            if (signal != SIGCHLD)
            {
                _children.Signal(_stopping ? SIGKILL : signal); // who asks twice does not want to wait
                _stopping = true;
            }
        }
    }

    private void Take(LoadMemberState member, LoadMessageKind kind, BinaryReader fields)
    {
        switch (kind)
        {
            case LoadMessageKind.Status:
            case LoadMessageKind.Waiting:
                member.Status = LoadMessage.ReadStatus(fields);
                member.Waiting = kind == LoadMessageKind.Waiting;
                break;
            case LoadMessageKind.Slice:
                LoadSlice slice = LoadMessage.ReadSlice(fields);
                member.Seen.Add(slice);
                _intervals.Add(slice);
                break;
            case LoadMessageKind.Result:
                _result.Add(LoadMessage.ReadResult(fields));
                member.Finished = true;
                break;
            default:
                throw new OperationFailedException($"a process of our own sent a message of kind {kind}");
        }

        LoadMemberState[] running = [.. _members.Where(other => !other.Finished)];
        _intervals.MoveTo(_result, running.Length > 0 ? running.Min(other => other.Status.Second) : int.MaxValue);
        if (_progress.IsVisible)
        {
            _progress.Show(string.Create(CultureInfo.InvariantCulture,
                $"{Figures.PlainCount(running.Length, "process", "processes")}: "
                    + $"{Figures.PlainCount(running.Sum(m => m.Status.Open), "connection")}, ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{Figures.PlainCount(_members.Sum(m => m.Status.Requests), "request")}, "
                        + $"{_members.Sum(m => m.Status.Failed)} failed"));
        }
    }

    private void Ended(ChildEnd end)
    {
        LoadMemberState member = _members[end.Number];
        member.Receive(Take); // what it sent before it ended
        if (!member.Finished)
        {
            string how = end.Signal != 0 ? $"was killed by signal {end.Signal}" : $"ended with exit code {end.ExitCode}";
            ErrorLine.Write(string.Create(CultureInfo.InvariantCulture,
                $"process {end.Number} (pid {end.Pid}) {how}: what it did in its last second is missing"));
            member.Finished = true;
            _lost = true;
            member.Seen.Counts.Connections = member.Status.Open;
            member.Seen.Counts.PeakConnections = member.Status.Open;
            member.Seen.Error("process_lost");
            member.Seen.Counts.Due = _settings.ShareOf(end.Number).DueAtLeast(
                member.Seen.Counts.Requests + member.Seen.Counts.Failed);
            member.Seen.Counts.Unsent = member.Seen.Counts.Due - member.Seen.Counts.Requests - member.Seen.Counts.Failed;
            _result.Add(member.Seen);
        }

        member.Dispose();
    }

    private void GoOnTogether()
    {
        if (!AllWait || _stopping)
        {
            return;
        }

        long now = Clock.Nanoseconds;
        if (!_begun)
        {
            _start.Ready();
            if (_start.Waits)
            {
                return;
            }

            _begun = true;
            _result.Seconds?.Begin(Clock.Read(Linux.CLOCK_REALTIME) - (Clock.Nanoseconds - now));
        }

        foreach (LoadMemberState member in _members.Where(member => member.Waiting && !member.Finished))
        {
            member.Waiting = false;
            // It waits for this word alone, and its socket has room for it. Where one send fails, the next may not.
            for (int tries = 0; tries < 2 && Linux.send(member.Socket, &now, sizeof(long), MSG_NOSIGNAL) < 0; tries++)
            {
            }
        }
    }
}
