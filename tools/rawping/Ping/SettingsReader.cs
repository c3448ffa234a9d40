using System.Globalization;
using System.Net;
using NetTools.Libc;
using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Sweep;
using NetTools.RawPing.Wire;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Ping;

/// <summary>Checks what the user asked for and looks up the hosts.</summary>
internal static class SettingsReader
{
    private const long FloodPause = 10 * Time.Millisecond;
    private const long SweepGap = Time.Millisecond;
    private const long UsersInterval = 2 * Time.Millisecond;
    private const long TraceGap = 20 * Time.Millisecond;
    private const int TraceRounds = 3;
    private const int MostHops = 30;
    private const int DefaultSize = 56;
    private const double LongestSeconds = 365.0 * 24 * 3600;

    /// <summary>The largest data that fits an IPv4 packet: 65535 - 20 - 8.</summary>
    private const int LargestV4 = 65507;

    /// <exception cref="OperationFailedException">Something is wrong; the message says what.</exception>
    public static PingSettings Read(PingOptions options)
    {
        bool sweep = options.Network is not null || options.File is not null;
        Require(sweep || options.Hosts.Any(), "no host given");
        Require(!(options.V4 && options.V6), "-4 and -6 exclude each other");
        Require(options.Count is null or >= 0, "-c: the count is 0 or more");
        Require(options.Size is null or (>= 0 and <= LargestV4), $"-s: the size is 0 to {LargestV4} bytes");
        Require(options.Preload is >= 1 and <= 65536, "-l: the preload is 1 to 65536");
        Require(options.Preload <= 3 || Linux.getuid() == 0, "-l: more than 3 is for root");
        Require(options.SendBuffer is null or > 0, "-S: the buffer is 1 byte or more");
        Require(options.Ttl is null or (>= 1 and <= 255), "-t: the TTL is 1 to 255");
        int family = options.V4 ? AF_INET : options.V6 ? AF_INET6 : 0;
        bool endless = options.Flood || options.Deadline is not null;
        long interval = options.Interval is double seconds ? Nanoseconds("-i", seconds)
            : options.Flood ? 0 : Time.Second;
        bool flood = interval == 0;
        List<Target> targets = TargetReader.Read(options, family);
        Require(targets.Count > 0, "no host could be found");
        PingSettings settings = new()
        {
            Targets = targets,
            IsSweep = sweep,
            Count = options.Count ?? (endless ? 0 : sweep ? 1 : 5),
            Gap = options.IntervalGlobal is double gap ? Nanoseconds("--interval-global", gap) : sweep ? SweepGap : null,
            Interval = flood ? FloodPause : interval,
            Flood = flood,
            PacedByReplies = flood || options.Adaptive,
            SmallestGap = Linux.getuid() == 0 ? 0 : UsersInterval,
            Preload = options.Preload,
            Timeout = options.Timeout is double timeout ? Nanoseconds("-W", timeout)
                : sweep ? Time.Second : 10 * Time.Second,
            TimeoutIsChosen = sweep || options.Timeout is not null,
            Deadline = options.Deadline is double deadline ? Nanoseconds("-w", deadline) : long.MaxValue,
            Size = options.Size ?? DefaultSize,
            Pattern = options.Pattern is string hex ? PatternReader.Read(hex) : null,
            Ttl = options.Ttl,
            Tos = options.Tos is string tos ? ReadTos(tos) : null,
            PathMtuDiscovery = options.PathMtu is string how ? ReadPathMtu(how) : null,
            IpOptions = IpOptionsWriter.Write(options.RecordRoute, options.Timestamp),
            Broadcast = options.Broadcast,
            SendBuffer = options.SendBuffer,
            Connect = options.Connect,
            UserLatency = options.UserLatency,
            HeaderIncluded = options.HeaderIncluded,
        };
        settings = CraftReader.Read(settings, options, LargestV4);
        Require(settings.IpOptions.Length == 0 || settings.Targets.All(target => !target.Address.IsV6), "-R, -T and --options are for IPv4");
        Require(!settings.Connect || settings.Targets.Count == 1, "-C is for one host");
        if (options.Trace)
        {
            settings = ForTrace(settings, options);
        }

        Require(!options.FindPathMtu || (targets.Count == 1 && !options.Trace), "--pmtu is for one host, without --trace");
        Require(!options.FindPathMtu || (options.IcmpType is null && options.Payload is null), "--pmtu sends echo requests of its own sizes");
        RefuseFloodByUsers(settings);
        settings = ReadSource(settings, options, family);
        return options.Broadcast ? ForBroadcast(settings) : settings;
    }

