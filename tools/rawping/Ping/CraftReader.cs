using NetTools.Os;
using NetTools.RawPing.Wire;
using static NetTools.RawPing.Ping.SettingsReader;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Ping;

/// <summary>Reads what shapes the packets: type, code, data, and fields of the IP header.</summary>
internal static class CraftReader
{
    /// <param name="settings">The settings read so far.</param>
    /// <param name="options">The command line.</param>
    /// <param name="size">The bytes of -s, or null.</param>
    /// <param name="largest">The most data that fits a packet.</param>
    /// <exception cref="OperationFailedException">A value is out of range, or the caller may not craft packets.</exception>
    public static PingSettings Read(PingSettings settings, PingOptions options, int? size, int largest)
    {
        Require(options.IcmpCode is null or (>= 0 and <= 255), "--icmp-code: the code is 0 to 255");
        Require(options.Identification is null or (>= 0 and <= 65535), "--id: the identification is 0 to 65535");
        Require(options.Identification is null || options.HeaderIncluded, "--id needs --hdrincl: else the kernel chooses it");
        Require(!options.DontFragment || options.PathMtu is null, "--df and -M exclude each other");
        Require(options.IpOptions is null || (!options.RecordRoute && options.Timestamp is null), "--options excludes -R and -T");
        Require(options.Payload is null || options.Pattern is null, "--payload and -p exclude each other");
        RefuseStrangers(options);
        bool v6 = settings.Targets[0].Address.IsV6;
        bool oneFamily = settings.Targets.All(target => target.Address.IsV6 == v6);
        Require(options.IcmpType is null || oneFamily, "--icmp-type is for hosts of one address family");
        Require(options.Identification is null || !v6 || !oneFamily, "--id is for IPv4: an IPv6 header has none");
        settings = settings with
        {
            IcmpType = options.IcmpType,
            IcmpCode = (byte)(options.IcmpCode ?? 0),
            Identification = (ushort)(options.Identification ?? 0),
            PathMtuDiscovery = options.DontFragment ? IP_PMTUDISC_DO : settings.PathMtuDiscovery,
            IpOptions = options.IpOptions is string list ? IpOptionsWriter.Read(list) : settings.IpOptions,
        };
        if (options.Payload is string payload)
        {
            byte[] data = PayloadReader.Read(payload, size, largest);
            settings = settings with { Size = data.Length, Pattern = data, HasNonce = false };
        }

        RequestKind kind = settings.Kind(v6);
        if (!kind.IsTimestamp && !kind.IsMask)
        {
            return settings;
        }

        Require(size is null && options.Pattern is null && options.Payload is null,
            $"-s, -p and --payload are not for a {kind.Name}, which has a form of its own");
        return settings with { Size = kind.Body(settings).Length };
    }

    // With more privilege in the binary than in its caller: what ping lets its callers send, no more.
    private static void RefuseStrangers(PingOptions options)
    {
        bool ordinary = options.IpOptions?.Split(',').All(word => word is "rr" or "tsonly" or "tsandaddr") ?? true;
        (bool Given, TrustedAct Act, string Name)[] crafted =
        [
            (options.HeaderIncluded, TrustedAct.Craft, "--hdrincl"),
            (options.IcmpType is not (null or "echo"), TrustedAct.Craft, "--icmp-type"),
            (options.IcmpCode is not null, TrustedAct.Craft, "--icmp-code"),
            (!ordinary, TrustedAct.Craft, "--options"),
            (options.Payload is not null, TrustedAct.FreePayload, "--payload"),
        ];
        foreach ((bool given, TrustedAct act, string name) in crafted)
        {
            if (given)
            {
                CallerPolicy.Require(act, name);
            }
        }
    }
}
