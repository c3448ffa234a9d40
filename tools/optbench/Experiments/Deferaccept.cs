using System.Globalization;
using System.Net;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.OptBench.Experiments;

/// <summary>TCP_DEFER_ACCEPT, tcp(7): when accept(2) hands over a connection whose client says nothing at first.</summary>
internal static unsafe class Deferaccept
{
    public const string Name = "deferaccept";
    private const int SilentMs = 300;
    private const int PatienceMs = 6_000;

    /// <summary>What the two clients of one listener met.</summary>
    /// <param name="Requested">Seconds; 0 for off.</param>
    /// <param name="Granted">Seconds as the kernel reads them back.</param>
    /// <param name="TalkerMs">Until the client that writes after <see cref="SilentMs"/> was accepted; null for never.</param>
    /// <param name="ReadAtOnce">The accepted connection had its first byte to read already.</param>
    /// <param name="SilentMs">Until the client that writes nothing was accepted; null when it was not.</param>
    internal sealed record Deferred(int Requested, int Granted, double? TalkerMs, bool ReadAtOnce, double? SilentMs);

    /// <summary>Connects a client that writes late and one that writes nothing, without and with the option.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        Deferred off = Try(0, lab);
        return [Explain([off, Try(1, lab)])];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Deferred> deferred)
    {
        static Fact Ms(double? value) => Fact.Shown(value is double ms ? Math.Round(ms, 1) : null, Text(value));
        (Deferred off, Deferred on) = (deferred[0], deferred[1]);
        return new(Name, "late and silent clients", "",
            $"Connect a client that writes its first byte after {SilentMs} ms and one that never writes, and time from "
                + $"connect until "
            + "accept hands each over.", [], [])
        {
            Facts = new(["defer_accept_s", "granted_s", "late_client_ms", "byte_there", "silent_client_ms"],
            [
                .. deferred.Select(one => (Fact[])[one.Requested, one.Granted, Ms(one.TalkerMs), one.ReadAtOnce ? "yes" : "no",
                    Ms(one.SilentMs)]),
            ]),
            Meaning = $"Without the option the late client was accepted after {Text(off.TalkerMs)} ms, its byte "
                + $"{(off.ReadAtOnce ? "there" : "not there yet")}; with {on.Requested} s after {Text(on.TalkerMs)} ms, its byte "
                + $"{(on.ReadAtOnce ? "there: one wake-up instead of two" : "not there")}. The silent client was accepted after "
                + $"{Text(off.SilentMs)} ms without, and with the option "
                + (on.SilentMs is null ? $"not in {PatienceMs / 1000} s."
                    : $"after {Text(on.SilentMs)} ms: the time is a limit for the server's patience, in steps of the SYN-ACK's "
                        + "retransmission, and then the connection is handed over all the same."),
            Textbook = "Textbooks say that accept returns when the three-way handshake is over. With TCP_DEFER_ACCEPT the client "
                + "believes it is connected and the server knows nothing of it yet.",
        };
    }

    private static string Text(double? ms) => ms?.ToString(ms < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) ?? "never";

    private static Deferred Try(int seconds, Lab lab)
    {
        using Descriptor listener = Listener.OpenTcp(SocketAddress.From(IPAddress.Loopback, 0), 4,
            socket => SocketOption.DeferAccept.Set(socket, seconds), out SocketAddress address);
        int granted = SocketOption.DeferAccept.Get(listener.Value);
        (double? talkerMs, bool there) = Accepted(listener.Value, address, true, lab);
        (double? silentMs, _) = Accepted(listener.Value, address, false, lab);
        return new(seconds, granted, talkerMs, there, silentMs);
    }

    private static (double? Ms, bool ByteThere) Accepted(int listener, SocketAddress address, bool writes, Lab lab)
    {
        using Descriptor client = ConnectedPair.Connect(address);
        SocketOptions.ResetOnClose(client.Value);
        long begin = Clock.Nanoseconds;
        bool early = ConnectedPair.IsReadable(listener, writes ? SilentMs : 0);
        long now = Clock.Nanoseconds;
        if (writes && !early)
        {
            byte one = 1;
            send(client.Value, &one, 1, MSG_NOSIGNAL);
        }

        while (!early && !ConnectedPair.IsReadable(listener, 100))
        {
            if (lab.StopRequested)
            {
                throw new InterruptedException();
            }

            if (Clock.Nanoseconds - begin > PatienceMs * 1_000_000L)
            {
                return (null, false);
            }
        }

        now = early ? now : Clock.Nanoseconds;
        using Descriptor server = ConnectedPair.Accept(listener);
        SocketOptions.ResetOnClose(server.Value);
        byte read;
        return ((now - begin) / 1e6, (nint)recv(server.Value, &read, 1, MSG_DONTWAIT) == 1);
    }
}
