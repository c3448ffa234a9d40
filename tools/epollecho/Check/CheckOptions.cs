using CommandLine;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary>The command line of <c>epollecho check</c>; the server's own command follows <c>--</c>.</summary>
internal sealed class CheckOptions : ExamOptions
{
    [Value(0, MetaName = "HOST:PORT", HelpText = "The echo server to examine.")]
    public string? Target { get; set; }

    [Option("pid", MetaValue = "PID", HelpText = "The server's process, if it runs here: for descriptors, memory, CPU.")]
    public int? Pid { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho check", "examines a TCP echo server",
        ["HOST:PORT [--pid PID] [OPTIONS]", "HOST:PORT [OPTIONS] -- COMMAND [ARG...]"],
        [
            "epollecho check 127.0.0.1:8080",
            "epollecho check 127.0.0.1:8080 --only bytes,half-close-answered",
            "epollecho check 127.0.0.1:8080 --html page.html -- ./my-server 8080",
        ])
    {
        Notes =
        [
            .. ExamOptions.ListOf(Trials.Infos),
            """
            With COMMAND the server is started here, with your rights; scripts/check.sh does
            so in a cage. Exit code: 1 when a required trial failed.
            """,
        ],
    };

    /// <summary>Checks the options.</summary>
    /// <param name="command">How to start the server; empty when it is running.</param>
    /// <exception cref="OperationFailedException">There is no target, or no such trial or process.</exception>
    public CheckSettings ToSettings(IReadOnlyList<string> command)
    {
        Endpoint target = Endpoint.Parse(
            Target ?? throw new OperationFailedException("HOST:PORT is missing", "see epollecho check --help"));
        if (Pid is int pid)
        {
            Arguments.CheckRange("--pid", pid, 1, int.MaxValue);
            if (command.Count > 0)
            {
                throw new OperationFailedException("--pid is for a server that runs already");
            }
        }

        IReadOnlyList<ExamTrial> chosen = Chosen(Trials.Infos, "epollecho check --help");
        EchoTrial[] trials = [.. Trials.All.Where(trial => chosen.Contains(trial.Info))];
        return new CheckSettings(target, Pid, command, Name ?? target.ToString(), Profile, trials);
    }
}
