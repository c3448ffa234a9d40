namespace NetTools.RawPing.Ping;

/// <summary>Refuses the options that the chosen mode has no use for, so that none is ignored in silence.</summary>
internal static class ModeOptions
{
    /// <param name="options">The command line.</param>
    /// <exception cref="Os.OperationFailedException">An option does not fit the mode.</exception>
    public static void Check(PingOptions options)
    {
        PingOptions usual = new();
        if (!options.Trace)
        {
            Refuse("for --trace only",
                (options.Protocol is not null, "--protocol"),
                (options.Port is not null, "--port"),
                (options.Flows != usual.Flows, "--flows"),
                (options.FirstHop != usual.FirstHop, "--first-hop"),
                (options.MaxHops is not null, "--max-hops"),
                (options.MaxSilent != usual.MaxSilent, "--max-silent"),
                (options.Report, "--report"),
                (options.Csv, "--csv"));
        }

        string? mode = options.Trace ? "--trace" : options.FindPathMtu ? "--pmtu" : options.DryRun ? "--dry-run" : null;
        if (mode is not null)
        {
            Refuse($"not for {mode}",
                (options.Audible, "-a"),
                (options.Adaptive, "-A"),
                (options.Date, "-D"),
                (options.Outstanding, "-O"),
                (options.Preload != usual.Preload, "-l"),
                (options.UserLatency, "-U"),
                (options.Histogram, "--histogram"),
                (options.Every is not null, "--every"),
                (options.Prometheus is not null, "--prometheus"));
        }
    }

    private static void Refuse(string why, params ReadOnlySpan<(bool IsGiven, string Name)> options)
    {
        foreach ((bool given, string name) in options)
        {
            SettingsReader.Require(!given, $"{name} is {why}");
        }
    }
}
