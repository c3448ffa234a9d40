using System.Globalization;
using System.Net;
using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Sweep;
using NetTools.RawPing.Wire;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Ping;

/// <summary>Checks what the user asked for and looks up the hosts.</summary>
internal static class SettingsReader
{
    private const long FloodPause = 10 * TimeUnits.Millisecond;
    private const long SweepGap = OrdinaryLimits.PacketInterval;
    private const long UsersInterval = OrdinaryLimits.HostInterval;
    private const int DefaultSize = 56;
    private const long UsualSaveEvery = 15 * TimeUnits.Second;
    private const long Longest = 365 * TimeUnits.Day;

    /// <summary>The largest data of an IPv4 packet: 65535 - 20 - 8.</summary>
    private const int LargestV4 = 65507;

    /// <summary>The largest data of an IPv6 packet, whose length leaves its header out: 65535 - 8.</summary>
    private const int LargestV6 = 65527;

    /// <exception cref="OperationFailedException">Something is wrong; the message says what.</exception>
    public static PingSettings Read(PingOptions options)
    {
        ModeOptions.Check(options);
        bool sweep = options.Network is not null || options.File is not null;
        Require(sweep || options.Hosts.Any(), "no host given");
        Require(!(options.V4 && options.V6), "-4 and -6 exclude each other");
        long? count = Count(options);
        int? size = options.Size is string bytes ? (int)Quantity.Size("-s", bytes, most: int.MaxValue) : null;
        Require(options.Preload is >= 1 and <= 65536, "-l: the preload is 1 to 65536");
        Require(options.Preload <= OrdinaryLimits.Preload || CallerPolicy.Allows(TrustedAct.Flood),
            "-l: more than 3 is for root");
        Require(options.Retries is >= 0 and <= 100, "--retries: 0 to 100");
        Require(options.Backoff is >= 1 and <= 5, "--backoff: 1 to 5");
        Require(options.MinReachable >= 1, "--min-reachable: 1 or more");
        Require(options.Ttl is null or (>= 1 and <= 255), "-t: the TTL is 1 to 255");
        int family = options.V4 ? AF_INET : options.V6 ? AF_INET6 : 0;
        long limit = options.Deadline is string deadline ? Nanoseconds("-w", deadline) : 0; // as ping: 0 is none
        long? timeout = options.Timeout is string wait ? Nanoseconds("-W", wait) : null;
        bool endless = options.Flood || limit > 0;
        long interval = options.Interval is string seconds ? Nanoseconds("-i", seconds)
            : options.Flood ? 0 : TimeUnits.Second;
        bool flood = interval == 0;
        string? device = Device(options);
        TargetList list = TargetReader.Read(options, family, device);
        List<Target> targets = list.Found;
        foreach (UnknownHost host in list.Unknown)
        {
            ErrorLine.Write(host.Reason);
        }

        if (targets.Count == 0)
        {
            throw new OperationFailedException(list.Unknown.Count > 0 ? "no host has an address" : "no host given");
        }

        int largest = targets.All(target => target.Address.IsV6) ? LargestV6 : LargestV4;
        Require(size is null || size <= largest, $"-s: the size is 0 to {largest} bytes");
        PingSettings settings = new()
        {
            Targets = targets,
            Unknown = list.Unknown,
            Device = device,
            Every = options.Every is string every ? Nanoseconds("--every", every) : 0,
            SaveEvery = options.Every is string period ? Math.Max(1, Nanoseconds("--every", period)) : UsualSaveEvery,
            Prometheus = options.Prometheus,
            IsSweep = sweep,
            Retries = options.Retries,
            Backoff = options.Backoff,
            MinReachable = options.MinReachable,
            Count = count ?? (endless ? 0 : sweep ? 1 : 5),
            Gap = options.IntervalGlobal is string gap ? Nanoseconds("--interval-global", gap) : sweep ? SweepGap : null,
            Interval = flood ? FloodPause : interval,
            Flood = flood,
            PacedByReplies = flood || options.Adaptive,
            SmallestGap = Math.Max(CallerPolicy.Allows(TrustedAct.Flood) ? 0 : SmallestGap(targets),
                (flood || options.Adaptive) && options.IntervalGlobal is string least
                    ? Nanoseconds("--interval-global", least) : 0),
            Preload = options.Preload,
            // As ping: with 0 the first reply is waited for without limit.
            Timeout = timeout is long given ? given == 0 ? long.MaxValue / 4 : given
                : sweep ? TimeUnits.Second : 10 * TimeUnits.Second,
            TimeoutIsChosen = timeout is long chosen ? chosen > 0 : sweep,
            Deadline = limit > 0 ? limit : long.MaxValue,
            Size = size ?? DefaultSize,
            Pattern = options.Pattern is string hex ? PatternReader.Read(hex) : null,
            Ttl = options.Ttl,
            Tos = options.Tos is string tos ? ReadTos(tos) : null,
            PathMtuDiscovery = options.PathMtu is string how ? ReadPathMtu(how) : null,
            IpOptions = IpOptionsWriter.Write(options.RecordRoute, options.Timestamp),
            Broadcast = options.Broadcast,
            SendBuffer = options.SendBuffer is string room ? (int)Quantity.Size("-S", room, least: 1, most: int.MaxValue) : null,
            Connect = options.Connect,
            UserLatency = options.UserLatency,
            HeaderIncluded = options.HeaderIncluded,
        };
        settings = CraftReader.Read(settings, options, size, largest);
        Require(settings.IpOptions.Length == 0 || settings.Targets.All(target => !target.Address.IsV6),
            "-R, -T and --options are for IPv4");
        Require(!settings.Connect || settings.Targets.Count == 1, "-C is for one host");
        Require(!options.FindPathMtu || targets.Count == 1, "--pmtu is for one host");
        RefuseFloodByUsers(settings);
        settings = ReadSource(settings, options, family);
        return ForGroups(options.Broadcast ? FindBroadcasts(settings) : settings);
    }

