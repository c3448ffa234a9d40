namespace NetTools.RawPing;

/// <summary>A host to ping.</summary>
/// <param name="Name">As the user wrote it.</param>
/// <param name="Address">What the name stands for.</param>
internal sealed record Target(string Name, HostAddress Address);

/// <summary>What is to be done, checked. Times are ns.</summary>
internal sealed record PingSettings
{
    /// <summary>Never empty.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Requests per target; 0 for no end.</summary>
    public long Count { get; init; } = 5;

    /// <summary>From one request to the next to the same target.</summary>
    public long Interval { get; init; } = Time.Second;

    /// <summary>How long a reply may take.</summary>
    public long Timeout { get; init; } = 10 * Time.Second;

    /// <summary>The user chose the timeout; else the wait after the last request is cut to two round trips.</summary>
    public bool TimeoutIsChosen { get; init; }

    /// <summary>When to end whatever came, from the start; <see cref="long.MaxValue"/> for never.</summary>
    public long Deadline { get; init; } = long.MaxValue;

    /// <summary>Send when a reply came or 10 ms have passed.</summary>
    public bool Flood { get; init; }

    /// <summary>Bytes of data.</summary>
    public int Size { get; init; } = 56;

    /// <summary>TTL or hop limit, or null for the system's.</summary>
    public int? Ttl { get; init; }

    /// <summary>The interface to send from, or null.</summary>
    public string? Device { get; init; }

    /// <summary>The source address, or null for the kernel's choice.</summary>
    public HostAddress? Source { get; init; }

    /// <summary>Write the IP header ourselves.</summary>
    public bool HeaderIncluded { get; init; }

    /// <summary>Requests to send in all; null for no end. With a deadline, lost requests are made up for, as ping does.</summary>
    public long? Total => Count == 0 || Deadline != long.MaxValue ? null : Count * Targets.Count;

    /// <summary>Replies to stop after.</summary>
    public long EnoughReplies => Count == 0 ? long.MaxValue : Count * Targets.Count;
}

