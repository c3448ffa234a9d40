using System.Globalization;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_KEEPALIVE and TCP_USER_TIMEOUT, tcp(7): how long until a peer is missed that has vanished without closing. It vanishes by a socket
/// filter that drops every segment before TCP sees it, so no root and no cable is needed.
/// </summary>
internal static unsafe class Keepalive
{
    public const string Name = "keepalive";
    private const int LongestMs = 7_000;

    /// <summary>One connection whose far end goes silent.</summary>
    /// <param name="Setting">What is set.</param>
    /// <param name="ExpectedMs">By the arithmetic; null for never.</param>
    /// <param name="Options">What to set at our end.</param>
    /// <param name="Sends">Write a byte after the peer has vanished.</param>
    private sealed record Case(string Setting, int? ExpectedMs, OptionSetting[] Options, bool Sends);

    /// <summary>Cuts all connections at once, and waits.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // loopback alone; the kernel's timers take the time
        Case[] cases =
        [
            new("none", null, [], false),
            Probes(1, 1, 1),
            Probes(1, 1, 3),
            Probes(2, 1, 2),
            new("user_timeout=1500 ms, data sent", 1_500, [new(SocketOption.UserTimeout, 1_500)], true),
        ];
        return
        [
            Explain(new(Name, "vanished peer", "", "Open a connection for each setting, let every far end vanish, and wait for the error.", [], [])
            {
                Facts = new(["setting", "expected_ms", "seen_ms", "error"], Measure(cases)),
            }),
        ];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        string[][] probed = [.. result.Facts!.Rows.Where(row => row[0].StartsWith("idle", StringComparison.Ordinal))];
        string[] user = result.Facts.Rows[^1];
        return result with
        {
            Meaning = string.Join("; ", probed.Select(row => $"{row[0]} noticed after {row[2]} ms (idle + interval x count: {row[1]} ms)"))
                + $"; without keepalive nothing was noticed in {LongestMs / 1000} s, nor would be in a year. With data on its way TCP_USER_TIMEOUT ends the wait: {user[2]} ms for {user[1]}.",
            Textbook = "Textbooks that count interval x count alone forget the idle time before the first probe: 60 s idle, then 3 probes 10 s apart, is 90 s, not 30.",
        };
    }

    private static Case Probes(int idle, int interval, int count) => new(
        $"idle={idle} interval={interval} count={count}", (idle + (interval * count)) * 1000,
        [
            new(SocketOption.KeepAlive, 1), new(SocketOption.KeepIdle, idle), new(SocketOption.KeepInterval, interval),
            new(SocketOption.KeepCount, count),
        ], false);

    private static string[][] Measure(Case[] cases)
    {
        var pairs = new LoopbackPair[cases.Length];
        var rows = new string[cases.Length][];
        try
        {
            var begin = new long[cases.Length];
            for (int i = 0; i < cases.Length; i++)
            {
                pairs[i] = new LoopbackPair();
                pairs[i].Exchange();
                Vanish(pairs[i].Server);
                foreach (OptionSetting option in cases[i].Options)
                {
                    option.Option.Set(pairs[i].Client, option.Value);
                }

                if (cases[i].Sends)
                {
                    byte one = 1;
                    Wire.Send(pairs[i].Client, &one, 1);
                }

                begin[i] = Clock.Nanoseconds;
            }

            long deadline = begin[^1] + (LongestMs * 1_000_000L);
            while (Clock.Nanoseconds < deadline && rows.Skip(1).Contains(null))
            {
                for (int i = 0; i < cases.Length; i++)
                {
                    byte end;
                    if (rows[i] is null && (nint)recv(pairs[i].Client, &end, 1, MSG_DONTWAIT) < 0 && Errno.Last is int errno && errno != EAGAIN)
                    {
                        rows[i] = Row(cases[i], (Clock.Nanoseconds - begin[i]) / 1_000_000, Errno.Name(errno));
                    }
                }

                Thread.Sleep(1);
            }

            return [.. rows.Select((row, i) => row ?? Row(cases[i], null, "-"))];
        }
        finally
        {
            Array.ForEach(pairs, pair => pair?.Dispose());
        }
    }

    private static string[] Row(Case of, long? seenMs, string error) =>
        [of.Setting, Text(of.ExpectedMs), Text(seenMs), error];

    private static string Text(long? milliseconds) => milliseconds?.ToString(CultureInfo.InvariantCulture) ?? "never";

    private static void Vanish(int socket)
    {
        sock_filter drop = new() { code = Linux.BPF_RET, k = 0 };
        sock_fprog program = new() { len = 1, filter = &drop };
        Errno.Check(setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(sock_fprog)), "attaching a socket filter");
        linger now = new() { l_onoff = 1, l_linger = 0 };
        Errno.Check(setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof(linger)), "setting SO_LINGER");
    }
}
