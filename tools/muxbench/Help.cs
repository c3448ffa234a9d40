using NetTools.Terminal;

namespace NetTools.MuxBench;

/// <summary>What <c>--help</c> says.</summary>
internal static class Help
{
    public static readonly HelpPage Page = new(
        "muxbench",
        "what a call of select, poll or epoll costs with n descriptors",
        ["[--fds N | --sweep LIST] [--ready K] [--mechanisms LIST] ..."],
        [
            "muxbench                              select, poll, epoll with 1,000 sockets",
            "muxbench --sweep auto                 1, 3, 10, ... to the descriptor limit",
            "muxbench --sweep 10,1000 --ready all  all of them readable",
            "muxbench --sweep auto --csv mux.csv   for gnuplot",
        ])
    {
        Notes = ["The soft limit of descriptors is raised to the hard one. SIGINT ends the run and\nprints what was measured."],
    };
}
