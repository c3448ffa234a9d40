using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>What IPv4 and IPv6 have in common: addresses, hops, the protocol carried, fragments.</summary>
internal static class InternetProtocol
{
    /// <summary>Bytes of a fragment offset's unit.</summary>
    public const int FragmentUnit = 8;

    /// <summary>Names of the fields of IPv4 and IPv6.</summary>
    public static string[] FieldNames =>
    [
        "ip.version", "ip.src", "ip.dst", "ip.protocol", "ip.ttl", .. IPv4.FieldNames, .. IPv6.FieldNames, "ip.fragment_offset",
        "ip.fragment_offset_bytes", "ip.more_fragments",
    ];

    /// <summary>Adds version, addresses with ports, hops, and what <c>-v</c> shows besides.</summary>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        bool ports = frame.Has(FrameLayers.Ports);
        line.Text(v4 ? "IPv4 "u8 : "IPv6 "u8).Ink(Ink.Address).Address(frame.Source);
        if (ports)
        {
            line.Text("."u8).Number(frame.SourcePort);
        }

        line.Text(" > "u8).Address(frame.Destination);
        if (ports)
        {
            line.Text("."u8).Number(frame.DestinationPort);
        }

        line.Ink(Ink.Plain);
        if (!style.Quick)
        {
            line.Text(" ttl "u8).Number(frame.HopLimit);
        }

        if (v4 && style.Verbose)
        {
            IPv4.WriteDetails(line, frame.IPv4);
        }
        else if (!v4 && (style.Verbose || !style.Quick))
        {
            IPv6.WriteDetails(line, frame.IPv6, style.Verbose);
        }

        line.Text(": "u8);
    }

    /// <summary>Writes the header's fields.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        fields.Begin("ip"u8);
        fields.Number("version"u8, v4 ? 4 : 6);
        fields.Address("src"u8, frame.Source);
        fields.Address("dst"u8, frame.Destination);
        fields.Number("protocol"u8, v4 ? frame.IPv4.Protocol : frame.Protocol); // AH is a protocol, and an extension of IPv6
        fields.Number("ttl"u8, frame.HopLimit);
        if (v4)
        {
            IPv4.WriteFields(fields, frame.IPv4);
        }
        else
        {
            IPv6.WriteFields(fields, frame.IPv6);
        }

        fields.Number("fragment_offset"u8, frame.FragmentOffset / FragmentUnit); // in the header's own unit
        fields.Number("fragment_offset_bytes"u8, frame.FragmentOffset);
        fields.Flag("more_fragments"u8, frame.MoreFragments);
        fields.End();
    }

    /// <summary>Adds what is here of the addresses of a header that is cut or wrong.</summary>
    public static void WriteCut(LineBuffer line, scoped in DecodedFrame frame)
    {
        ReadCut(frame, out ReadOnlySpan<byte> source, out ReadOnlySpan<byte> destination);
        if (!source.IsEmpty)
        {
            line.Text(" "u8).Address(source);
            if (!destination.IsEmpty)
            {
                line.Text(" > "u8).Address(destination);
            }

            line.Text(":"u8);
        }
    }

    /// <summary>Writes the addresses that are here of a header that is cut; nothing of one that is wrong.</summary>
    public static void WriteCut(FieldWriter fields, scoped in DecodedFrame frame)
    {
        ReadCut(frame, out ReadOnlySpan<byte> source, out ReadOnlySpan<byte> destination);
        if (source.IsEmpty || (frame.EtherType == Linux.ETH_P_IP && (frame.Network[0] & 15) < IPv4Header.MinimumLength / 4))
        {
            return;
        }

        fields.Begin("ip"u8);
        fields.Number("version"u8, frame.EtherType == Linux.ETH_P_IP ? 4 : 6);
        fields.Address("src"u8, source);
        if (!destination.IsEmpty)
        {
            fields.Address("dst"u8, destination);
        }

        fields.End();
    }

    /// <summary>The addresses that are here: none, the source, or both.</summary>
    private static void ReadCut(
        scoped in DecodedFrame frame, out ReadOnlySpan<byte> source, out ReadOnlySpan<byte> destination)
    {
        (int at, int length, int version) = frame.EtherType switch
        {
            Linux.ETH_P_IP => (12, 4, 4),
            Linux.ETH_P_IPV6 => (8, 16, 6),
            _ => (0, 0, 0),
        };
        bool isHere = length != 0 && frame.Network.Length >= at + length && frame.Network[0] >> 4 == version;
        source = isHere ? frame.Network.Slice(at, length) : default;
        destination = isHere && frame.Network.Length >= at + (2 * length) ? frame.Network.Slice(at + length, length) : default;
    }
}
