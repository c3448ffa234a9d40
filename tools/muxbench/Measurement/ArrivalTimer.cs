using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Times calls of mechanisms that report each arrival once. One call consumes what there is to report, so several copies of the
/// mechanism watch the same descriptors: after one round of arrivals each is called once, and that many calls make a batch.
/// </summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
/// <param name="watchdog">Ends calls that wait for ever; null where none waits.</param>
internal sealed class ArrivalTimer(double clockOverhead, Watchdog? watchdog = null)
{
    private const int MostCopies = 16;
    private const int MostRegistrations = 64_000;
    private const int WarmUpRounds = 3;

    /// <summary>How many copies are needed: fewer where the kernel would have to keep very many registrations.</summary>
    public static int Copies(int fds) => Math.Clamp(MostRegistrations / fds, 1, MostCopies);

    /// <summary>Nanoseconds a call.</summary>
    /// <param name="copies">All watch the part.</param>
    /// <param name="part">Some of it readable.</param>
    /// <param name="ready">How many each call has to find; at least 1 where it waits.</param>
    /// <param name="wait">Whether the timeout is -1 rather than 0.</param>
    public double Sample(IReadOnlyList<Mechanism> copies, WatchedPart part, int ready, bool wait)
    {
        foreach (Mechanism mechanism in copies)
        {
            CallTimer.Settle(mechanism);
        }

        Mechanism[] called = [.. copies];
        for (int round = 0; round < WarmUpRounds; round++)
        {
            _ = Time(called, part, ready, wait);
        }

        return Batches.Median(() => Time(called, part, ready, wait));
    }

    private double Time(Mechanism[] copies, WatchedPart part, int ready, bool wait)
    {
        watchdog?.Progress();
        part.Renew();
        long found = 0;
        long start = Clock.Nanoseconds;
        foreach (Mechanism mechanism in copies)
        {
            found += mechanism.Wait(wait);
        }

        long elapsed = Clock.Nanoseconds - start;
        watchdog?.Check();
        CallTimer.CheckFound(found, (long)ready * copies.Length);
        return (elapsed - clockOverhead) / copies.Length;
    }
}
