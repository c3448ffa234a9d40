using System.Globalization;
using NetTools.Libc;
using NetTools.OptBench.Client;
using NetTools.OptBench.Link;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// SO_KEEPALIVE and TCP_USER_TIMEOUT, tcp(7): how long until a peer is missed that has vanished without closing. The connections
/// run over a link between two network namespaces that stops forwarding, as a pulled cable does. Making it needs root; without, a
/// socket filter drops every segment before the far end's TCP sees it.
/// </summary>
internal static unsafe class Keepalive
{
    public const string Name = "keepalive";
    private const string Pattern = "vanished peer";
    private const int LongestMs = 7_000;
    private const string Near = "10.88.0.1";
    private const string Far = "10.88.0.2";

    /// <summary>One connection whose far end goes silent.</summary>
    /// <param name="Setting">What is set.</param>
    /// <param name="ExpectedMs">By the arithmetic; null for never.</param>
    /// <param name="Options">What to set at our end.</param>
    /// <param name="Sends">Write a byte after the peer has vanished.</param>
    /// <param name="UserTimeoutMs">TCP_USER_TIMEOUT beside keepalive; null for none.</param>
    private sealed record Case(string Setting, int? ExpectedMs, OptionSetting[] Options, bool Sends, int? UserTimeoutMs = null);

    /// <summary>What became of one connection.</summary>
    /// <param name="Setting">What was set.</param>
    /// <param name="Probed">By keepalive probes, not by data.</param>
    /// <param name="ExpectedMs">By the arithmetic; null for never.</param>
    /// <param name="SeenMs">Until the error; null when there was none.</param>
    /// <param name="Error">The errno; 0 when there was none.</param>
    internal sealed record Missed(string Setting, bool Probed, int? ExpectedMs, long? SeenMs, int Error)
    {
        /// <summary>TCP_USER_TIMEOUT that was set beside keepalive, milliseconds; null for none.</summary>
        public int? UserTimeoutMs { get; init; }
    }

