using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Chains of writes through all descriptors, the method of libevent's bench: each that is found readable is read, and the
/// next one is written to, until all writes are spent. It has what a plain call leaves out: reading, writing, changing readiness.
/// </summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
/// <param name="highest">The highest descriptor there will be.</param>
internal sealed unsafe class Relay(double clockOverhead, int highest)
{
    /// <summary>Writes that are passed on, besides those that begin the chains.</summary>
    public const int Writes = 100;

    private const long PatienceNanoseconds = 20_000_000_000;

    private readonly int[] _indices = new int[highest + 1];

    /// <summary>Nanoseconds for one step: its part of the calls, a read and a write.</summary>
    /// <param name="mechanism">Watches the part.</param>
    /// <param name="part">Nothing of it readable.</param>
    /// <param name="chains">How many chains run at a time.</param>
    /// <exception cref="OperationFailedException">A chain broke: something written was never reported.</exception>
    public double Sample(Mechanism mechanism, WatchedPart part, int chains)
    {
        for (int i = 0; i < part.Watched.Length; i++)
        {
            _indices[part.Watched[i]] = i;
        }

        _ = Run(mechanism, part, chains);
        return Batches.Median(() => Run(mechanism, part, chains));
    }

    private double Run(Mechanism mechanism, WatchedPart part, int chains)
    {
        int size = part.Watched.Length;
        int written = chains;
        int read = 0;
        for (int chain = 0; chain < chains; chain++)
        {
            part.Write((int)((long)chain * size / chains));
        }

        long start = Clock.Nanoseconds;
        while (read < written)
        {
            int found = mechanism.Wait(block: false);
            for (int i = 0; i < found; i++)
            {
                int index = _indices[mechanism.Ready[i]];
                if (!part.Read(index))
                {
                    continue; // reported more often than it arrived
                }

                read++;
                if (written < chains + Writes)
                {
                    part.Write(index + 1 < size ? index + 1 : 0);
                    written++;
                }
            }

            if (found <= 0 && Clock.Nanoseconds - start > PatienceNanoseconds)
            {
                throw new OperationFailedException($"a chain broke: {read} reported of {Figures.PlainCount(written, "write")}");
            }
        }

        return (Clock.Nanoseconds - start - clockOverhead) / read;
    }
}
