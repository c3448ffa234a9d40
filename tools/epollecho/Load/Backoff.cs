namespace NetTools.EpollEcho.Load;

/// <summary>
/// Connections that wait before they are tried again: 10 ms after the first failure, twice as long after each further one, 1.28 s
/// at most.
/// </summary>
internal sealed class Backoff
{
    private const int Steps = 8;
    private const long FirstNs = 10_000_000;

    // Of one step all wait equally long, so a queue is in the order of time.
    private readonly Queue<(int Index, long Until)>[] _waiting =
        [.. Enumerable.Range(0, Steps).Select(_ => new Queue<(int, long)>())];

    /// <summary>When the first may be tried again; long.MaxValue when none waits.</summary>
    public long Next { get; private set; } = long.MaxValue;

    /// <summary>Makes a connection wait.</summary>
    /// <param name="index">The connection; it waits once at most.</param>
    /// <param name="failures">How often it failed in a row, from 1.</param>
    /// <param name="now">The time.</param>
    public void Add(int index, int failures, long now)
    {
        int step = Math.Clamp(failures - 1, 0, Steps - 1);
        long until = now + (FirstNs << step);
        _waiting[step].Enqueue((index, until));
        Next = Math.Min(Next, until);
    }

    /// <summary>Takes one whose time has come.</summary>
    public bool TryTake(long now, out int index)
    {
        index = 0;
        if (Next > now)
        {
            return false;
        }

        bool found = false;
        Next = long.MaxValue;
        foreach (Queue<(int Index, long Until)> queue in _waiting)
        {
            if (!found && queue.Count > 0 && queue.Peek().Until <= now)
            {
                index = queue.Dequeue().Index;
                found = true;
            }

            Next = queue.Count > 0 ? Math.Min(Next, queue.Peek().Until) : Next;
        }

        return found;
    }
}
