using System.Net;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.OptBench.Experiments;

/// <summary>IPV6_V6ONLY, ipv6(7): whether a listener on :: takes IPv4 clients, and whether 0.0.0.0 is left for another.</summary>
internal static unsafe class V6only
{
    public const string Name = "v6only";
    private const string Pattern = "listener on ::";

    /// <summary>What one listener on :: did.</summary>
    /// <param name="On">The option.</param>
    /// <param name="Six">What a client of ::1 met.</param>
    /// <param name="Four">What a client of 127.0.0.1 met.</param>
    /// <param name="Seen">The IPv4 client's address as the listener sees it; null when it was refused.</param>
    /// <param name="Bind">What a second listener on 0.0.0.0 and the same port met.</param>
    internal sealed record Listened(bool On, int Six, int Four, string? Seen, int Bind);

    /// <summary>Listens with the option off and on.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // nothing here takes time or a far end
        try
        {
            return [Explain([Try(false), Try(true)])];
        }
        catch (LibcException e) when (e.Errno == EAFNOSUPPORT || e.Errno == EADDRNOTAVAIL)
        {
            return [ExperimentResult.NotRun(Name, Pattern, $"there is no IPv6 here: {e.Message}")];
        }
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Listened> listened)
    {
        (Listened off, Listened on) = (listened[0], listened[1]);
        return new(Name, Pattern, "",
            "Listen on :: with IPV6_V6ONLY off and on; connect to ::1 and to 127.0.0.1; bind another listener to 0.0.0.0 "
                + "and the same "
            + "port.", [], [])
        {
            Facts = new(["v6only", "ipv6_client", "ipv4_client", "ipv4_client_seen_as", "second_bind"],
            [
                .. listened.Select(one => (Fact[])[one.On ? "on" : "off", Outcome(one.Six), Outcome(one.Four),
                    one.Seen is string seen ? seen : new Fact(null, null), Outcome(one.Bind)]),
            ]),
            Meaning = $"With the option off an IPv4 client {Says(off.Four, "is accepted")}"
                + (off.Seen is string mapped ? $" and is seen as {mapped}" : "")
                + $", and binding 0.0.0.0 as well {Says(off.Bind)}. With it on an IPv4 client "
                + $"{Says(on.Four, "is accepted")}, and binding 0.0.0.0 "
                + $"{Says(on.Bind)}: each family has a listener of its own.",
            Textbook = "Textbooks give :: as the IPv6 wildcard alone. On Linux it is both families unless IPV6_V6ONLY is set or "
                + "net.ipv6.bindv6only is 1, so a server that binds both addresses must set it.",
        };
    }

    private static string Outcome(int errno) => errno == 0 ? "works" : Errno.Name(errno);

    private static string Says(int errno, string yes = "works") => errno == 0 ? yes : $"gets {Errno.Name(errno)}";

    private static Listened Try(bool on)
    {
        using Descriptor listener = Listener.OpenTcp(SocketAddress.From(IPAddress.IPv6Any, 0), 4,
            socket => SocketOption.V6Only.Set(socket, on), out SocketAddress bound);
        if (bound.Family != AF_INET6)
        {
            throw new LibcException("opening an IPv6 socket", EAFNOSUPPORT);
        }

        int six = Connect(IPAddress.IPv6Loopback, bound.Port, listener.Value, out _);
        int four = Connect(IPAddress.Loopback, bound.Port, listener.Value, out string? seen);
        return new(on, six, four, seen, Bind(bound.Port));
    }

    private static int Connect(IPAddress to, int port, int listener, out string? seen)
    {
        seen = null;
        SocketAddress address = SocketAddress.From(to, port);
        using Descriptor client = Descriptor.Open(socket(address.Family, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
        if (connect(client.Value, SocketAddress.Pointer(ref address), address.Length) < 0)
        {
            return Errno.Last;
        }

        using Descriptor server = ConnectedPair.Accept(listener);
        SocketOptions.ResetOnClose(server.Value);
        SocketAddress from = default;
        Tmds.Linux.socklen_t length = SocketAddress.Capacity;
        Errno.Check(getpeername(server.Value, SocketAddress.Pointer(ref from), &length), "reading the address of a client");
        from.Length = length;
        seen = from.Address.ToString();
        return 0;
    }

    /// <summary>A plain bind, without SO_REUSEADDR: 0, or the errno.</summary>
    private static int Bind(int port)
    {
        SocketAddress address = SocketAddress.From(IPAddress.Any, port);
        using Descriptor other = Descriptor.Open(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
        return bind(other.Value, SocketAddress.Pointer(ref address), address.Length) < 0 ? Errno.Last
            : listen(other.Value, 4) < 0 ? Errno.Last : 0;
    }
}
