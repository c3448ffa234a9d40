using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;

namespace NetTools.MuxBench.Measurement;

/// <summary>Times adding, changing and removing a descriptor, of which as many are watched as the size says.</summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
internal sealed class RegistrationTimer(double clockOverhead)
{
    /// <summary>Nanoseconds for one descriptor.</summary>
    /// <param name="measure">Add, Modify or Remove.</param>
    /// <param name="mechanism">Watches nothing, and nothing again afterwards.</param>
    /// <param name="part">What to add; nothing of it is readable.</param>
    public double Sample(Metric measure, Mechanism mechanism, WatchedPart part)
    {
        _ = TimeRound(measure, mechanism, part);
        int rounds = 1;
        while (TimeRounds(measure, mechanism, part, rounds) * rounds * part.Watched.Length
            < Batches.ReadingsPerBatch * clockOverhead && rounds < 1000)
        {
            rounds *= 2;
        }

        return Batches.Median(() => TimeRounds(measure, mechanism, part, rounds));
    }

    private double TimeRounds(Metric measure, Mechanism mechanism, WatchedPart part, int rounds)
    {
        double elapsed = 0;
        for (int round = 0; round < rounds; round++)
        {
            elapsed += TimeRound(measure, mechanism, part) - clockOverhead;
        }

        return Math.Max(elapsed, 0) / rounds / part.Watched.Length;
    }

    /// <summary>Adds, changes and removes all of them; the time that one of these took.</summary>
    private static long TimeRound(Metric measure, Mechanism mechanism, WatchedPart part)
    {
        long start = Clock.Nanoseconds;
        foreach (int descriptor in part.Watched)
        {
            mechanism.Add(descriptor);
        }

        long added = Clock.Nanoseconds;
        foreach (int descriptor in part.Watched)
        {
            mechanism.Modify(descriptor);
        }

        long modified = Clock.Nanoseconds;
        foreach (int descriptor in part.Watched)
        {
            mechanism.Remove(descriptor);
        }

        long removed = Clock.Nanoseconds;
        return measure switch
        {
            Metric.Add => added - start,
            Metric.Modify => modified - added,
            _ => removed - modified,
        };
    }
}