    // The interface among the -I; the others are addresses.
    private static string? Device(PingOptions options)
    {
        string? device = options.Interfaces.LastOrDefault(from => !IPAddress.TryParse(from, out _));
        if (device is not null)
        {
            _ = NetTools.Os.Interfaces.Index(device);
        }

        return device;
    }

    private static PingSettings ReadSource(PingSettings settings, PingOptions options, int family)
    {
        string? from = options.Interfaces.LastOrDefault(from => IPAddress.TryParse(from, out _));
        Require(from is null || options.Source is null, "-I with an address and --source exclude each other");
        if ((options.Source ?? from) is not string address)
        {
            return settings;
        }

        HostAddress source = TargetReader.Resolve(address, family, settings.Device).Address;
        Require(settings.Targets.All(target => target.Address.IsV6 == source.IsV6),
            $"source {source} is not of the targets' address family");
        return settings with { Source = source };
    }

    // At least 2 ms between two requests to a host, however often it is named, and 1 ms between any two.
    private static long SmallestGap(List<Target> targets)
    {
        HashSet<HostAddress> seen = [];
        return targets.Count > 1 && targets.All(target => seen.Add(target.Address with { Scope = 0 })) ? SweepGap : UsersInterval;
    }

    // As ping does: many requests a second are for root alone: others bear the load.
    private static void RefuseFloodByUsers(PingSettings settings)
    {
        if (CallerPolicy.Allows(TrustedAct.Flood))
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

    private static PingSettings FindBroadcasts(PingSettings settings) => settings with
    {
        Targets = [.. settings.Targets.Select(target => !target.Address.IsV6 && Route.IsBroadcast(target.Address,
            settings.Device) ? new BroadcastTarget(target.Name, target.Address) : target)],
    };

    // As ping: an ordinary user asks broadcast and multicast addresses, where many may answer, once a second and in one piece.
    private static PingSettings ForGroups(PingSettings settings)
    {
        if (CallerPolicy.Allows(TrustedAct.Flood) || !settings.Targets.Any(target => target.IsGroup))
        {
            return settings;
        }

        settings = settings with { SmallestGap = OrdinaryLimits.BroadcastInterval }; // in all, however many are named

        Require(settings is { PacedByReplies: false, Interval: >= TimeUnits.Second, Preload: 1 },
            "broadcast and multicast: intervals below 1 s are for root");
        Require(settings.PathMtuDiscovery is null || settings.DontFragment,
            "broadcast and multicast: an ordinary user's ping does not fragment");
        return settings with { PathMtuDiscovery = IP_PMTUDISC_DO };
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

    /// <summary>The count of <c>-c</c>, or null.</summary>
    internal static long? Count(PingOptions options) => options.Count is string count ? Quantity.Count("-c", count) : null;

    /// <summary>Reads a duration; a plain number is seconds.</summary>
    internal static long Nanoseconds(string option, string text) => Quantity.Duration(option, text, TimeUnits.Second, 0, Longest);

    /// <summary>Ends with the message and where to look, unless a condition holds.</summary>
    internal static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new OperationFailedException(message, "see rawping --help");
        }
    }
}
