using NetTools.MuxBench.Descriptors;
using NetTools.Os;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Ends a call that waits for ever. A timed call with timeout -1 returns at once, because something is readable; if the kernel or
/// a mechanism lost that event, the thread would hang. The watchdog then writes to a watched descriptor, and the run ends with an
/// error.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int Checks = 20;

    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private readonly TimeSpan _patience;
    private WatchedPart? _part;
    private int _progress;
    private volatile bool _fired;

    /// <summary>Starts the thread. All that is watched must be open by now.</summary>
    /// <param name="cpu">Where it runs.</param>
    /// <param name="ownTable">Whether it leaves the caller alone with its descriptor table.</param>
    /// <param name="patience">The longest time between two calls of <see cref="Progress"/>.</param>
    public Watchdog(int cpu, bool ownTable, TimeSpan patience)
    {
        _patience = patience;
        _thread = new Thread(() => Watch(cpu, ownTable)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Begins to guard calls that watch this part; null ends it.</summary>
    public void Guard(WatchedPart? part)
    {
        Progress();
        Volatile.Write(ref _part, part);
    }

    /// <summary>Says that the measuring thread is alive.</summary>
    public void Progress() => Volatile.Write(ref _progress, _progress + 1);

    /// <summary>Ends the run when a call had to be woken.</summary>
    /// <exception cref="OperationFailedException">It had to be.</exception>
    public void Check()
    {
        if (_fired)
        {
            throw new OperationFailedException("a call with a readable descriptor did not return: its event was lost");
        }
    }

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Watch(int cpu, bool ownTable)
    {
        CallingThread.PinTo(cpu);
        if (ownTable)
        {
            CallingThread.UnshareDescriptors();
        }

        int seen = 0;
        int unchanged = 0;
        while (!_end.Wait(_patience / Checks))
        {
            // Counted in checks, not by the clock: a process that was stopped and continued is not one that hangs.
            int progress = Volatile.Read(ref _progress);
            unchanged = progress == seen ? unchanged + 1 : 0;
            seen = progress;
            if (Volatile.Read(ref _part) is WatchedPart part && unchanged >= Checks)
            {
                _fired = true;
                part.Write(0);
            }
        }
    }
}