    /// <summary>Cuts all connections at once, and waits.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // this machine alone; the kernel's timers take the time
        try
        {
            return [OverALink()];
        }
        catch (LibcException e) when (e.Errno == EPERM || e.Errno == EACCES || e.Errno == ENOENT)
        {
            return [Loopback()];
        }
    }

    private static ExperimentResult Loopback()
    {
        try
        {
            return OverLoopback();
        }
        catch (LibcException e) when (e.Errno == EPERM || e.Errno == EACCES)
        {
            // Some kernels keep filters on TCP sockets for CAP_NET_ADMIN.
            return ExperimentResult.NotRun(Name, Pattern, $"cutting a link between network namespaces needs root; {e.Message}");
        }
    }

    /// <summary>Over a link that stops forwarding.</summary>
    /// <exception cref="LibcException">No namespaces or no TUN devices for us: EPERM.</exception>
    public static ExperimentResult OverALink()
    {
        TunDevice.RequireDevice();
        using NetworkNamespace near = NetworkNamespace.Create();
        using NetworkNamespace far = NetworkNamespace.Create();
        using SelfProcess link = SelfProcess.Start(
            ["optbench", "link", "--namespace-a", near.PathInChild, "--namespace-b", far.PathInChild, "--delay", "0",
                "--address-a", $"{Near}/24", "--address-b", $"{Far}/24", "--json"],
            "PATH=/", kept: [near.FileDescriptor, far.FileDescriptor]);
        System.Net.IPAddress address = System.Net.IPAddress.Parse(Far);
        return Cut("Open a connection over a link for each setting, let the link stop forwarding (its ends stay up), and wait "
            + "for the error.",
            () => new ConnectedPair(near, far, address), _ => link.Freeze());
    }

    /// <summary>Over loopback, where every far end is made deaf.</summary>
    public static ExperimentResult OverLoopback() =>
        Cut("Open a connection over loopback for each setting, let a socket filter drop all that reaches the far ends (cutting "
            + "a real link needs root), and wait for the error.",
            () => new ConnectedPair(), pairs => Array.ForEach(pairs, pair => Deafen(pair.Server)));

    private static ExperimentResult Cut(string done, Func<ConnectedPair> connect, Action<ConnectedPair[]> cut)
    {
        Case[] cases =
        [
            new("none", null, [], false),
            Probes(1, 1, 1),
            Probes(1, 1, 3),
            Probes(2, 1, 2),
            Probes(1, 1, 1, userTimeoutMs: 4_000),
            new("user_timeout=1500 ms, data sent", 1_500, [new(SocketOption.UserTimeout, 1_500)], true),
        ];
        return Explain(done, Measure(cases, connect, cut));
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(string done, IReadOnlyList<Missed> missed)
    {
        Missed user = missed[^1];
        Missed? both = missed.FirstOrDefault(one => one.Probed && one.UserTimeoutMs is not null);
        string Seen(Missed one) => one.SeenMs is long ms ? $"noticed after {ms} ms" : $"not noticed in {LongestMs / 1000} s";
        return new(Name, Pattern, "", done, [], [])
        {
            Facts = new(["setting", "expected_ms", "seen_ms", "error"],
            [
                .. missed.Select(one => (Fact[])[one.Setting, OrNever(one.ExpectedMs), OrNever(one.SeenMs), one.Error == 0
                    ? new Fact(null, null) : Errno.Name(one.Error)]),
            ]),
            Meaning = string.Join("; ", missed.Where(one => one.Probed && one.UserTimeoutMs is null)
                .Select(one => $"{one.Setting}: {Seen(one)} (idle + interval x count: {one.ExpectedMs} ms)"))
                + $"; without keepalive: {Seen(missed[0])}, and it would not be in a year. With data on its way "
                    + $"TCP_USER_TIMEOUT of {user.ExpectedMs} ms ends the wait: {Seen(user)}."
                + (both is null ? "" : $" Beside keepalive it decides in place of the count: {both.Setting}: {Seen(both)}."),
            Textbook = "Textbooks that count interval x count alone forget the idle time before the first probe: 60 s idle, "
                + "then 3 probes 10 s apart, is 90 s, not 30.",
        };
    }

    private static Fact OrNever(long? milliseconds) =>
        Fact.Shown(milliseconds, milliseconds?.ToString(CultureInfo.InvariantCulture) ?? "never");

    /// <summary>Keepalive; TCP_USER_TIMEOUT beside it replaces the count, and is looked at when a probe is due.</summary>
    private static Case Probes(int idle, int interval, int count, int? userTimeoutMs = null) => new(
        $"idle={idle} interval={interval} count={count}" + (userTimeoutMs is int ms ? $" user_timeout={ms} ms" : ""),
        userTimeoutMs ?? (idle + (interval * count)) * 1000,
        [
            new(SocketOption.KeepAlive, 1), new(SocketOption.KeepIdle, idle), new(SocketOption.KeepInterval, interval),
            new(SocketOption.KeepCount, count),
            .. userTimeoutMs is int limit ? (OptionSetting[])[new(SocketOption.UserTimeout, limit)] : [],
        ], false, userTimeoutMs);

    private static Missed[] Measure(Case[] cases, Func<ConnectedPair> connect, Action<ConnectedPair[]> cut)
    {
        var pairs = new ConnectedPair[cases.Length];
        var rows = new Missed?[cases.Length];
        try
        {
            var begin = new long[cases.Length];
            for (int i = 0; i < cases.Length; i++)
            {
                pairs[i] = connect();
                pairs[i].Exchange();
                SocketOptions.ResetOnClose(pairs[i].Client);
                SocketOptions.ResetOnClose(pairs[i].Server);
            }

            cut(pairs);
            for (int i = 0; i < cases.Length; i++)
            {
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
                    if (rows[i] is null && (nint)recv(pairs[i].Client, &end, 1, MSG_DONTWAIT) < 0 && Errno.Last is int errno
                        && errno != EAGAIN)
                    {
                        rows[i] = Row(cases[i], (Clock.Nanoseconds - begin[i]) / TimeUnits.Millisecond, errno);
                    }
                }

                Thread.Sleep(1);
            }

            return [.. rows.Select((row, i) => row ?? Row(cases[i], null, 0))];
        }
        finally
        {
            Array.ForEach(pairs, pair => pair?.Dispose());
        }
    }

    private static Missed Row(Case of, long? seenMs, int error) => new(of.Setting, !of.Sends && of.Options.Length > 0,
        of.ExpectedMs, seenMs, error)
    {
        UserTimeoutMs = of.UserTimeoutMs,
    };

    private static void Deafen(int socket)
    {
        sock_filter drop = new() { code = Linux.BPF_RET, k = 0 };
        sock_fprog program = new() { len = 1, filter = &drop };
        Errno.Check(setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(sock_fprog)), "attaching a socket filter");
    }
}
