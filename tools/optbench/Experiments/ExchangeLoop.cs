using NetTools.OptBench.Protocol;
using NetTools.Os;

namespace NetTools.OptBench.Experiments;

/// <summary>The timed loop of the latency experiments: a fixed number of writes, then one reply, repeated.</summary>
internal static class ExchangeLoop
{
    /// <summary>Runs until the samples are full or the time is up, at least once. Allocates nothing.</summary>
    /// <param name="socket">A blocking socket, an echo job at its far end.</param>
    /// <param name="writes">Writes before the read: 1 is a ping-pong, 2 is write-write-read.</param>
    /// <param name="message">The bytes of each write; the reply, as long as one write, is read into it.</param>
    /// <param name="microseconds">Receives the time of each exchange.</param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>.</param>
    /// <returns>The exchanges done, or -1 when the far end is gone.</returns>
    public static int Run(int socket, int writes, Span<byte> message, Span<double> microseconds, long deadline)
    {
        int done = 0;
        long begin = Clock.Nanoseconds;
        do
        {
            for (int i = 0; i < writes; i++)
            {
                if (!Wire.Send(socket, message))
                {
                    return -1;
                }
            }

            if (!Wire.Receive(socket, message))
            {
                return -1;
            }

            long end = Clock.Nanoseconds;
            microseconds[done++] = (end - begin) / 1e3;
            begin = end;
        }
        while (done < microseconds.Length && begin < deadline);
        return done;
    }
}
