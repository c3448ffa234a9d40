using System.Globalization;
using System.Runtime.InteropServices;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>SO_LINGER, socket(7): how long close(2) takes while data waits to be sent, and what becomes of the data.</summary>
internal static unsafe class Linger
{
    public const string Name = "linger";
    private const int WrittenBytes = 512 << 10;
    private const int ReceiveBuffer = 16 << 10;
    private const int SettleMs = 50;
    private const int ReaderLateMs = 200;

    /// <summary>What is set, and when the peer reads.</summary>
    /// <param name="Setting">As printed.</param>
    /// <param name="LingerSeconds">Null leaves the option off.</param>
    /// <param name="ReadsMeanwhile">The peer begins to read while close waits; else only afterwards.</param>
    private sealed record Case(string Setting, int? LingerSeconds, bool ReadsMeanwhile);

    /// <summary>What one close did.</summary>
    /// <param name="Setting">What was set.</param>
    /// <param name="Written">Bytes written.</param>
    /// <param name="Waiting">Of these, bytes not acknowledged when close was called.</param>
    /// <param name="CloseMs">How long close took.</param>
    /// <param name="Received">Bytes that the peer read in the end.</param>
    /// <param name="Error">The errno of the peer's last read; 0 for an orderly end.</param>
    internal sealed record Closed(string Setting, long Written, long Waiting, double CloseMs, long Received, int Error);

    private static readonly Case[] s_cases =
    [
        new("off", null, false),
        new("0 s", 0, false),
        new("1 s, peer does not read", 1, false),
        new($"5 s, peer reads after {ReaderLateMs} ms", 5, true),
    ];

    /// <summary>Closes a connection with unsent data in each way.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        List<Closed> closed = [];
        foreach (Case one in s_cases)
        {
            if (lab.StopRequested)
            {
                throw new InterruptedException();
            }

            closed.Add(Close(one));
        }

        return [Explain(closed)];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Closed> closed)
    {
        string End(Closed one) => one.Error == 0 ? "end of stream" : Errno.Name(one.Error);
        string Ms(Closed one) => one.CloseMs.ToString(one.CloseMs < 10 ? "0.00" : "0", CultureInfo.InvariantCulture);
        string Got(Closed one) => $"the peer reads {one.Received:#,0} of {Figures.Count(one.Written, "byte")}, then {End(one)}";
        (Closed off, Closed zero, Closed expired, Closed drained) = (closed[0], closed[1], closed[2], closed[3]);
        return new(Name, "close with unsent data", "",
            string.Create(CultureInfo.InvariantCulture,
                $"Write {WrittenBytes:#,0} bytes to a peer with a {ReceiveBuffer}-byte receive buffer that does not read, "
                    + $"close, and "
                + $"time the close; then let the peer read to the end."), [], [])
        {
            Facts = new(["linger", "written_bytes", "waiting_bytes", "close_ms", "received_bytes", "end"],
            [
                .. closed.Select(one => (Fact[])[one.Setting, one.Written, one.Waiting,
                    Fact.Shown(Math.Round(one.CloseMs, 3), Ms(one)), one.Received, End(one)]),
            ]),
            Meaning = string.Create(CultureInfo.InvariantCulture,
                $"Without SO_LINGER close returns after {Ms(off)} ms and the kernel sends the rest: {Got(off)}. With 0 s "
                    + $"it returns "
                + $"after {Ms(zero)} ms and resets the connection: {Got(zero)}. With 1 s and a peer that does not read it waits "
                + $"{Ms(expired)} ms and gives up waiting, not the data: {Got(expired)}. With 5 s and a peer that reads after "
                + $"{ReaderLateMs} ms it returns after {Ms(drained)} ms: {Got(drained)}."),
            Textbook = "Textbooks say that SO_LINGER discards the data when its time is over. Linux only stops waiting; a "
                + "time of 0 "
                + "is what discards. And data acknowledged by the peer's kernel is not data read by the peer.",
        };
    }

    private static Closed Close(Case one)
    {
        using ConnectedPair pair = new(socket => SocketOption.ReceiveBuffer.Set(socket, ReceiveBuffer));
        SocketOption.SendBuffer.Set(pair.Client, 2 * WrittenBytes);
        if (one.LingerSeconds is int seconds)
        {
            linger setting = new() { l_onoff = 1, l_linger = seconds };
            Errno.Check(setsockopt(pair.Client, SOL_SOCKET, SO_LINGER, &setting, sizeof(linger)), "setting SO_LINGER");
        }

        byte* buffer = (byte*)NativeMemory.AllocZeroed(WrittenBytes);
        try
        {
            long written = Math.Max(0, (nint)send(pair.Client, buffer, WrittenBytes, MSG_NOSIGNAL | MSG_DONTWAIT));
            Thread.Sleep(SettleMs);
            // The handshake counts as a byte acknowledged.
            long waiting = written - Math.Max(0, (long)TcpInfo.Read(pair.Client).BytesAcked - 1);
            (long Received, int Error) end = default;
            Thread? reader = null;
            if (one.ReadsMeanwhile)
            {
                reader = new(() =>
                {
                    Thread.Sleep(ReaderLateMs);
                    end = ReadToEnd(pair.Server);
                });
                reader.Start();
            }

            long begin = Clock.Nanoseconds;
            pair.CloseClient();
            double closeMs = (Clock.Nanoseconds - begin) / 1e6;
            reader?.Join();
            end = reader is null ? ReadToEnd(pair.Server) : end;
            return new(one.Setting, written, waiting, closeMs, end.Received, end.Error);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static (long Received, int Error) ReadToEnd(int socket)
    {
        byte* buffer = stackalloc byte[ReceiveBuffer];
        long total = 0;
        while (true)
        {
            nint got = (nint)recv(socket, buffer, ReceiveBuffer, 0);
            if (got < 0 && Errno.Last == EINTR)
            {
                continue;
            }

            if (got <= 0)
            {
                return (total, got == 0 ? 0 : Errno.Last);
            }

            total += got;
        }
    }
}
