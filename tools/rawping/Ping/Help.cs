using NetTools.Terminal;

namespace NetTools.RawPing.Ping;

/// <summary>The text around the list of options.</summary>
internal static class Help
{
    public static readonly HelpPage Page = new(
        "rawping",
        "ping on raw sockets, with round-trip times as the kernel saw them",
        ["[options] HOST...", "[options] -g NETWORK | -F FILE", "--trace | --pmtu | --dry-run [options] HOST", "check --help"],
        [
            "rawping 8.8.8.8                  five requests, then a summary",
            "rawping -c 0 -i 0.2 ::1          five a second until Ctrl-C",
            "rawping --json -q a.test b.test  a JSON object per host",
            "rawping -g 192.0.2.0/24 --alive  hosts that answer",
            "rawping --trace --protocol tcp --port 443 a.test",
            "sudo rawping -f -c 10000 10.0.0.2",
        ])
    {
        Notes =
        [
            "Loss is the percentage of requests that were due and got no reply in time.",
            "Needs CAP_NET_RAW: run with sudo, or install with scripts/setcap.sh. It is\n"
            + "dropped before names, files and the network are touched. Without it,\n"
            + "ICMP datagram sockets are used where net.ipv4.ping_group_range allows them.",
            "Exit code: 0 each host replied, 1 one did not, 2 rawping could not run.",
            "A host named check: rawping -- check.",
        ],
    };
}
