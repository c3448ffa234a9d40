namespace NetTools.RawPing.Ping;

/// <summary>How to print text.</summary>
internal sealed record PrintSettings
{
    /// <summary>The summary only.</summary>
    public bool Quiet { get; init; }

    /// <summary>A dot for each request, taken back by its reply, instead of lines.</summary>
    public bool Dots { get; init; }

    /// <summary>Addresses, no names.</summary>
    public bool Numeric { get; init; }

    /// <summary>A bell at each reply.</summary>
    public bool Audible { get; init; }

    /// <summary>The time before each line.</summary>
    public bool Date { get; init; }

    /// <summary>A line for a request without a reply when the next is sent.</summary>
    public bool Outstanding { get; init; }

    /// <summary>The kernel's time in each line.</summary>
    public bool Verbose { get; init; }

    /// <summary>A drawing of the round-trip times.</summary>
    public bool Histogram { get; init; }

    /// <summary>Of a sweep, only the hosts that answer, or only those that do not.</summary>
    public bool OnlyAlive { get; init; }

    /// <inheritdoc cref="OnlyAlive"/>
    public bool OnlyDead { get; init; }

    /// <summary>Of a sweep, list the hosts that did not answer.</summary>
    public bool ListsDead { get; init; }

    /// <summary>Whether a host is among those that are asked for.</summary>
    public bool Lists(Results.TargetResult target) => target.Received > 0 ? !OnlyDead : !OnlyAlive;

    public static PrintSettings Read(PingOptions options) => new()
    {
        Quiet = options.Quiet,
        Dots = options.Flood,
        Numeric = options.Numeric,
        Audible = options.Audible,
        Date = options.Date,
        Outstanding = options.Outstanding,
        Verbose = options.Verbose,
        Histogram = options.Histogram,
        OnlyAlive = options.Alive,
        OnlyDead = options.Dead,
        ListsDead = options.File is not null && !options.Quiet,
    };
}
