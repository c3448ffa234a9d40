using CommandLine;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary>The command line of <c>epollecho check</c>.</summary>
internal sealed class CheckOptions : SandboxedOptions
{
    [Value(0, MetaName = "HOST:PORT", HelpText = "The echo server to examine.")]
    public string? Target { get; set; }

    [Option("pid", MetaValue = "PID", HelpText = "The server's process, if it runs here: for descriptors and CPU time.")]
    public int? Pid { get; set; }

    [Option("only", MetaValue = "TRIALS", HelpText = "These trials only, separated by commas.")]
    public string? Only { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho check", "examines a TCP echo server",
        ["HOST:PORT [--pid PID] [OPTIONS]"],
        [
            "epollecho check 127.0.0.1:8080",
            "epollecho check 127.0.0.1:8080 --only bytes,half-close-answered",
            "epollecho check [::1]:8080 --json",
        ])
    {
        Notes =
        [
            """
            Trials: answers, bytes, pieces, several-buffers, resets, silent-clients,
            many-at-once, others-go-on, nothing-lost, goes-on-when-there-is-room, long,
            half-close-answered, half-close-ends, descriptors, rest.
            """,
        ],
    };

    /// <summary>Checks the options.</summary>
    /// <exception cref="OperationFailedException">There is no target, or no such trial or process.</exception>
    public CheckSettings ToSettings()
    {
        Endpoint target = Endpoint.Parse(
            Target ?? throw new OperationFailedException("HOST:PORT is missing", "see epollecho check --help"));
        if (Pid is int pid)
        {
            Arguments.CheckRange("--pid", pid, 1, int.MaxValue);
        }

        string[] names = Only?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        foreach (string name in names)
        {
            if (!Trials.All.Any(trial => trial.Name == name))
            {
                throw new OperationFailedException($"'{name}' is not a trial", "see epollecho check --help");
            }
        }

        return new CheckSettings(target, Pid, [.. Trials.All.Where(trial => names.Length == 0 || names.Contains(trial.Name))]);
    }
}
