using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Cisco's discovery protocol, in SNAP.</summary>
internal sealed class Cdp() : PayloadProtocol("CDP", "cdp", "version", "ttl_s", "deviceid", "portid", "platform",
    "software_version",
    "native_vlan", "address")
{
    private const int SnapLength = 8;
    private const int HeaderLength = 4;
    private const int MostElements = 32;
    private const int LongestText = 256;
    private const int Device = 1;
    private const int Addresses = 2;
    private const int Port = 3;
    private const int Software = 5;
    private const int Platform = 6;
    private const int NativeVlan = 10;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message is [0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0, ..] && message.Length >= SnapLength + HeaderLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(message[SnapLength]).Text(", ttl: "u8).Number(message[SnapLength + 1]).Text("s"u8);
        ByteReader elements = new(message[(SnapLength + HeaderLength)..]);
        for (int left = MostElements; left > 0 && elements.Has(4); left--)
        {
            int type = elements.U16();
            ReadOnlySpan<byte> value = elements.Take(elements.U16() - 4);
            ReadOnlySpan<byte> label = type switch
            {
                Device => ", Device-ID "u8,
                Port => ", Port-ID "u8,
                Platform => ", Platform "u8,
                _ => default,
            };
            if (!label.IsEmpty)
            {
                line.Text(label).Text("'"u8).Printable(value[..Math.Min(value.Length, LongestText)]).Text("'"u8);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[SnapLength]);
        fields.Number("ttl_s"u8, message[SnapLength + 1]);
        ByteReader elements = new(message[(SnapLength + HeaderLength)..]);
        int seen = 0; // a member of an object must not come twice: the first counts
        for (int left = MostElements; left > 0 && elements.Has(4); left--)
        {
            int type = elements.U16();
            ReadOnlySpan<byte> value = elements.Take(elements.U16() - 4);
            int bit = type < 32 ? 1 << type : 0;
            if ((seen & bit) == 0)
            {
                seen |= bit;
                WriteElement(fields, type, value);
            }
        }
    }

    private static void WriteElement(FieldWriter fields, int type, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> text = value[..Math.Min(value.Length, LongestText)];
        switch (type)
        {
            case Device:
                fields.Wire("deviceid"u8, text);
                break;
            case Port:
                fields.Wire("portid"u8, text);
                break;
            case Platform:
                fields.Wire("platform"u8, text);
                break;
            case Software:
                fields.Wire("software_version"u8, text);
                break;
            case NativeVlan when value.Length == 2:
                fields.Number("native_vlan"u8, value[0] << 8 | value[1]);
                break;
            case Addresses when value.Length >= 4:
                WriteAddresses(fields, new ByteReader(value));
                break;
        }
    }

    /// <summary>
    /// A count, and for each address the kind and length of its protocol, the protocol, the length, the address.
    /// </summary>
    private static void WriteAddresses(FieldWriter fields, ByteReader reader)
    {
        uint count = reader.U32();
        fields.BeginList("address"u8);
        for (int left = (int)Math.Min(count, MostElements); left > 0 && reader.Has(2); left--)
        {
            reader.U8();
            reader.Take(reader.U8());
            ReadOnlySpan<byte> address = reader.Whole(reader.U16());
            if (address.Length is 4 or 16)
            {
                fields.Address(default, address);
            }
        }

        fields.EndList();
    }
}
