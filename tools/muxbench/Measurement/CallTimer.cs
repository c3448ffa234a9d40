using NetTools.Libc;
using NetTools.Measure;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;

namespace NetTools.MuxBench.Measurement;

/// <summary>Times calls that do not wait, and finding what is ready.</summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
/// <param name="caches">Empties the caches before each call; null leaves them warm.</param>
internal sealed class CallTimer(double clockOverhead, CacheEvictor? caches)
{
    private const int WarmUpCalls = 3;

    /// <summary>Nanoseconds a call.</summary>
    /// <param name="mechanism">Watches the part.</param>
    /// <param name="part">Some of it readable.</param>
    /// <param name="ready">How many each call has to find.</param>
    /// <exception cref="OperationFailedException">The mechanism found another number of them.</exception>
    public double Sample(Mechanism mechanism, WatchedPart part, int ready)
    {
        if (mechanism.ReportsArrivals)
        {
            while (mechanism.Wait(block: false) > 0)
            {
                // What was there already when the descriptors were added may be reported once more than it arrives.
            }
        }

        if (mechanism.ReportsArrivals || caches is not null)
        {
            _ = TimeSingleCalls(mechanism, part, ready, WarmUpCalls);
            return Batches.Median(() => TimeSingleCalls(mechanism, part, ready, 1));
        }

        _ = TimeBatch(mechanism, ready, WarmUpCalls);
        int calls = 1;
        while (TimeBatch(mechanism, ready, calls) < Batches.ReadingsPerBatch * clockOverhead)
        {
            calls *= 2;
        }

        return Batches.Median(() => (TimeBatch(mechanism, ready, calls) - clockOverhead) / calls);
    }

    /// <summary>The whole time of calls in a row, with one reading of the clock in it.</summary>
    private static long TimeBatch(Mechanism mechanism, int ready, int calls)
    {
        long found = 0;
        long start = Clock.Nanoseconds;
        for (int call = 0; call < calls; call++)
        {
            found += mechanism.Wait(block: false);
        }

        long elapsed = Clock.Nanoseconds - start;
        CheckFound(found, (long)ready * calls);
        return elapsed;
    }

    /// <summary>The mean time of single calls, each with new arrivals and the caches emptied before it where that is asked for.</summary>
    private double TimeSingleCalls(Mechanism mechanism, WatchedPart part, int ready, int calls)
    {
        long found = 0;
        long elapsed = 0;
        for (int call = 0; call < calls; call++)
        {
            if (mechanism.ReportsArrivals)
            {
                part.Renew();
            }

            caches?.Evict();
            _ = Clock.Nanoseconds; // what lies between the calls has put the clock's own code out of the nearest cache
            long start = Clock.Nanoseconds;
            found += mechanism.Wait(block: false);
            elapsed += Clock.Nanoseconds - start;
        }

        CheckFound(found, (long)ready * calls);
        return ((double)elapsed / calls) - clockOverhead;
    }

    private static void CheckFound(long found, long expected)
    {
        if (found != expected)
        {
            throw new OperationFailedException($"a mechanism found {found} ready descriptors where {expected} were: {Errno.Describe(Errno.Last)}");
        }
    }
}
