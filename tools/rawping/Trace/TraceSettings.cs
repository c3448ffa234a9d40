using System.Globalization;
using NetTools.Os;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Trace;

/// <summary>The probes of a trace.</summary>
internal enum TraceProtocol
{
    /// <summary>Echo requests.</summary>
    Icmp,

    /// <summary>UDP datagrams to one port.</summary>
    Udp,

    /// <summary>TCP SYN segments to one port.</summary>
    Tcp,
}

/// <summary>The checked settings of a trace. Times are ns.</summary>
internal sealed record TraceSettings
{
    private const int UsualHops = 30;
    private const int UsualRounds = 3;
    private const int MostFlows = 64;
    private const int SmallestSize = 16; // a nonce, and two bytes that keep the checksum

    /// <summary>The host.</summary>
    public required Target Target { get; init; }

    /// <summary>What ping's options say about sockets and packets.</summary>
    public required PingSettings Base { get; init; }

    public TraceProtocol Protocol { get; init; }

    /// <summary>Destination port of UDP and TCP probes.</summary>
    public int Port { get; init; }

    /// <summary>The first TTL, 1 to <see cref="LastHop"/>.</summary>
    public int FirstHop { get; init; } = 1;

    /// <summary>The last TTL, up to 255.</summary>
    public int LastHop { get; init; } = UsualHops;

    /// <summary>Hops in a row without an answer after which no further one is tried.</summary>
    public int MaxSilent { get; init; } = 10;

    /// <summary>Flows at each hop: paths are chosen by flow.</summary>
    public int Flows { get; init; } = 1;

    /// <summary>Probes for each hop and flow; 0 for no end.</summary>
    public long Rounds { get; init; } = UsualRounds;

    /// <summary>Between the starts of two rounds.</summary>
    public long Interval { get; init; } = TimeUnits.Second;

    /// <summary>Between two probes.</summary>
    public long Gap { get; init; } = 20 * TimeUnits.Millisecond;

    /// <summary>How long an answer may take.</summary>
    public long Timeout { get; init; } = TimeUnits.Second;

    /// <summary>Reads the options of a trace.</summary>
    /// <param name="settings">What ping's options say.</param>
    /// <param name="options">The command line.</param>
    /// <param name="live">The display is live: without a count there is no end.</param>
    public static TraceSettings Read(PingSettings settings, PingOptions options, bool live)
    {
        SettingsReader.Require(settings.Targets.Count == 1, "--trace is for one host");
        SettingsReader.Require(!settings.Flood, "-i: --trace has no rounds without an interval");
        SettingsReader.Require(settings.Size >= SmallestSize,
            string.Create(CultureInfo.InvariantCulture, $"-s: probes of --trace have at least {SmallestSize} bytes of data"));
        SettingsReader.Require(options.FirstHop is >= 1 and <= 255, "--first-hop: 1 to 255");
        int last = options.MaxHops ?? settings.Ttl ?? UsualHops;
        SettingsReader.Require(last is >= 1 and <= 255 && options.FirstHop <= last, "--max-hops: from --first-hop to 255");
        SettingsReader.Require(options.Flows is >= 1 and <= MostFlows,
            string.Create(CultureInfo.InvariantCulture, $"--flows: 1 to {MostFlows}"));
        SettingsReader.Require(options.MaxSilent is >= 1 and <= 255, "--max-silent: 1 to 255");
        TraceProtocol protocol = options.Protocol?.ToLowerInvariant() switch
        {
            null or "icmp" => TraceProtocol.Icmp,
            "udp" => TraceProtocol.Udp,
            "tcp" => TraceProtocol.Tcp,
            _ => throw new Os.OperationFailedException("--protocol: icmp, udp or tcp", "see rawping --help"),
        };
        SettingsReader.Require(options.Port is null or (>= 1 and <= 65535), "--port: 1 to 65535");
        SettingsReader.Require(options.Port is null || protocol != TraceProtocol.Icmp, "--port is for --protocol udp or tcp");
        long gap = options.IntervalGlobal is string seconds ? SettingsReader.Nanoseconds("--interval-global", seconds)
            : 20 * TimeUnits.Millisecond;
        return new TraceSettings
        {
            Target = settings.Targets[0],
            Base = settings with { Ttl = null },
            Protocol = protocol,
            Port = options.Port ?? (protocol == TraceProtocol.Tcp ? 80 : 33434),
            FirstHop = options.FirstHop,
            LastHop = last,
            MaxSilent = options.MaxSilent,
            Flows = options.Flows,
            Rounds = SettingsReader.Count(options) ?? (live ? 0 : UsualRounds),
            Interval = settings.Interval,
            Gap = Math.Max(gap, settings.SmallestGap),
            Timeout = settings.TimeoutIsChosen ? settings.Timeout : TimeUnits.Second,
        };
    }
}
