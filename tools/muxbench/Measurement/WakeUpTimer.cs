using NetTools.Measure;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;

namespace NetTools.MuxBench.Measurement;

/// <summary>Times real wake-ups: this thread waits, another writes.</summary>
/// <param name="clockOverhead">What a reading of the clock costs, nanoseconds.</param>
/// <param name="waker">Writes.</param>
/// <param name="watchdog">Ends a wait whose wake-up was lost.</param>
internal sealed unsafe class WakeUpTimer(double clockOverhead, Waker waker, Watchdog? watchdog = null)
{
    private const int WakeUps = 11;
    private const int Stride = 7919; // a prime: all descriptors have their turn
    private const long DelayNanoseconds = 50_000;

    private int _turn;

    /// <summary>Nanoseconds from the write to the return of the call that waited; the median of some.</summary>
    /// <param name="mechanism">Watches the part.</param>
    /// <param name="part">Nothing of it readable.</param>
    /// <exception cref="OperationFailedException">Another descriptor was found than the one written to.</exception>
    public double Sample(Mechanism mechanism, WatchedPart part)
    {
        long start = Clock.Nanoseconds;
        mechanism.Wait(block: false);
        long delay = DelayNanoseconds + (4 * (Clock.Nanoseconds - start)); // the call must be asleep by then
        Span<double> times = stackalloc double[WakeUps];
        for (int i = 0; i < times.Length; i++)
        {
            int index = (int)((long)_turn++ * Stride % part.Watched.Length);
            watchdog?.Progress();
            waker.Request(part, index, delay);
            int found;
            do
            {
                found = mechanism.Wait(block: true);
            }
            while (found == 0 || (found < 0 && Errno.Last == LibC.EINTR));

            times[i] = Clock.Nanoseconds - waker.WrittenAt - clockOverhead;
            watchdog?.Check();
            if (found != 1 || mechanism.Ready[0] != part.Watched[index])
            {
                throw new OperationFailedException($"a mechanism woke for {Figures.PlainCount(found, "descriptor")}, not for "
                    + $"the one written to");
            }

            part.Read(index);
        }

        return Statistics.Median(times);
    }
}
