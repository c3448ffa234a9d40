using System.Globalization;
using System.Runtime.InteropServices;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// TCP_NOTSENT_LOWAT, tcp(7): how much a writer that writes whenever it may has waiting in the kernel, and how old its data is
/// when the reader has it.
/// </summary>
internal static unsafe class Notsent
{
    public const string Name = "notsent";
    private const int ChunkBytes = 4 << 10;
    private const int SendBuffer = 1 << 20;
    private const int ReceiveBuffer = 32 << 10;
    private const long TickNs = 1_000_000; // a chunk a tick: 4 MB/s
    private const int Ticks = 900;
    private const int Settled = 600;
    private static readonly int?[] s_limits = [null, 128 << 10, 16 << 10];

    /// <summary>What one writer met.</summary>
    /// <param name="Limit">Bytes; null for the option left alone.</param>
    /// <param name="Granted">As the kernel reads it back; null for none.</param>
    /// <param name="NotSent">Median of the bytes written and not sent, bytes.</param>
    /// <param name="AgeMs">Median time from write to read of a chunk, milliseconds.</param>
    /// <param name="BytesPerSecond">What the reader took.</param>
    internal sealed record Written(int? Limit, long? Granted, double NotSent, double AgeMs, double BytesPerSecond);

    /// <summary>Lets a writer for each limit run at once, all read at the same pace.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        Writer[] writers = [.. s_limits.Select(limit => new Writer(limit))];
        try
        {
            long begin = Clock.Nanoseconds;
            for (int tick = 0; tick < Ticks; tick++)
            {
                if (lab.StopRequested)
                {
                    throw new InterruptedException();
                }

                foreach (Writer writer in writers)
                {
                    writer.Tick(keep: tick >= Settled);
                }

                long rest = begin + ((tick + 1) * TickNs) - Clock.Nanoseconds;
                if (rest > 0)
                {
                    Thread.Sleep((int)((rest + TickNs - 1) / TickNs));
                }
            }

            double seconds = (Clock.Nanoseconds - begin) / 1e9;
            return [Explain([.. writers.Select(writer => writer.Result(seconds))])];
        }
        finally
        {
            Array.ForEach(writers, writer => writer.Dispose());
        }
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Written> written)
    {
        (Written off, Written least) = (written[0], written[^1]);
        static string Limit(Written one) => one.Limit is int bytes ? Numbers.Size(bytes) : "off";
        return new(Name, "write whenever writable", "",
            string.Create(CultureInfo.InvariantCulture,
                $"Write {Numbers.Size(ChunkBytes)} chunks, each with the time in it, whenever the socket is writable; read "
                    + $"a chunk each "
                + $"millisecond at the far end; send buffer {Numbers.Size(SendBuffer)}, all limits at once."), [], [])
        {
            Facts = new(["notsent_lowat_bytes", "granted_bytes", "not_sent_bytes", "age_ms", "mb_per_s"],
            [
                .. written.Select(one => (Fact[])[Fact.Shown(one.Limit, Limit(one)), one.Granted,
                    Fact.Shown(one.NotSent, one.NotSent.ToString("0", CultureInfo.InvariantCulture)),
                    Fact.Shown(Math.Round(one.AgeMs, 3), Numbers.Show(one.AgeMs)),
                    Fact.Shown(Math.Round(one.BytesPerSecond / 1e6, 3), Numbers.Show(one.BytesPerSecond / 1e6))]),
            ]),
            Meaning = $"With the option off {off.NotSent:#,0} bytes wait unsent and what is read is "
                + $"{Numbers.Show(off.AgeMs)} ms old; "
                + $"with {Limit(least)} {least.NotSent:#,0} bytes wait and it is {Numbers.Show(least.AgeMs)} ms old, at "
                + $"{Numbers.Show(off.BytesPerSecond / 1e6)} and {Numbers.Show(least.BytesPerSecond / 1e6)} MB/s. What "
                + $"waits in the "
                + "kernel cannot be replaced by something newer; the send buffer still holds all that is in flight.",
            Textbook = "Textbooks tune SO_SNDBUF. It bounds what is in flight and what waits together: small enough for "
                + "low latency it "
                + "is too small for a long link. This bounds what waits alone.",
        };
    }

    /// <summary>One connection, its writer and its reader.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly ConnectedPair _pair = new(socket => SocketOption.ReceiveBuffer.Set(socket, ReceiveBuffer));
        private readonly byte* _chunk = (byte*)NativeMemory.AllocZeroed(ChunkBytes);
        private readonly List<double> _notSent = [];
        private readonly List<double> _ageMs = [];
        private readonly int? _limit;
        private readonly long? _granted;
        private int _sent; // bytes of the chunk that the kernel has taken
        private int _got;
        private long _stampOfRead;
        private long _read;

        public Writer(int? limit)
        {
            _limit = limit;
            SocketOption.SendBuffer.Set(_pair.Client, SendBuffer);
            if (limit is int bytes)
            {
                SocketOption.NotSentLowWater.Set(_pair.Client, bytes);
                _granted = SocketOption.NotSentLowWater.Get(_pair.Client);
            }
        }

        /// <summary>Writes until the socket is not writable, then reads a chunk.</summary>
        public void Tick(bool keep)
        {
            pollfd writable = new() { fd = _pair.Client, events = POLLOUT };
            while (poll(&writable, 1, 0) > 0 && (writable.revents & POLLOUT) != 0 && WriteSome())
            {
            }

            if (keep)
            {
                _notSent.Add(TcpInfo.ReadNotSent(_pair.Client));
            }

            byte* buffer = stackalloc byte[ChunkBytes];
            for (int taken = 0; taken < ChunkBytes;)
            {
                nint got = (nint)recv(_pair.Server, buffer, Math.Min(ChunkBytes - _got, ChunkBytes - taken), MSG_DONTWAIT);
                if (got <= 0)
                {
                    break;
                }

                if (_got < sizeof(long))
                {
                    for (int i = _got; i < Math.Min(sizeof(long), _got + got); i++)
                    {
                        _stampOfRead |= (long)buffer[i - _got] << (8 * i);
                    }
                }

                (taken, _got, _read) = (taken + (int)got, _got + (int)got, _read + got);
                if (_got == ChunkBytes)
                {
                    if (keep)
                    {
                        _ageMs.Add((Clock.Nanoseconds - _stampOfRead) / 1e6);
                    }

                    (_got, _stampOfRead) = (0, 0);
                }
            }
        }

        public Written Result(double seconds) => new(_limit, _granted, Median(_notSent), Median(_ageMs), _read / seconds);

        public void Dispose()
        {
            SocketOptions.ResetOnClose(_pair.Client);
            _pair.Dispose();
            NativeMemory.Free(_chunk);
        }

        private static double Median(List<double> values) => values.Count > 0 ? Statistics.Median([.. values]) : 0;

        private bool WriteSome()
        {
            if (_sent == 0)
            {
                *(long*)_chunk = Clock.Nanoseconds;
            }

            nint sent = (nint)send(_pair.Client, _chunk + _sent, ChunkBytes - _sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            _sent = sent > 0 ? (_sent + (int)sent) % ChunkBytes : _sent;
            return sent > 0;
        }
    }
}
