using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The fields of IPv4 with its options and of IPv6 with its extension headers.</summary>
internal static class IPFields
{
    /// <summary>As many extension headers and options as anybody wants to see of a frame.</summary>
    public const int MostExtensions = 16;

    private const int FragmentUnit = 8;

    /// <summary>Writes the fields.</summary>
    public static void Write(FieldWriter fields, scoped in DecodedFrame frame)
    {
        fields.Begin("ip"u8);
        if (frame.Has(FrameLayers.IPv4))
        {
            WriteV4(fields, frame.IPv4);
        }
        else
        {
            WriteV6(fields, frame.IPv6, frame.Protocol);
        }

        fields.Number("fragment_offset"u8, frame.FragmentOffset / FragmentUnit); // in the header's own unit
        fields.Number("fragment_offset_bytes"u8, frame.FragmentOffset);
        fields.Flag("more_fragments"u8, frame.MoreFragments);
        fields.End();
    }

    private static void WriteV4(FieldWriter fields, IPv4Header ip)
    {
        fields.Number("version"u8, 4);
        fields.Address("src"u8, ip.Source);
        fields.Address("dst"u8, ip.Destination);
        fields.Number("protocol"u8, ip.Protocol);
        fields.Number("ttl"u8, ip.TimeToLive);
        fields.Number("tos"u8, ip.TypeOfService);
        fields.Number("dscp"u8, ip.TypeOfService >> 2);
        fields.Number("ecn"u8, ip.TypeOfService & 3);
        fields.Number("id"u8, ip.Identification);
        fields.Number("header_length"u8, ip.HeaderLength);
        fields.Number("total_length"u8, ip.TotalLength);
        fields.Flag("dont_fragment"u8, ip.DontFragment);
        fields.Text("checksum"u8, ip.ChecksumIsValid ? "ok"u8 : "bad"u8);
        if (ip.Options.IsEmpty)
        {
            return;
        }

        fields.BeginList("options"u8);
        OptionReader options = new(ip.Options);
        while (options.Next())
        {
            fields.Begin(default);
            fields.Number("kind"u8, options.Kind);
            fields.Name("name"u8, IPOptionsText.Name(options.Kind));
            fields.Hex("value"u8, options.Value);
            fields.End();
        }

        fields.EndList();
    }

    private static void WriteV6(FieldWriter fields, IPv6Header ip, byte protocol)
    {
        fields.Number("version"u8, 6);
        fields.Address("src"u8, ip.Source);
        fields.Address("dst"u8, ip.Destination);
        fields.Number("protocol"u8, protocol);
        fields.Number("ttl"u8, ip.HopLimit);
        fields.Number("next_header"u8, ip.NextHeader);
        fields.Number("traffic_class"u8, ip.TrafficClass);
        fields.Number("dscp"u8, ip.TrafficClass >> 2);
        fields.Number("ecn"u8, ip.TrafficClass & 3);
        fields.Number("flow_label"u8, ip.FlowLabel);
        fields.Number("payload_length"u8, ip.PayloadLength);
        IPv6ExtensionReader extensions = ip.Extensions;
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
        fields.Name("name"u8, IPOptionsText.ExtensionName(extension.Protocol));
        fields.Number("length"u8, bytes.Length);
        switch (extension.Protocol)
        {
            case IPv6ExtensionReader.Fragment:
                fields.Number("id"u8, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
                fields.Number("fragment_offset"u8, extension.FragmentOffset / FragmentUnit);
                fields.Flag("more_fragments"u8, extension.MoreFragments);
                break;
            case IPv6ExtensionReader.Routing:
                fields.Number("routing_type"u8, bytes[2]);
                fields.Number("segments_left"u8, bytes[3]);
                break;
        }

        fields.End();
    }
}
