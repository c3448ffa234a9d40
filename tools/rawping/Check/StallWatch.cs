using NetTools.Os;

namespace NetTools.RawPing.Check;

/// <summary>
/// Measures how late this machine wakes a thread that sleeps: a program that is woken so late prints longer times than the
/// network took, and none of it is its fault.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private const int SleepMs = 5;

    private readonly Thread _thread;
    private volatile bool _over;
    private long _longest;

    /// <summary>Begins to measure.</summary>
    public StallWatch()
    {
        _thread = new Thread(Watch) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The longest delay so far, ms.</summary>
    public double LongestMs => Interlocked.Read(ref _longest) / 1e6;

    /// <inheritdoc/>
    public void Dispose()
    {
        _over = true;
        _thread.Join();
    }

    private void Watch()
    {
        while (!_over)
        {
            long before = Clock.Nanoseconds;
            Thread.Sleep(SleepMs);
            long late = Clock.Nanoseconds - before - (SleepMs * TimeUnits.Millisecond);
            Interlocked.Exchange(ref _longest, Math.Max(_longest, late));
        }
    }
}
