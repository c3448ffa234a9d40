using System.Globalization;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// IP_TOS, ip(7), and IPV6_TCLASS, ipv6(7): the byte on the wire, as a packet socket sees it, and what the kernel masks.
/// </summary>
internal static class Tos
{
    public const string Name = "tos";

    /// <summary>Best effort, CS1, EF; EF with both ECN bits; both ECN bits alone.</summary>
    private static readonly int[] s_values = [0x00, 0x20, 0xb8, 0xbb, 0x03];

    /// <summary>One mark.</summary>
    /// <param name="V6">IPv6, else IPv4.</param>
    /// <param name="Tcp">TCP, else UDP.</param>
    /// <param name="Requested">The byte asked for.</param>
    /// <param name="ReadBack">As the socket reads it back; null where it could not be set.</param>
    /// <param name="Wire">As a packet socket saw it; null where nobody looked.</param>
    /// <param name="Error">The errno where it could not be set; 0 where it could.</param>
    internal sealed record Mark(bool V6, bool Tcp, int Requested, int? ReadBack, int? Wire, int Error = 0);

    /// <summary>Sends marked packets over loopback and looks at them.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // loopback alone
        using TosWitness? witness = TosWitness.TryOpen();
        return [Explain([.. from v6 in (bool[])[false, true] from tcp in (bool[])[false, true] from value in s_values select Try(
            v6, tcp, value, witness)])];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(IReadOnlyList<Mark> marks)
    {
        Mark[] seen = [.. marks.Where(mark => mark.Wire is not null)];
        Mark[] changed = [.. seen.Where(mark => mark.Wire != mark.Requested)];
        string[] transports = [.. changed.Select(mark => $"{Transport(mark)} over {Family(mark)}").Distinct()];
        return new(Name, "wire", "", "Mark packets over loopback, read the option back, and look at the packets on lo with a "
            + "packet socket.", [], [])
        {
            Facts = new(["family", "transport", "requested", "read_back", "on_the_wire"],
            [
                .. marks.Select(mark => (Fact[])[Family(mark), Transport(mark), Hex(mark.Requested), mark.Error != 0
                    ? Errno.Name(mark.Error) : Hex(mark.ReadBack), Hex(mark.Wire)]),
            ]),
            Meaning = seen.Length == 0
                ? "The wire was not looked at: a packet socket needs CAP_NET_RAW (run with sudo)."
                : $"Of {seen.Length} marks seen on the wire {seen.Length - changed.Length} were as asked for"
                    + (transports.Length == 0 ? "."
                        : $"; changed were those of {string.Join(" and ", transports)}, where the lowest two bits are ECN's and "
                            + $"belong to TCP itself."),
            Textbook = "Textbooks describe IP_TOS as the whole byte. Its upper six bits are the DSCP; the lower two are ECN's "
                + "since RFC 3168. IP_TOS does nothing for IPv6: that is IPV6_TCLASS.",
        };
    }

    private static string Family(Mark mark) => mark.V6 ? "IPv6" : "IPv4";

    private static string Transport(Mark mark) => mark.Tcp ? "TCP" : "UDP";

    private static Mark Try(bool v6, bool tcp, int value, TosWitness? witness)
    {
        SocketOption option = v6 ? SocketOption.TrafficClass : SocketOption.TypeOfService;
        SocketAddress any = SocketAddress.From(v6 ? System.Net.IPAddress.IPv6Loopback : System.Net.IPAddress.Loopback, 0);
        try
        {
            using Descriptor listener = tcp ? Listener.OpenTcp(any, 1, configure: null, out SocketAddress address)
                : Listener.OpenUdp(any, configure: null, out address);
            using Descriptor sender = tcp ? ConnectedPair.Connect(address)
                : Descriptor.Open(socket(address.Family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "creating a socket");
            option.Set(sender.Value, value);
            int readBack = option.Get(sender.Value);
            witness?.Forget();
            SendOne(sender.Value, address);
            return new(v6, tcp, value, readBack, witness?.Find(tcp ? IPPROTO_TCP : IPPROTO_UDP, address.Port));
        }
        catch (LibcException e)
        {
            return new(v6, tcp, value, null, null, e.Errno);
        }
    }

    private static unsafe void SendOne(int socket, SocketAddress to)
    {
        byte one = 1;
        SocketAddress address = to;
        Errno.Check((long)sendto(socket, &one, 1, MSG_NOSIGNAL, SocketAddress.Pointer(ref address), address.Length),
            "sending a marked packet");
    }

    /// <summary>In JSON too: a byte of marks is read by its bits.</summary>
    private static Fact Hex(int? value) => value is int mark ? string.Create(CultureInfo.InvariantCulture, $"0x{mark:x2}")
        : new Fact(null, null);
}
