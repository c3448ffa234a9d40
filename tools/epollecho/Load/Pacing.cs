namespace NetTools.EpollEcho.Load;

/// <summary>
/// When the next request may begin. Closed loop: at once. Open loop: request k is due k / rate seconds after the first, free
/// connection or not.
/// </summary>
/// <param name="rate">Requests per second; 0 for the closed loop.</param>
/// <param name="stagger">Part of the time between two requests by which the first is late: processes take turns.</param>
/// <param name="requests">Requests in all; 0 to go by the duration.</param>
/// <param name="durationNs">How long requests are due, nanoseconds.</param>
internal struct Pacing(double rate, double stagger, long requests, long durationNs)
{
    // A request due just before the end is begun just after it, when the process wakes: that is not a request left undone.
    private const long MostGrace = 100_000_000;

    /// <summary>When the first request was due; the monotonic clock, nanoseconds.</summary>
    public long Start { get; private set; }

    /// <summary>No request is due from here on; 0 when the number of requests decides.</summary>
    public long Until { get; private set; }

    /// <summary>When the last request was begun; 0 before the first.</summary>
    public long LastBegun { get; private set; }

    /// <summary>Requests begun.</summary>
    public long Issued { get; private set; }

    /// <summary>Whether requests are due at fixed times.</summary>
    public readonly bool IsOpen => rate > 0;

    /// <summary>When the next request is due in the open loop.</summary>
    public readonly long NextDue => DueAt(Issued);

    private readonly long Grace => IsOpen ? Math.Min(MostGrace, durationNs / 10) : 0;

    /// <summary>Starts the clock.</summary>
    public void Begin(long now)
    {
        Start = now;
        Until = requests > 0 ? 0 : now + durationNs;
    }

    /// <summary>Begins a request if one may begin now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="due">When it was due: latency counts from here.</param>
    public bool TryBegin(long now, out long due)
    {
        due = now;
        if (!MoreToCome(now))
        {
            return false;
        }

        if (IsOpen)
        {
            due = NextDue;
            if (due > now)
            {
                return false;
            }
        }

        LastBegun = now;
        Issued++;
        return true;
    }

    /// <summary>Takes back the last requests begun: they were not sent, and are due as before.</summary>
    public void TakeBack(int count) => Issued -= count;

    /// <summary>Whether requests are still to begin.</summary>
    public readonly bool MoreToCome(long now) =>
        requests > 0 ? Issued < requests : now < Until || (IsOpen && now < Until + Grace && NextDue < Until);

    /// <summary>Requests that were due when the run stopped; at least those begun.</summary>
    /// <param name="stopped">When it stopped.</param>
    public readonly long DueBy(long stopped)
    {
        if (!IsOpen)
        {
            return requests > 0 ? requests : Issued;
        }

        long end = Until == 0 ? stopped : Math.Min(stopped, Until);
        double due = Math.Ceiling(((end - Start) * rate / 1e9) - stagger);
        return (long)Math.Clamp(due, Issued, requests > 0 ? requests : long.MaxValue / 2);
    }

    /// <summary>When a request is due in the open loop.</summary>
    public readonly long DueAt(long request) => Start + (long)((request + stagger) * 1e9 / rate);

    /// <summary>
    /// The span that requests were spread over: the duration, or the number by the rate; 0 in a closed loop of a number.
    /// </summary>
    public readonly long PlannedNs => requests == 0 ? durationNs : IsOpen ? (long)(requests * 1e9 / rate) : 0;
}
