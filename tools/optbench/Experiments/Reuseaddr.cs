using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>SO_REUSEADDR, socket(7): whether a server may bind its port again after a restart.</summary>
internal static class Reuseaddr
{
    public const string Name = "reuseaddr";
    private const string TimeWait = "connection in TIME_WAIT";
    private const string Listening = "another listener";

    /// <summary>One attempt.</summary>
    /// <param name="InTimeWait">The port has a connection in TIME_WAIT; else another listener.</param>
    /// <param name="Old">The option at the earlier server.</param>
    /// <param name="Restarted">The option at the new one.</param>
    /// <param name="Error">The errno, and the call that failed; null when it worked.</param>
    internal sealed record Attempt(bool InTimeWait, bool Old, bool Restarted, (int Errno, string Call)? Error)
    {
        /// <summary>As the table has it.</summary>
        public string Result => Error is (int errno, string call) ? $"{Errno.Name(errno)} ({call})" : "works";
    }

    /// <summary>Tries to bind and listen in each situation, without and with the option at either socket.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // nothing here takes time or a far end
        return [Explain([.. from inTimeWait in (bool[])[true, false] from old in (bool[])[false, true] from restarted in (
            bool[])[false, true]
            select new Attempt(inTimeWait, old, restarted, Try(inTimeWait, old, restarted))])];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Attempt> attempts)
    {
        string Result(bool inTimeWait, bool old, bool restarted) =>
            attempts.First(a => a == a with { InTimeWait = inTimeWait, Old = old, Restarted = restarted }).Result;
        return new(Name, "bind and listen", "",
            "Bind and listen on a port that an earlier server used, SO_REUSEADDR off and on at the earlier and at the new "
            + "socket.", [], [])
        {
            Facts = new(["port_has", "earlier_server", "new_server", "result"],
                [.. attempts.Select(a => (Fact[])[a.InTimeWait ? TimeWait : Listening, Text(a.Old), Text(a.Restarted),
                    a.Result])]),
            Meaning = $"With a connection in TIME_WAIT a restart gives {Result(true, false, false)} without the option and "
                + $"{Result(true, true, true)} when both servers set it; "
                + $"set by the new server alone it gives {Result(true, false, true)}. Over a socket that is listening it gives "
                    + $"{Result(false, true, true)} even with the option at both.",
            Textbook = "Textbooks say that SO_REUSEADDR allows a bind over TIME_WAIT, and it does; on Linux it does not allow a "
                + "second listener, as some other systems do: that takes SO_REUSEPORT.",
        };
    }

    private static string Text(bool on) => on ? "on" : "off";

    private static (int Errno, string Call)? Try(bool inTimeWait, bool old, bool restarted)
    {
        using ConnectedPair pair = new(socket => SocketOption.ReuseAddress.Set(socket, old));
        if (inTimeWait)
        {
            pair.StopListening();
            pair.CloseServerFirst();
        }

        return TryListen(pair.Address.Port, restarted);
    }

    private static unsafe (int Errno, string Call)? TryListen(int port, bool reuse)
    {
        SocketAddress address = SocketAddress.From(System.Net.IPAddress.Loopback, port);
        using Descriptor restarted = Descriptor.Open(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
        SocketOption.ReuseAddress.Set(restarted.Value, reuse);
        if (bind(restarted.Value, SocketAddress.Pointer(ref address), address.Length) < 0)
        {
            return (Errno.Last, "bind");
        }

        return listen(restarted.Value, 16) < 0 ? (Errno.Last, "listen") : null;
    }
}
