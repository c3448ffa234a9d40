using NetTools.Terminal;

namespace NetTools.MuxBench.Bench;

/// <summary>What <c>--help</c> says.</summary>
internal static class BenchHelp
{
    public static readonly HelpPage Page = new(
        "muxbench",
        "what a call of select, poll or epoll costs with n descriptors",
        ["[--fds N | --sweep LIST] [--ready LIST] [--mechanisms LIST]", "[--measure LIST] [--json | --plot] [other options]"],
        [
            "muxbench                                select, poll, epoll, 1,000 sockets",
            "muxbench --sweep auto --plot            1, 3, 10, ... to the limit, drawn",
            "muxbench --sweep 10,1000 --ready all    all of them readable",
            "muxbench --measure wakeup               how long a waiting call takes to wake",
            "muxbench --measure relay --fds 1000     libevent's bench",
            "muxbench --sweep auto --gnuplot mux.gp && gnuplot mux.gp > mux.svg",
        ])
    {
        Notes =
        [
            "Mechanisms: select, poll, ppoll, epoll, epoll-et, epoll-oneshot, epoll-pwait2,\nuring.",
            "The soft limit of descriptors is raised to the hard one. SIGINT ends the run and\nprints what was measured.",
        ],
    };
}