    private static PingSettings ReadSource(PingSettings settings, PingOptions options, int family)
    {
        string? address = options.Source;
        if (options.Interface is string from)
        {
            if (IPAddress.TryParse(from, out _))
            {
                Require(address is null, "-I with an address and --source exclude each other");
                address = from;
            }
            else
            {
                Interfaces.Index(from);
                settings = settings with { Device = from };
            }
        }

        if (address is null)
        {
            return settings;
        }

        HostAddress source = TargetReader.Resolve(address, family).Address;
        Require(settings.Targets.All(target => target.Address.IsV6 == source.IsV6),
            $"source {source} is not of the targets' address family");
        return settings with { Source = source };
    }

    // As ping does: many requests a second are for root alone, for it is others who pay.
    private static void RefuseFloodByUsers(PingSettings settings)
    {
        if (Linux.getuid() == 0)
        {
            return;
        }

        if (settings.Gap < SweepGap)
        {
            throw new OperationFailedException("--interval-global below 1 ms is for root");
        }

        if (settings.Flood || settings.Interval < UsersInterval)
        {
            throw new OperationFailedException("-f and intervals below 2 ms are for root", "use -i 0.002 or more");
        }
    }

    // As ping: whom many answer ordinary users ask once a second, and in one piece.
    private static PingSettings ForBroadcast(PingSettings settings)
    {
        settings = settings with
        {
            Targets = [.. settings.Targets.Select(target => !target.Address.IsV6 && Route.IsBroadcast(target.Address, settings.Device)
                ? new BroadcastTarget(target.Name, target.Address) : target)],
        };
        if (!settings.Targets.Any(target => target.IsBroadcast) || Linux.getuid() == 0)
        {
            return settings;
        }

        Require(settings is { PacedByReplies: false, Interval: >= Time.Second, Preload: 1 }, "-b: intervals below 1 s are for root");
        Require(settings.PathMtuDiscovery is null || settings.DontFragment, "-b: a broadcast ping does not fragment");
        return settings with { PathMtuDiscovery = IP_PMTUDISC_DO };
    }

    // The hops are so many targets: the same host, each with its own TTL.
    private static PingSettings ForTrace(PingSettings settings, PingOptions options)
    {
        Require(settings.Targets.Count == 1 && !settings.Flood && !settings.HeaderIncluded,
            "--trace is for one host, without -f and --hdrincl");
        Target target = settings.Targets[0];
        return settings with
        {
            IsTrace = true,
            Targets = [.. Enumerable.Range(0, settings.Ttl ?? MostHops).Select(_ => new Target(target.Name, target.Address))],
            Count = options.Count ?? TraceRounds,
            Gap = options.IntervalGlobal is null ? TraceGap : settings.Gap,
            PacedByReplies = false,
            Timeout = options.Timeout is null ? Time.Second : settings.Timeout,
            TimeoutIsChosen = true,
        };
    }

    private static int ReadTos(string text)
    {
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool good = hex
            ? int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int tos)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tos);
        Require(good && tos is >= 0 and <= 255, "-Q: the type of service is 0 to 255, or 0x0 to 0xff");
        return tos;
    }

    // The values are the same for IPv6.
    private static int ReadPathMtu(string how) => how switch
    {
        "dont" => IP_PMTUDISC_DONT,
        "want" => IP_PMTUDISC_WANT,
        "do" => IP_PMTUDISC_DO,
        "probe" => IP_PMTUDISC_PROBE,
        _ => throw new OperationFailedException("-M: say do, probe, want or dont", "see rawping --help"),
    };

    private static long Nanoseconds(string option, double seconds)
    {
        Require(seconds is >= 0 and <= LongestSeconds, $"{option}: seconds are 0 to {LongestSeconds:0}");
        return (long)(seconds * Time.Second);
    }

    /// <summary>Ends with the message and where to look, unless a condition holds.</summary>
    internal static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new OperationFailedException(message, "see rawping --help");
        }
    }
}
