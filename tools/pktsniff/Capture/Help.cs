using NetTools.Terminal;

namespace NetTools.PktSniff.Capture;

/// <summary>What <c>--help</c> says around the options.</summary>
internal static class Help
{
    public static readonly HelpPage Capture = new(
        "pktsniff",
        "capture frames, print them, write them to a file",
        ["[-i IFACE] [OPTIONS] [FILTER...]", "-r FILE [OPTIONS] [FILTER...]", "inject --help", "check --help"],
        [
            "sudo pktsniff -i eth0 -c 10              ten frames as text",
            "sudo pktsniff -i eth0 icmp or arp        what ping needs",
            "sudo pktsniff -i eth0 -w a.pcap          to a file, until Ctrl-C",
            "sudo pktsniff -i eth0 -w a.pcap -C 100 -W 10",
            "pktsniff -r a.pcap --json tcp port 80    read it back as JSON",
            "pktsniff -r a.pcap --fields ip.src,ip.dst,dns.questions.name",
            "sudo pktsniff -i eth0 --top              protocols and conversations, live",
            "sudo pktsniff -i eth0 -w - | wireshark -k -i -",
        ])
    {
        Notes =
        [
            "Capturing needs CAP_NET_RAW, which is dropped before anything is received.\n"
            + "The FILTER language is described in pcap-filter(7).",
        ],
    };

    public static readonly HelpPage Inject = new(
        "pktsniff inject",
        "send frames from a capture file or from the command line",
        ["-i IFACE FILE... [OPTIONS]", "-i IFACE --hex BYTES [OPTIONS]"],
        [
            "sudo pktsniff inject -i veth0 a.pcap              once, as recorded",
            "sudo pktsniff inject -i veth0 a.pcap --rate 1000  a thousand a second",
            "sudo pktsniff inject -i veth0 -I veth1 a.pcap     clients here, servers there",
            "sudo pktsniff inject -i veth0 a.pcap --dst-mac 02:00:00:00:00:0b \\",
            "    --map-ip 10.0.0.0/8=192.168.7.0/24 --fix-checksums",
            "sudo pktsniff inject -i veth0 --hex ffffffffffff02000000000188b5 --count 3",
        ])
    {
        Notes =
        [
            "Frames go straight to the driver: a capture on the sending interface does not\n"
            + "see them. Sending needs CAP_NET_RAW.",
        ],
    };
}
