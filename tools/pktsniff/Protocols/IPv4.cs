using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>IPv4 and its options: RFC 791, RFC 2113.</summary>
internal static class IPv4
{
    private const int AddressLength = 4;

    /// <summary>Names of the fields that <see cref="WriteFields"/> writes, and of two that IPv6 has, too.</summary>
    public static string[] FieldNames =>
    [
        "ip.tos", "ip.dscp", "ip.ecn", "ip.id", "ip.header_length", "ip.total_length", "ip.dont_fragment", "ip.checksum",
        "ip.options.kind", "ip.options.name", "ip.options.value",
    ];

    /// <summary>Adds what <c>-v</c> shows of the header.</summary>
    public static void WriteDetails(LineBuffer line, IPv4Header ip)
    {
        line.Text(" tos 0x"u8).Hex(ip.TypeOfService, 2).Text(" id "u8).Number(ip.Identification)
            .Text(ip.DontFragment ? " DF"u8 : default).Text(" length "u8).Number(ip.TotalLength);
        if (!ip.Options.IsEmpty)
        {
            WriteOptions(line, ip.Options);
        }
    }

    /// <summary>Writes the fields that IPv6 does not have, or has in another place.</summary>
    public static void WriteFields(FieldWriter fields, IPv4Header ip)
    {
        fields.Number("tos"u8, ip.TypeOfService);
        fields.Number("dscp"u8, ip.TypeOfService >> 2);
        fields.Number("ecn"u8, ip.TypeOfService & 3);
        fields.Number("id"u8, ip.Identification);
        fields.Number("header_length"u8, ip.HeaderLength);
        fields.Number("total_length"u8, ip.TotalLength);
        fields.Flag("dont_fragment"u8, ip.DontFragment);
        fields.Text("checksum"u8, ip.ChecksumIsValid ? "ok"u8 : "bad"u8);
        if (!ip.Options.IsEmpty)
        {
            WriteOptions(fields, ip.Options);
        }
    }

    private static void WriteOptions(FieldWriter fields, ReadOnlySpan<byte> bytes)
    {
        fields.BeginList("options"u8);
        OptionReader options = new(bytes);
        while (options.Next())
        {
            fields.Begin(default);
            fields.Number("kind"u8, options.Kind);
            fields.Name("name"u8, OptionName(options.Kind));
            fields.Hex("value"u8, options.Value);
            fields.End();
        }

        fields.EndList();
    }

    /// <summary>Adds <c> options [RR 10.0.0.1,RA]</c>.</summary>
    private static void WriteOptions(LineBuffer line, ReadOnlySpan<byte> bytes)
    {
        line.Text(" options ["u8);
        OptionReader options = new(bytes);
        for (bool first = true; options.Next(); first = false)
        {
            line.Text(first ? default : ","u8);
            ReadOnlySpan<byte> name = OptionName(options.Kind);
            if (name.IsEmpty)
            {
                line.Text("option "u8).Number(options.Kind).Text(" "u8).HexBytes(options.Value);
                continue;
            }

            line.Text(name);
            if (options.Kind is 7 or 131 or 137 && options.Value.Length > 0)
            {
                // A pointer, then addresses.
                for (ReadOnlySpan<byte> rest = options.Value[1..]; rest.Length >= AddressLength; rest = rest[AddressLength..])
                {
                    line.Text(" "u8).Address(rest[..AddressLength]);
                }
            }
        }

        line.Text(options.IsBroken ? ",bad]"u8 : "]"u8);
    }

    /// <summary>The name of an IPv4 option, in tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> OptionName(byte kind) => kind switch
    {
        OptionReader.NoOperation => "NOP"u8,
        7 => "RR"u8,
        68 => "timestamp"u8,
        130 => "security"u8,
        131 => "LSRR"u8,
        137 => "SSRR"u8,
        148 => "RA"u8,
        _ => default,
    };
}
