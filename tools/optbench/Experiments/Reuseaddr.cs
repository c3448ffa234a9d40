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

    /// <summary>Tries to bind and listen in each situation, without and with the option at either socket.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // nothing here takes time or a far end
        List<string[]> rows = [];
        foreach (string situation in (string[])[TimeWait, Listening])
        {
            foreach (bool old in (bool[])[false, true])
            {
                foreach (bool restarted in (bool[])[false, true])
                {
                    rows.Add([situation, Text(old), Text(restarted), Try(situation, old, restarted)]);
                }
            }
        }

        return
        [
            Explain(new(Name, "bind and listen", "", "Bind and listen on a port that an earlier server used, SO_REUSEADDR off and on at the earlier and at the new socket.", [], [])
            {
                Facts = new(["port_has", "earlier_server", "new_server", "result"], rows),
            }),
        ];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        string Result(string situation, string old, string restarted) =>
            result.Facts!.Rows.First(row => row[0] == situation && row[1] == old && row[2] == restarted)[3];
        string onlyNew = Result(TimeWait, "off", "on");
        return result with
        {
            Meaning = $"With a connection in TIME_WAIT a restart gives {Result(TimeWait, "off", "off")} without the option and {Result(TimeWait, "on", "on")} when both servers set it; "
                + $"set by the new server alone it gives {onlyNew}. Over a socket that is listening it gives {Result(Listening, "on", "on")} even with the option at both.",
            Textbook = "Textbooks say that SO_REUSEADDR allows a bind over TIME_WAIT, which is so; on Linux it does not allow a second listener (other systems do): that is SO_REUSEPORT's.",
        };
    }

    private static string Text(bool on) => on ? "on" : "off";

    private static string Try(string situation, bool old, bool restarted)
    {
        using ConnectedPair pair = new(socket => SocketOption.ReuseAddress.Set(socket, old));
        if (situation == TimeWait)
        {
            pair.StopListening();
            pair.CloseServerFirst();
        }

        return TryListen(pair.Address.Port, restarted);
    }

    private static unsafe string TryListen(int port, bool reuse)
    {
        SocketAddress address = SocketAddress.From(System.Net.IPAddress.Loopback, port);
        using Descriptor restarted = Descriptor.Open(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
        SocketOption.ReuseAddress.Set(restarted.Value, reuse);
        if (bind(restarted.Value, SocketAddress.Pointer(ref address), address.Length) < 0)
        {
            return $"{Errno.Name(Errno.Last)} (bind)";
        }

        return listen(restarted.Value, 16) < 0 ? $"{Errno.Name(Errno.Last)} (listen)" : "works";
    }
}
