using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>IPv6 and its extension headers: RFC 8200, RFC 7045.</summary>
internal static class IPv6
{
    private const int MostExtensions = 16;

    /// <summary>Names of the fields that only IPv6 has.</summary>
    public static string[] FieldNames =>
    [
        "ip.next_header", "ip.traffic_class", "ip.flow_label", "ip.payload_length", "ip.extensions.protocol",
        "ip.extensions.name", "ip.extensions.length", "ip.extensions.id", "ip.extensions.fragment_offset",
        "ip.extensions.more_fragments", "ip.extensions.routing_type", "ip.extensions.segments_left",
    ];

    /// <summary>Adds the extension headers, and what <c>-v</c> shows besides.</summary>
    public static void WriteDetails(LineBuffer line, IPv6Header ip, bool verbose)
    {
        if (!verbose)
        {
            WriteExtensions(line, ip.Extensions);
            return;
        }

        line.Text(" class 0x"u8).Hex(ip.TrafficClass, 2).Text(" flow 0x"u8).Hex((uint)ip.FlowLabel, 5)
            .Text(" payload "u8).Number(ip.PayloadLength);
        WriteExtensions(line, ip.Extensions);
    }

    /// <summary>Writes the fields that IPv4 does not have, or has in another place.</summary>
    public static void WriteFields(FieldWriter fields, IPv6Header ip)
    {
        fields.Number("next_header"u8, ip.NextHeader);
        fields.Number("traffic_class"u8, ip.TrafficClass);
        fields.Number("dscp"u8, ip.TrafficClass >> 2);
        fields.Number("ecn"u8, ip.TrafficClass & 3);
        fields.Number("flow_label"u8, ip.FlowLabel);
        fields.Number("payload_length"u8, ip.PayloadLength);
        WriteExtensions(fields, ip.Extensions);
    }

    private static void WriteExtensions(FieldWriter fields, IPv6ExtensionReader extensions)
    {
        if (!extensions.Next())
        {
            return;
        }

        fields.BeginList("extensions"u8);
        int left = MostExtensions;
        do
        {
            WriteExtension(fields, extensions);
        }
        while (--left > 0 && extensions.Next());

        fields.EndList();
    }

    private static void WriteExtension(FieldWriter fields, IPv6ExtensionReader extension)
    {
        ReadOnlySpan<byte> bytes = extension.Bytes;
        fields.Begin(default);
        fields.Number("protocol"u8, extension.Protocol);
        fields.Name("name"u8, ExtensionName(extension.Protocol));
        fields.Number("length"u8, bytes.Length);
        switch (extension.Protocol)
        {
            case IPv6ExtensionReader.Fragment:
                fields.Number("id"u8, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
                fields.Number("fragment_offset"u8, extension.FragmentOffset / InternetProtocol.FragmentUnit);
                fields.Flag("more_fragments"u8, extension.MoreFragments);
                break;
            case IPv6ExtensionReader.Routing:
                fields.Number("routing_type"u8, bytes[2]);
                fields.Number("segments_left"u8, bytes[3]);
                break;
        }

        fields.End();
    }

    /// <summary>Adds the extension headers, up to a limit.</summary>
    private static void WriteExtensions(LineBuffer line, IPv6ExtensionReader extensions)
    {
        int shown = 0;
        while (extensions.Next())
        {
            if (shown++ == MostExtensions)
            {
                line.Text(", ..."u8);
                return;
            }

            line.Text(shown == 1 ? " extensions "u8 : ", "u8).Text(ExtensionName(extensions.Protocol));
            if (extensions.Protocol == IPv6ExtensionReader.Fragment)
            {
                line.Text(" 0x"u8).Hex(BinaryPrimitives.ReadUInt32BigEndian(extensions.Bytes[4..]), 8);
            }
            else if (extensions.Protocol == IPv6ExtensionReader.Routing)
            {
                line.Text(" type "u8).Number(extensions.Bytes[2]).Text(" left "u8).Number(extensions.Bytes[3]);
            }
        }

        line.Text(extensions.IsBroken ? ", cut short"u8 : default);
    }

    /// <summary>The name of an IPv6 extension header; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> ExtensionName(byte protocol) => protocol switch
    {
        IPv6ExtensionReader.HopByHop => "hop-by-hop"u8,
        IPv6ExtensionReader.Routing => "routing"u8,
        IPv6ExtensionReader.Fragment => "fragment"u8,
        IPv6ExtensionReader.Authentication => "AH"u8,
        IPv6ExtensionReader.DestinationOptions => "destination options"u8,
        135 => "mobility"u8,
        139 => "HIP"u8,
        140 => "shim6"u8,
        _ => default,
    };
}
