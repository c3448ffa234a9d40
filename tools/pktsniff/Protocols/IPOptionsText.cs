using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>IPv4's options and IPv6's extension headers in words: RFC 791, RFC 2113, RFC 8200.</summary>
internal static class IPOptionsText
{
    private const int AddressLength = 4;

    /// <summary>The name of an IPv4 option, in tcpdump's words; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> Name(byte kind) => kind switch
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

    /// <summary>The name of an IPv6 extension header; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> ExtensionName(byte protocol) => protocol switch
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

    /// <summary>Adds <c> options [RR 10.0.0.1,RA]</c>.</summary>
    public static void Write(LineBuffer line, ReadOnlySpan<byte> bytes)
    {
        line.Text(" options ["u8);
        OptionReader options = new(bytes);
        for (bool first = true; options.Next(); first = false)
        {
            line.Text(first ? default : ","u8);
            ReadOnlySpan<byte> name = Name(options.Kind);
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

    /// <summary>Adds the extension headers, at most so many as anybody wants to see.</summary>
    public static void WriteExtensions(LineBuffer line, IPv6ExtensionReader extensions)
    {
        int shown = 0;
        while (extensions.Next())
        {
            if (shown++ == IPFields.MostExtensions)
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
}
