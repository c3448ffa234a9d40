using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Times calls that return at once, because something is readable or because they only look, and finding what is ready: repeated,
/// or each with cold caches.
/// </summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
/// <param name="caches">Empties the caches before each call; null leaves them warm.</param>
/// <param name="watchdog">Ends calls that wait for ever; null where none waits.</param>
internal sealed class CallTimer(double clockOverhead, CacheEvictor? caches, Watchdog? watchdog = null)
{
    private const int WarmUpCalls = 3;

    /// <summary>Nanoseconds a call.</summary>
    /// <param name="mechanism">Watches the part.</param>
    /// <param name="part">Some of it readable.</param>
    /// <param name="ready">How many each call has to find; at least 1 where it waits.</param>
    /// <param name="wait">Whether the timeout is -1 rather than 0.</param>
    /// <exception cref="OperationFailedException">The mechanism found another number of them.</exception>
    public double Sample(Mechanism mechanism, WatchedPart part, int ready, bool wait)
    {
        if (caches is not null)
        {
            Settle(mechanism);
            _ = TimeColdCalls(mechanism, part, ready, wait, WarmUpCalls);
            return Batches.Median(() => TimeColdCalls(mechanism, part, ready, wait, 1));
        }

        _ = TimeBatch(mechanism, ready, wait, WarmUpCalls);
        int calls = 1;
        while (TimeBatch(mechanism, ready, wait, calls) < Batches.ReadingsPerBatch * clockOverhead)
        {
            calls *= 2;
        }

        return Batches.Median(() => (TimeBatch(mechanism, ready, wait, calls) - clockOverhead) / calls);
    }

    /// <summary>
    /// Leaves a mechanism that reports arrivals with nothing to report: what was there already when its descriptors were added
    /// may be reported once more than it arrives.
    /// </summary>
    public static void Settle(Mechanism mechanism)
    {
        while (mechanism.ReportsArrivals && mechanism.Wait(block: false) > 0)
        {
        }
    }

    /// <summary>Ends the run when calls did not find what they had to.</summary>
    /// <exception cref="OperationFailedException">They did not.</exception>
    public static void CheckFound(long found, long expected)
    {
        if (found != expected)
        {
            throw new OperationFailedException(
                $"a mechanism found {found} ready descriptors where {expected} were: {Errno.Describe(Errno.Last)}");
        }
    }

    /// <summary>The whole time of calls in a row, with one reading of the clock in it.</summary>
    private long TimeBatch(Mechanism mechanism, int ready, bool wait, int calls)
    {
        watchdog?.Progress();
        long found = 0;
        long start = Clock.Nanoseconds;
        for (int call = 0; call < calls; call++)
        {
            found += mechanism.Wait(wait);
        }

        long elapsed = Clock.Nanoseconds - start;
        watchdog?.Check();
        CheckFound(found, (long)ready * calls);
        return elapsed;
    }

    /// <summary>
    /// The mean time of single calls, each with the caches emptied before it, and new arrivals where the mechanism needs them.
    /// </summary>
    private double TimeColdCalls(Mechanism mechanism, WatchedPart part, int ready, bool wait, int calls)
    {
        watchdog?.Progress();
        long found = 0;
        long elapsed = 0;
        for (int call = 0; call < calls; call++)
        {
            if (mechanism.ReportsArrivals)
            {
                part.Renew();
            }

            caches!.Evict();
            long start = Clock.Nanoseconds;
            found += mechanism.Wait(wait);
            elapsed += Clock.Nanoseconds - start;
        }

        watchdog?.Check();
        CheckFound(found, (long)ready * calls);
        return ((double)elapsed / calls) - clockOverhead;
    }
}
