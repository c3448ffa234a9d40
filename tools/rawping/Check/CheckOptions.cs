using NetTools.Terminal;

namespace NetTools.RawPing.Check;

/// <summary>The command line of <c>rawping check</c>; the program's own command follows the options.</summary>
internal sealed class CheckOptions : ExamOptions
{
    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("rawping check", "examines a ping program",
        ["[OPTIONS] COMMAND [ARG...]"],
        [
            "sudo rawping check ./my-ping 8.8.8.8",
            "sudo rawping check --profile basic --html page.html -- ./my-ping 8.8.8.8",
            "sudo rawping check --only times,lost ping -c 5 10.1.2.3",
        ])
    {
        Notes =
        [
            """
            COMMAND sends five echo requests, one a second, to any address, and prints
            min/avg/max. Each run is in a network of its own where every address answers,
            after a known delay; in some an answer is wrong. It runs with your rights;
            scripts/check.sh does so in a cage. Exit code: 1 when a required trial failed.
            """,
            .. ListOf(PingTrials.All),
        ],
    };
}
