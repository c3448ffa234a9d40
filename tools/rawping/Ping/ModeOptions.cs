using NetTools.Os;

namespace NetTools.RawPing.Ping;

/// <summary>What a run is: its one mode, and what else takes the sense from an option.</summary>
[Flags]
internal enum RunTraits
{
    None = 0,

    /// <summary>Neither of the other modes: one host or several.</summary>
    Ping = 1,

    /// <summary><c>-g</c> or <c>-F</c>.</summary>
    Sweep = 2,

    /// <summary><c>--trace</c>.</summary>
    Trace = 4,

    /// <summary><c>--pmtu</c>.</summary>
    PathMtu = 8,

    /// <summary><c>--dry-run</c>.</summary>
    DryRun = 16,

    /// <summary><c>-f</c>.</summary>
    Flood = 32,

    /// <summary><c>-q</c>.</summary>
    Quiet = 64,

    /// <summary><c>--json</c>.</summary>
    Json = 128,

    /// <summary><c>--json-lines</c>.</summary>
    JsonLines = 256,

    /// <summary><c>--protocol tcp</c>.</summary>
    Tcp = 512,
}

/// <summary>Refuses each option that has no effect in the run, so that none is ignored in silence.</summary>
internal static class ModeOptions
{
    private const RunTraits Path = RunTraits.Trace | RunTraits.PathMtu;
    private const RunTraits Special = Path | RunTraits.DryRun;
    private const RunTraits Lineless = RunTraits.Flood | RunTraits.Quiet;
    private const RunTraits Machine = RunTraits.Json | RunTraits.JsonLines;
    private const RunTraits AllButSweep = RunTraits.Ping | Special;
    private const RunTraits AllButTrace = RunTraits.Ping | RunTraits.Sweep | RunTraits.PathMtu | RunTraits.DryRun;

    private static readonly (RunTraits Trait, string Name)[] s_names =
    [
        (RunTraits.Trace, "--trace"), (RunTraits.PathMtu, "--pmtu"), (RunTraits.DryRun, "--dry-run"),
        (RunTraits.Sweep, "-g and -F"), (RunTraits.Tcp, "--protocol tcp"), (RunTraits.Flood, "-f"), (RunTraits.Quiet, "-q"),
        (RunTraits.Json, "--json"), (RunTraits.JsonLines, "--json-lines"),
    ];

    /// <param name="options">The command line.</param>
    /// <exception cref="OperationFailedException">An option does not fit the run, or excludes another.</exception>
    public static void Check(PingOptions options)
    {
        Exclude((options.Trace, "--trace"), (options.FindPathMtu, "--pmtu"), (options.DryRun, "--dry-run"));
        Exclude((options.Json, "--json"), (options.JsonLines, "--json-lines"), (options.Csv, "--csv"),
            (options.Report, "--report"));
        Exclude((options.Network is not null, "-g"), (options.File is not null, "-F"));
        Exclude((options.Alive, "--alive"), (options.Dead, "--dead"));
        Exclude((options.Trace && options.Ttl is not null, "-t"), (options.MaxHops is not null, "--max-hops"));
        RunTraits run = Of(options);
        foreach ((bool given, string name, RunTraits against) in Table(options))
        {
            RunTraits clash = given ? run & against : RunTraits.None;
            if (clash != RunTraits.None)
            {
                throw new OperationFailedException($"{name} is {Why(clash, against)}", "see rawping --help");
            }
        }

        SettingsReader.Require(options.Backoff == new PingOptions().Backoff || options.Retries > 0, "--backoff needs --retries");
    }

    /// <summary>What the run of a command line is.</summary>
    internal static RunTraits Of(PingOptions options) =>
        (options.Trace ? RunTraits.Trace : options.FindPathMtu ? RunTraits.PathMtu : options.DryRun ? RunTraits.DryRun
            : options.Network is not null || options.File is not null ? RunTraits.Sweep : RunTraits.Ping)
        | (options.Flood ? RunTraits.Flood : 0) | (options.Quiet ? RunTraits.Quiet : 0)
        | (options.Json ? RunTraits.Json : 0) | (options.JsonLines ? RunTraits.JsonLines : 0)
        | ("tcp".Equals(options.Protocol, StringComparison.OrdinalIgnoreCase) ? RunTraits.Tcp : 0);

