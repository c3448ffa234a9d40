using NetTools.Libc;
using NetTools.Measure;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;

namespace NetTools.MuxBench.Measurement;

/// <summary>Times calls that do not block.</summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
internal sealed class CallTimer(double clockOverhead)
{
    /// <summary>A batch lasts at least as long as this many readings of the clock.</summary>
    private const int ReadingsPerBatch = 100;

    private const int WarmUpCalls = 3;
    private const int FewestBatches = 3;
    private const int MostBatches = 31;
    private const int MostInterrupted = 20;
    private const long BudgetNanoseconds = 10_000_000;

    /// <summary>Nanoseconds a call, the median of a visit of several batches.</summary>
    /// <param name="mechanism">Watches what it shall.</param>
    /// <param name="descriptors">Some of them readable.</param>
    /// <param name="ready">How many each call has to find.</param>
    /// <exception cref="OperationFailedException">The mechanism found another number of them.</exception>
    public double Sample(Mechanism mechanism, DescriptorSet descriptors, int ready)
    {
        Span<double> batches = stackalloc double[MostBatches];
        int calls = 1;
        if (mechanism.ReportsArrivals)
        {
            while (mechanism.Wait(block: false) > 0)
            {
                // What was there already when the descriptors were added may be reported once more than it arrives.
            }

            _ = TimeSingleCalls(mechanism, descriptors, ready, WarmUpCalls);
        }
        else
        {
            _ = TimeBatch(mechanism, ready, WarmUpCalls);
            while (TimeBatch(mechanism, ready, calls) < ReadingsPerBatch * clockOverhead)
            {
                calls *= 2;
            }
        }

        // A batch is thrown away when the scheduler interrupted it, unless that happens to nearly all: then there is no choice.
        long start = Clock.Nanoseconds;
        int count = 0;
        int interrupted = 0;
        while (count < MostBatches && (count < FewestBatches || Clock.Nanoseconds - start < BudgetNanoseconds))
        {
            long before = Preemption.Count;
            batches[count] = mechanism.ReportsArrivals
                ? TimeSingleCalls(mechanism, descriptors, ready, calls)
                : (TimeBatch(mechanism, ready, calls) - clockOverhead) / calls;
            bool whole = Preemption.Count == before;
            interrupted += whole ? 0 : 1;
            count += whole || interrupted > MostInterrupted ? 1 : 0;
        }

        return Statistics.Median(batches[..count]);
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

    /// <summary>The mean time of single calls, each after new arrivals, which are not timed.</summary>
    private double TimeSingleCalls(Mechanism mechanism, DescriptorSet descriptors, int ready, int calls)
    {
        long found = 0;
        long elapsed = 0;
        for (int call = 0; call < calls; call++)
        {
            descriptors.Renew();
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
