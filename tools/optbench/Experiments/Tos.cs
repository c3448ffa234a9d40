using System.Globalization;
using NetTools.OptBench.Results;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>IP_TOS, ip(7), and IPV6_TCLASS, ipv6(7): the byte on the wire, as a packet socket sees it, and what the kernel masks.</summary>
internal static class Tos
{
    public const string Name = "tos";
    public const string Unseen = "-";

    /// <summary>Best effort, CS1, EF; EF with both ECN bits; both ECN bits alone.</summary>
    private static readonly int[] s_values = [0x00, 0x20, 0xb8, 0xbb, 0x03];

    /// <summary>Sends marked packets over loopback and looks at them.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        _ = lab; // loopback alone
        using TosWitness? witness = TosWitness.TryOpen();
        List<string[]> rows = [];
        foreach (bool v6 in (bool[])[false, true])
        {
            foreach (bool tcp in (bool[])[false, true])
            {
                foreach (int value in s_values)
                {
                    rows.Add(Try(v6, tcp, value, witness));
                }
            }
        }

        return
        [
            Explain(new(Name, "wire", "", "Mark packets over loopback, read the option back, and look at the packets on lo with a packet socket.", [], [])
            {
                Facts = new(["family", "transport", "requested", "read_back", "on_the_wire"], rows),
            }),
        ];
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(ExperimentResult result)
    {
        string[][] rows = [.. result.Facts!.Rows];
        string[][] masked = [.. rows.Where(row => row[4] != Unseen && row[2] != row[4])];
        string[] transports = [.. masked.Select(row => $"{row[1]} over {row[0]}").Distinct()];
        return result with
        {
            Meaning = rows.All(row => row[4] == Unseen)
                ? "The wire was not looked at: a packet socket needs CAP_NET_RAW (run with sudo)."
                : $"Of {rows.Length} marks {rows.Count(row => row[2] == row[4])} were on the wire as asked for"
                    + (transports.Length == 0 ? "." : $"; changed were those of {string.Join(" and ", transports)}, where the lowest two bits are ECN's and belong to TCP itself."),
            Textbook = "Textbooks describe IP_TOS as the whole byte. Its upper six bits are the DSCP; the lower two have been ECN's since RFC 3168. IP_TOS does nothing for IPv6: that is IPV6_TCLASS.",
        };
    }

    private static string[] Try(bool v6, bool tcp, int value, TosWitness? witness)
    {
        SocketOption option = v6 ? SocketOption.TrafficClass : SocketOption.TypeOfService;
        SocketAddress any = SocketAddress.From(v6 ? System.Net.IPAddress.IPv6Loopback : System.Net.IPAddress.Loopback, 0);
        string readBack, wire;
        try
        {
            using Descriptor listener = tcp ? Listener.OpenTcp(any, 1, configure: null, out SocketAddress address) : Listener.OpenUdp(any, configure: null, out address);
            using Descriptor sender = tcp ? ConnectedPair.Connect(address)
                : Descriptor.Open(socket(address.Family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "creating a socket");
            option.Set(sender.Value, value);
            readBack = Hex(option.Get(sender.Value));
            witness?.Forget();
            SendOne(sender.Value, address);
            wire = witness?.Find(tcp ? IPPROTO_TCP : IPPROTO_UDP, address.Port) is int seen ? Hex(seen) : Unseen;
        }
        catch (LibcException e)
        {
            readBack = Errno.Name(e.Errno);
            wire = Unseen;
        }

        return [v6 ? "IPv6" : "IPv4", tcp ? "TCP" : "UDP", Hex(value), readBack, wire];
    }

    private static unsafe void SendOne(int socket, SocketAddress to)
    {
        byte one = 1;
        SocketAddress address = to;
        Errno.Check((long)sendto(socket, &one, 1, MSG_NOSIGNAL, SocketAddress.Pointer(ref address), address.Length), "sending a marked packet");
    }

    private static string Hex(int value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x2}");
}