    // Each option that some run has no use for, and those runs. An option that is left out, or a run that is not named, has an
    // effect: -n is what JSON does anyway, as -v is.
    private static IEnumerable<(bool Given, string Name, RunTraits Against)> Table(PingOptions options)
    {
        PingOptions usual = new();
        return
        [
            (options.Protocol is not null, "--protocol", AllButTrace),
            (options.Port is not null, "--port", AllButTrace),
            (options.Flows != usual.Flows, "--flows", AllButTrace),
            (options.FirstHop != usual.FirstHop, "--first-hop", AllButTrace),
            (options.MaxHops is not null, "--max-hops", AllButTrace),
            (options.MaxSilent != usual.MaxSilent, "--max-silent", AllButTrace),
            (options.Report, "--report", AllButTrace),
            (options.Csv, "--csv", AllButTrace),
            (options.Alive, "--alive", AllButSweep | RunTraits.JsonLines),
            (options.Dead, "--dead", AllButSweep | RunTraits.JsonLines),
            (options.Retries != usual.Retries, "--retries", AllButSweep),
            (options.Backoff != usual.Backoff, "--backoff", AllButSweep),
            (options.MinReachable != usual.MinReachable, "--min-reachable", AllButSweep),
            (options.Network is not null, "-g", Path),
            (options.File is not null, "-F", Path),
            (options.Flood, "-f", Special),
            (options.Quiet && !options.JsonLines, "-q", RunTraits.Trace),
            (options.Quiet, "-q", RunTraits.PathMtu | RunTraits.DryRun),
            (options.JsonLines, "--json-lines", RunTraits.DryRun),
            (options.Audible, "-a", Special | Lineless | Machine),
            (options.Adaptive, "-A", Special),
            (options.Broadcast, "-b", Path),
            (options.Count is not null, "-c", RunTraits.PathMtu | RunTraits.DryRun),
            (options.Connect, "-C", Special),
            (options.Date, "-D", Special | Machine),
            (options.Date && options.Every is null, "-D", Lineless),
            (options.Interval is not null, "-i", RunTraits.PathMtu | RunTraits.DryRun),
            (options.Preload != usual.Preload, "-l", Special),
            (options.PathMtu is not null, "-M", RunTraits.PathMtu),
            (options.Outstanding, "-O", Special | RunTraits.Sweep | Lineless | Machine),
            (options.Pattern is not null, "-p", RunTraits.Tcp),
            (options.RecordRoute, "-R", Path),
            (options.Size is not null, "-s", RunTraits.PathMtu | RunTraits.Tcp),
            (options.SendBuffer is not null, "-S", RunTraits.DryRun),
            (options.Timestamp is not null, "-T", Path),
            (options.UserLatency, "-U", Special),
            (options.Verbose, "-v", Special),
            (options.Deadline is not null, "-w", RunTraits.PathMtu | RunTraits.DryRun),
            (options.Timeout is not null, "-W", RunTraits.DryRun),
            (options.HeaderIncluded, "--hdrincl", RunTraits.Trace),
            (options.DontFragment, "--df", RunTraits.PathMtu),
            (options.IpOptions is not null, "--options", Path),
            (options.IcmpType is not null, "--icmp-type", Path),
            (options.IcmpCode is not null, "--icmp-code", RunTraits.Trace),
            (options.Payload is not null, "--payload", Path),
            (options.Histogram, "--histogram", RunTraits.Sweep | Special | Machine),
            (options.IntervalGlobal is not null, "--interval-global", RunTraits.PathMtu | RunTraits.DryRun),
            (options.Every is not null, "--every", Special),
            (options.Every is not null && options.Prometheus is null, "--every", RunTraits.Json),
            (options.Prometheus is not null, "--prometheus", Special),
        ];
    }

    private static string Why(RunTraits clash, RunTraits against) => (against & AllButTrace) == AllButTrace ? "for --trace only"
        : (against & AllButSweep) == AllButSweep && (clash & AllButSweep & ~RunTraits.DryRun) != 0 ? "for -g and -F only"
        : $"not for {s_names.First(named => (named.Trait & clash) != 0).Name}";

    private static void Exclude(params ReadOnlySpan<(bool Given, string Name)> options)
    {
        string? first = null;
        foreach ((bool given, string name) in options)
        {
            SettingsReader.Require(!given || first is null, $"{first} and {name} exclude each other");
            first = given ? name : first;
        }
    }
}
