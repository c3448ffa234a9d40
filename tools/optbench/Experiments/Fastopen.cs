using System.Globalization;
using System.Net;
using NetTools.OptBench.Client;
using NetTools.OptBench.Link;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// TCP_FASTOPEN, tcp(7) and RFC 7413: a request in the SYN. Over a link with delay between two network namespaces, so that the
/// round trip that it saves is seen; on loopback where that is not allowed.
/// </summary>
internal static unsafe class Fastopen
{
    public const string Name = "fastopen";
    private const string Pattern = "first reply";
    private const int MSG_FASTOPEN = 0x20000000;
    private const int Queue = 16;
    private const int RequestBytes = 100;
    private const int SilenceMs = 3_000;
    private const int DelayMs = 10;
    private const string Near = "10.88.0.1";
    private const string Far = "10.88.0.2";
    private const string Sysctl = "/proc/sys/net/ipv4/tcp_fastopen";

    /// <summary>One connection.</summary>
    /// <param name="Connection">What was asked for.</param>
    /// <param name="InSyn">The request travelled in the SYN and was taken.</param>
    /// <param name="ReplyMs">From the first call to the reply, milliseconds; null when none came.</param>
    internal sealed record Opened(string Connection, bool InSyn, double? ReplyMs);

    /// <summary>Sends a request over three connections: plain, the one that asks for a cookie, the one that has it.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // this machine alone
        try
        {
            return [OverALink()];
        }
        catch (LibcException e) when (e.Errno == EPERM || e.Errno == EACCES || e.Errno == ENOENT)
        {
            return [Explain("over loopback (a link with delay needs root)", 0, Allowed(), [.. Requests(
                () => Listen(IPAddress.Loopback), ConnectedSocket)])];
        }
    }

    /// <summary>Says what was seen.</summary>
    /// <param name="over">What the connections went over.</param>
    /// <param name="roundTripMs">0 where a round trip is too short to tell.</param>
    /// <param name="allowed">What net.ipv4.tcp_fastopen was; null where it cannot be read.</param>
    /// <param name="opened">A plain connection, the first and the second with Fast Open.</param>
    public static ExperimentResult Explain(string over, double roundTripMs, int? allowed, IReadOnlyList<Opened> opened)
    {
        (Opened plain, Opened first, Opened second) = (opened[0], opened[1], opened[2]);
        static string Text(Opened one) =>
            one.ReplyMs is double ms ? ms.ToString(ms < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) : "never";
        double? Trips(Opened one) => roundTripMs > 0 ? one.ReplyMs / roundTripMs : null;
        static Fact Round(double? value, string shown) => Fact.Shown(value is double v ? Math.Round(v, 3) : null, shown);
        string because = second.InSyn ? ""
            : $" No SYN carried data{(allowed is int bits && (bits & 3) != 3
                ? $": net.ipv4.tcp_fastopen is {bits} here; clients need bit 1 and servers bit 2" : "")}.";
        return new(Name, Pattern, "",
            $"Send {RequestBytes} bytes {over} and time the reply, from the first call on: by connect and write, then twice by a "
            + "sendto with MSG_FASTOPEN, to a listener with TCP_FASTOPEN.", [], [])
        {
            Facts = new(["connection", "data_in_syn", "reply_ms", "round_trips"],
            [
                .. opened.Select(one => (Fact[])[one.Connection, one.InSyn ? "yes" : "no", Round(one.ReplyMs, Text(one)),
                    Trips(one) is double trips ? Round(trips, trips.ToString("0.0", CultureInfo.InvariantCulture))
                        : new Fact(null, null)]),
            ]),
            Meaning = $"A plain connection has its reply after {Text(plain)} ms. The first with Fast Open asks for a "
                + $"cookie and has it "
                + $"after {Text(first)} ms; the second sends the request in the SYN and has it after {Text(second)} ms"
                + (Trips(plain) is double before && Trips(second) is double after
                    ? string.Create(CultureInfo.InvariantCulture,
                        $": {before:0.0} round trips of {roundTripMs:0.#} ms before, {after:0.0} now.") : ".") + because,
            Textbook = "Textbooks let data flow only after the three-way handshake. RFC 7413 lets a client that was here "
                + "before send "
                + "it with the SYN; such a SYN may arrive twice, so the request must be one that may be repeated.",
        };
    }

    /// <summary>Over a link of 20 ms round trip.</summary>
    /// <exception cref="LibcException">No namespaces or no TUN devices for us: EPERM.</exception>
    public static ExperimentResult OverALink()
    {
        using NetworkNamespace near = NetworkNamespace.Create();
        using NetworkNamespace far = NetworkNamespace.Create();
        using SelfProcess link = SelfProcess.Start(
            ["optbench", "link", "--namespace-a", near.PathInChild, "--namespace-b", far.PathInChild, "--delay",
                DelayMs.ToString(CultureInfo.InvariantCulture), "--address-a", $"{Near}/24", "--address-b", $"{Far}/24",
                "--json"],
            "PATH=/", kept: [near.FileDescriptor, far.FileDescriptor]);
        far.Inside(Allow);
        near.Inside(Allow);
        return Explain(
            $"over a link of {2 * DelayMs} ms round trip", 2 * DelayMs, near.Inside(Allowed), [.. Requests(
                () => far.Inside(() => Listen(IPAddress.Parse(Far))), family => near.Inside(() => ConnectedSocket(family)))]);
    }

    private static (Descriptor Listener, SocketAddress Address) Listen(IPAddress address)
    {
        Descriptor listener = Listener.OpenTcp(SocketAddress.From(address, 0), Queue,
            socket => SocketOption.FastOpen.Set(socket, Queue), out SocketAddress bound);
        return (listener, bound);
    }

    private static Descriptor ConnectedSocket(int family) =>
        Descriptor.Open(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "creating a socket");

    private static IEnumerable<Opened> Requests(
        Func<(Descriptor Listener, SocketAddress Address)> listen, Func<int, Descriptor> create)
    {
        (Descriptor listener, SocketAddress address) = listen();
        using (listener)
        {
            foreach ((string connection, bool fast) in
                ((string, bool)[])[("plain", false), ("first, asks for a cookie", true), ("second, has the cookie", true)])
            {
                using Descriptor client = create(address.Family);
                SocketOptions.ResetOnClose(client.Value);
                double? ms = Request(client.Value, listener.Value, address, fast);
                yield return new(connection, fast && ms is not null && TcpInfo.SentDataInSyn(client.Value), ms);
            }
        }
    }

    /// <summary>Both ends in one loop: the request there and a byte back.</summary>
    private static double? Request(int client, int listener, SocketAddress address, bool fast)
    {
        byte* request = stackalloc byte[RequestBytes];
        byte* buffer = stackalloc byte[RequestBytes];
        new Span<byte>(request, RequestBytes).Fill((byte)'x');
        long begin = Clock.Nanoseconds;
        int sent = fast
            ? (int)(nint)sendto(client, request, RequestBytes, MSG_FASTOPEN | MSG_NOSIGNAL, SocketAddress.Pointer(ref address),
                address.Length)
            : connect(client, SocketAddress.Pointer(ref address), address.Length);
        if (sent < 0 && Errno.Last is int errno && errno != EINPROGRESS)
        {
            throw new LibcException($"connecting to {address}", errno);
        }

        int missing = RequestBytes - (fast ? Math.Max(sent, 0) : 0);
        int server = -1;
        int got = 0;
        try
        {
            pollfd* wait = stackalloc pollfd[2];
            while (Clock.Nanoseconds - begin < SilenceMs * 1_000_000L)
            {
                wait[0] = new() { fd = client, events = (short)(missing > 0 ? POLLIN | POLLOUT : POLLIN) };
                wait[1] = new() { fd = server < 0 ? listener : server, events = POLLIN };
                _ = poll(wait, 2, SilenceMs);
                if (missing > 0 && (wait[0].revents & POLLOUT) != 0)
                {
                    missing -= (int)Math.Max(0, (nint)send(client, request, missing, MSG_NOSIGNAL));
                }

                if ((wait[0].revents & (POLLERR | POLLHUP)) != 0)
                {
                    return null;
                }

                byte one = 1;
                if ((wait[0].revents & POLLIN) != 0 && (nint)recv(client, &one, 1, 0) == 1)
                {
                    return (Clock.Nanoseconds - begin) / 1e6;
                }

                if (wait[1].revents == 0)
                {
                    continue;
                }

                if (server < 0)
                {
                    server = accept4(listener, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
                    continue;
                }

                got += (int)Math.Max(0, (nint)recv(server, buffer, RequestBytes, 0));
                if (got == RequestBytes)
                {
                    Wire.Send(server, &one, 1);
                }
            }

            return null;
        }
        finally
        {
            if (server >= 0)
            {
                close(server);
            }
        }
    }

    private static bool Allow()
    {
        try
        {
            File.WriteAllText(Sysctl, "3"); // client and server, in this namespace alone
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int? Allowed()
    {
        try
        {
            return int.TryParse(File.ReadAllText(Sysctl), CultureInfo.InvariantCulture, out int bits) ? bits : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
