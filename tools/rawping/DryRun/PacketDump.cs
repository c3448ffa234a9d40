using System.Globalization;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;
using NetTools.Terminal;
using static NetTools.RawPing.DryRun.PacketField;

namespace NetTools.RawPing.DryRun;

/// <summary>The packet that would be sent, every field with its bytes, its name and who has the last word on it.</summary>
internal static class PacketDump
{
    /// <summary>The packet with its IP header, ours or the kernel's.</summary>
    public static byte[] FirstRequest(PingSettings settings, Target target)
    {
        bool v6 = target.Address.IsV6;
        RequestKind kind = settings.Kind(v6);
        // The kernel's own headers have DF by default, to discover path MTUs: ip(7).
        bool fragments = !settings.HeaderIncluded && settings.PathMtuDiscovery == Tmds.Linux.LibC.IP_PMTUDISC_DONT;
        PingSettings header = settings.HeaderIncluded ? settings
            : settings with { HeaderIncluded = true, PathMtuDiscovery = fragments ? null : Tmds.Linux.LibC.IP_PMTUDISC_DO };
        RequestBuilder builder = new(kind.Body(settings), (ushort)Os.Randomness.UInt64(), kind, header);
        return builder.Build(1, settings.Source ?? RouteOrAny(settings, target.Address), target.Address).ToArray();
    }

    /// <summary>The fields of a packet, in order, without gaps.</summary>
    public static IEnumerable<PacketField> Fields(byte[] packet, PingSettings settings, bool v6)
    {
        List<PacketField> fields = v6 ? HeaderV6(packet) : HeaderV4(packet);
        if (!settings.HeaderIncluded)
        {
            fields = [.. fields.Select(field => field with { Note = "the kernel's" })];
        }

        return [.. fields, .. Message(packet, fields.Sum(field => field.Length), settings, v6)];
    }

    private static List<PacketField> HeaderV4(byte[] packet)
    {
        _ = IPv4Header.TryRead(packet, out IPv4Header ip);
        int flags = packet[6] >> 5;
        return
        [
            new(0, 1, "version, header length", Text($"4, {ip.HeaderLength} bytes")),
            new(1, 1, "type of service", Text($"0x{packet[1]:x2}")),
            new(2, 2, "total length", Text($"{Word(packet, 2)}"), "the kernel overwrites it"),
            new(4, 2, "identification", Text($"{Word(packet, 4)}"), Word(packet, 4) == 0 ? "0: the kernel chooses" : null),
            new(6, 2, "flags, fragment offset", Text($"{((flags & 2) != 0 ? "DF" : "none")}, {(Word(packet, 6) & 0x1fff) * 8}")),
            new(8, 1, "time to live", Text($"{packet[8]}")),
            new(9, 1, "protocol", "1 (ICMP)"),
            new(10, 2, "header checksum", Text($"0x{Word(packet, 10):x4}"), "the kernel overwrites it"),
            new(12, 4, "source", Address(packet, 12, 4), Address(packet, 12, 4) == "0.0.0.0" ? "0: the kernel chooses" : null),
            new(16, 4, "destination", Address(packet, 16, 4)),
            .. ip.Options.Length == 0 ? []
                : (PacketField[])[new(20, ip.Options.Length, "options", Figures.PlainCount(ip.Options.Length, "byte"))],
        ];
    }

    private static List<PacketField> HeaderV6(byte[] packet) =>
    [
        new(0, 4, "version, class, flow", Text($"6, 0x{(packet[0] & 15) << 4 | packet[1] >> 4:x2}, 0")),
        new(4, 2, "payload length", Text($"{Word(packet, 4)}")),
        new(6, 1, "next header", "58 (ICMPv6)"),
        new(7, 1, "hop limit", Text($"{packet[7]}")),
        new(8, 16, "source", Address(packet, 8, 16)),
        new(24, 16, "destination", Address(packet, 24, 16)),
    ];

    private static IEnumerable<PacketField> Message(byte[] packet, int at, PingSettings settings, bool v6)
    {
        RequestKind kind = settings.Kind(v6);
        RequestBody body = kind.Body(settings);
        yield return new(at, 1, v6 ? "ICMPv6 type" : "ICMP type", kind.Name is string name ? Text($"{kind.Type} ({name})")
            : Text($"{kind.Type}"));
        yield return new(at + 1, 1, "code", Text($"{kind.Code}"));
        yield return new(at + 2, 2, "checksum", Text($"0x{Word(packet, at + 2):x4}"),
            v6 && !settings.HeaderIncluded ? "the kernel overwrites it" : null);
        yield return new(at + 4, 2, "identifier", Text($"{Word(packet, at + 4)}"));
        yield return new(at + 6, 2, "sequence number", Text($"{Word(packet, at + 6)}"));
        at += IcmpHeader.Length;
        if (kind.IsTimestamp)
        {
            yield return new(at, 4, "originate timestamp", Text($"{(uint)Word(packet, at) << 16 | Word(packet, at + 2)} ms"));
            yield return new(at + 4, 4, "receive timestamp", "0");
            yield return new(at + 8, 4, "transmit timestamp", "0");
        }
        else if (kind.IsMask)
        {
            yield return new(at, 4, "address mask", "0.0.0.0");
        }
        else
        {
            if (body.NonceLength > 0)
            {
                yield return new(at, body.NonceLength, "data: nonce", Figures.PlainCount(body.NonceLength, "byte"));
            }

            if (body.Length > body.NonceLength)
            {
                yield return new(at + body.NonceLength, body.Length - body.NonceLength, "data",
                    Figures.PlainCount(body.Length - body.NonceLength, "byte"));
            }
        }
    }

    // A packet can be looked at without a way to its destination.
    private static HostAddress RouteOrAny(PingSettings settings, HostAddress address)
    {
        try
        {
            return Route.To(address, settings.Device).Source;
        }
        catch (LibcException)
        {
            return new HostAddress(0, address.IsV6);
        }
    }

    private static ushort Word(byte[] packet, int at) => (ushort)(packet[at] << 8 | packet[at + 1]);

    private static string Address(byte[] packet, int at, int length) =>
        HostAddress.FromBytes(packet.AsSpan(at, length)).ToString();
}

/// <summary>A part of a packet.</summary>
/// <param name="Offset">From the packet's first byte.</param>
/// <param name="Length">Bytes, 1 or more.</param>
/// <param name="Name">The RFC's name.</param>
/// <param name="Value">What the bytes mean.</param>
/// <param name="Note">What the kernel does to it, or null.</param>
internal sealed record PacketField(int Offset, int Length, string Name, string Value, string? Note = null)
{
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
