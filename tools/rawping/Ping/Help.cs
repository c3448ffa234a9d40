using NetTools.Terminal;

namespace NetTools.RawPing.Ping;

/// <summary>The words around the options.</summary>
internal static class Help
{
    public static readonly HelpPage Page = new(
        "rawping",
        "ping on raw sockets, with round-trip times as the kernel saw them",
        ["HOST... [options]"],
        [
            "rawping 8.8.8.8                  five requests, then a summary",
            "rawping -c 0 -i 0.2 ::1          five a second until Ctrl-C",
            "rawping --json -q a.test b.test  a JSON object per host",
            "sudo rawping -f -c 10000 10.0.0.2",
        ])
    {
        Notes =
        [
            "Needs CAP_NET_RAW: run with sudo, or once: sudo setcap cap_net_raw+ep rawping.\n"
            + "It is dropped, with every other privilege, before anything is sent. Without it,\n"
            + "ICMP datagram sockets are used where net.ipv4.ping_group_range allows them.",
            "Exit code: 0 a reply came, 1 none did, 2 it could not run.",
        ],
    };
}
