using CommandLine;
using NetTools.Terminal;

namespace NetTools.PktSniff.Check;

/// <summary>The command line of <c>pktsniff check</c>; the program's own command follows the options.</summary>
internal sealed class CheckOptions : ExamOptions
{
    [Option("interface", MetaValue = "NAME", HelpText = "What the interface is called that the frames come in on (eth0).")]
    public string Interface { get; set; } = "eth0";

    [Option("burst", MetaValue = "N", HelpText = "Frames of the burst (1000000; 20000 in the profile basic).")]
    public int? Burst { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("pktsniff check", "examines a sniffer",
        ["[OPTIONS] COMMAND [ARG...]"],
        [
            "sudo pktsniff check ./my-sniffer eth0",
            "sudo pktsniff check --burst 20000 --html page.html -- ./my-sniffer eth0",
            "sudo pktsniff check tcpdump -e -v -n -l -i eth0",
        ])
    {
        Notes =
        [
            """
            COMMAND prints what it captures, in any wording, until SIGINT. It runs in a
            network of its own with one interface, with your rights; scripts/check.sh does
            so in a cage. Exit code: 1 when a required trial failed.
            """,
            .. ListOf(SnifferTrials.All),
        ],
    };
}
