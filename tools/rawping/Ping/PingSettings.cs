using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Ping;

/// <summary>What is to be done, checked. Times are ns.</summary>
internal sealed record PingSettings
{
    /// <summary>Never empty.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Requests per target; 0 for no end.</summary>
    public long Count { get; init; } = 5;

    /// <summary>From one request to the next to the same target.</summary>
    public long Interval { get; init; } = TimeUnits.Second;

    /// <summary>From one request to the next to any target; null spreads the targets over the interval.</summary>
    public long? Gap { get; init; }

    /// <summary>Many hosts, of which any may be missing.</summary>
    public bool IsSweep { get; init; }

    /// <summary>Of a sweep: how often silent hosts are pinged again.</summary>
    public int Retries { get; init; }

    /// <summary>Of a sweep: the timeout grows by this factor at each retry.</summary>
    public double Backoff { get; init; } = 1.5;

    /// <summary>Of a sweep: hosts that have to answer for exit code 0.</summary>
    public int MinReachable { get; init; } = 1;

    /// <summary>Period of statistics while the run lasts, ns; 0 for none.</summary>
    public long Every { get; init; }

    /// <summary>A timeout longer than this, ns, means no limit: -W 0.</summary>
    public const long LongestTimeout = long.MaxValue / 8;

    /// <summary>Period of writing the file of <c>--prometheus</c>, ns.</summary>
    public long SaveEvery { get; init; } = long.MaxValue;

    /// <summary>The file of <c>--prometheus</c>, or null.</summary>
    public string? Prometheus { get; init; }

    /// <summary>Names without an address.</summary>
    public IReadOnlyList<UnknownHost> Unknown { get; init; } = [];

    /// <summary>An ICMP error ends the wait for the request it is about.</summary>
    public bool ErrorsAreFinal { get; init; }

    /// <summary>How long a reply may take.</summary>
    public long Timeout { get; init; } = 10 * TimeUnits.Second;

    /// <summary>The user chose the timeout; else the wait after the last request is cut to two round trips.</summary>
    public bool TimeoutIsChosen { get; init; }

    /// <summary>When to end, ns from the start, even if replies are missing; <see cref="long.MaxValue"/> for never.</summary>
    public long Deadline { get; init; } = long.MaxValue;

    /// <summary>Send when replies came, and by <see cref="Interval"/> only while they stay away; else by schedule.</summary>
    public bool PacedByReplies { get; init; }

    /// <summary>A flood: paced by replies, with no interval.</summary>
    public bool Flood { get; init; }

    /// <summary>The least time between two requests of the run, ns.</summary>
    public long SmallestGap { get; init; }

    /// <summary>Requests per target that may be under way before the first reply.</summary>
    public int Preload { get; init; } = 1;

    /// <summary>Bytes of data.</summary>
    public int Size { get; init; } = 56;

    /// <summary>What fills the data; null counts up.</summary>
    public byte[]? Pattern { get; init; }

    /// <summary>The data carries a nonce; else it is the user's to the last byte.</summary>
    public bool HasNonce { get; init; } = true;

    /// <summary>The ICMP type to send, or null for an echo request; one that was named means its own number for each
    /// family.</summary>
    public string? IcmpType { get; init; }

    /// <summary>The ICMP code to send.</summary>
    public byte IcmpCode { get; init; }

    /// <summary>The message sent to targets of a family.</summary>
    public RequestKind Kind(bool v6) =>
        IcmpType is null ? RequestKind.Echo(v6) with { Code = IcmpCode } : new(RequestKind.ReadType(IcmpType, v6), IcmpCode, v6);

    /// <summary>The identification of an IPv4 header we write; 0 has the kernel choose.</summary>
    public ushort Identification { get; init; }

    /// <summary>Type of service or traffic class, or null.</summary>
    public int? Tos { get; init; }

    /// <summary>IP_PMTUDISC_*, or null for the system's.</summary>
    public int? PathMtuDiscovery { get; init; }

    /// <summary>Whether an IP header we write has the DF bit.</summary>
    public bool DontFragment =>
        PathMtuDiscovery is int how && (how == Tmds.Linux.LibC.IP_PMTUDISC_DO || how == Tmds.Linux.LibC.IP_PMTUDISC_PROBE);

    /// <summary>IPv4 options, padded to whole words; empty for none.</summary>
    public byte[] IpOptions { get; init; } = [];

    /// <summary>Broadcast addresses may be pinged.</summary>
    public bool Broadcast { get; init; }

    /// <summary>SO_SNDBUF, or null.</summary>
    public int? SendBuffer { get; init; }

    /// <summary>Connect the socket to the one target.</summary>
    public bool Connect { get; init; }

    /// <summary>Round trips end in user space, not at the kernel's receipt.</summary>
    public bool UserLatency { get; init; }

    /// <summary>TTL or hop limit, or null for the system's.</summary>
    public int? Ttl { get; init; }

    /// <summary>The interface to send from, or null.</summary>
    public string? Device { get; init; }

    /// <summary>The source address, or null for the kernel's choice.</summary>
    public HostAddress? Source { get; init; }

    /// <summary>What stamps the network card gives.</summary>
    public HardwareStamps HardwareStamps { get; init; } = HardwareStamps.None;

    /// <summary>Write the IP header ourselves.</summary>
    public bool HeaderIncluded { get; init; }

    /// <summary>Thousands of requests a second: a system call less counts.</summary>
    public bool IsFast => Flood || Gap < TimeUnits.Millisecond / 5;

    /// <summary>Requests to send in all; null for no end. With a deadline, lost requests are made up for, as ping does.</summary>
    public long? Total => Count == 0 || Deadline != long.MaxValue || Count > long.MaxValue / Targets.Count ? null
        : Count * Targets.Count;
}

