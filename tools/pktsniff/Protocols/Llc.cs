using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// IEEE 802.2 LLC with SNAP, and the names of EtherTypes: what stands between the link and a protocol of the table.
/// </summary>
internal static class Llc
{
    private const int LlcLength = 3;
    private const int SnapLength = 8;

    /// <summary>Names of the fields.</summary>
    public static string[] FieldNames => ["llc.dsap", "llc.ssap", "llc.control", "llc.organization", "llc.type"];

    /// <summary>Adds what is known of a frame of no protocol of the table.</summary>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame)
    {
        if (frame.EtherType != 0)
        {
            WriteEtherType(line, frame.EtherType);
            InternetProtocol.WriteCut(line, frame);
            line.Text(frame.EtherType is Linux.ETH_P_IP or Linux.ETH_P_IPV6 or Linux.ETH_P_ARP or Linux.ETH_P_RARP
                ? " cut short or malformed"u8 : default);
            return;
        }

        line.Text("802.3"u8);
        if (frame.Llc.Length >= LlcLength)
        {
            line.Text(" LLC dsap 0x"u8).Hex(frame.Llc[0], 2).Text(" ssap 0x"u8).Hex(frame.Llc[1], 2)
                .Text(" control 0x"u8).Hex(frame.Llc[2], 2);
        }

        if (frame.Llc is [0xaa, 0xaa, 3, _, _, _, _, _, ..])
        {
            line.Text(", SNAP organization 0x"u8).HexBytes(frame.Llc.Slice(3, 3)).Text(" type 0x"u8)
                .HexBytes(frame.Llc.Slice(6, 2));
        }
    }

    /// <summary>Writes the header's fields, where there is one.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> llc = frame.Llc;
        if (llc.Length < LlcLength)
        {
            return;
        }

        fields.Begin("llc"u8);
        fields.Number("dsap"u8, llc[0]);
        fields.Number("ssap"u8, llc[1]);
        fields.Number("control"u8, llc[2]);
        if (llc is [0xaa, 0xaa, 3, ..] && llc.Length >= SnapLength)
        {
            fields.Number("organization"u8, llc[3] << 16 | llc[4] << 8 | llc[5]);
            fields.Number("type"u8, BinaryPrimitives.ReadUInt16BigEndian(llc[6..]));
        }

        fields.End();
    }

    /// <summary>Adds an EtherType by name, or by number where it has none here.</summary>
    public static void WriteEtherType(LineBuffer line, ushort type)
    {
        ReadOnlySpan<byte> name = Ethernet.TypeName(type);
        if (name.IsEmpty)
        {
            line.Text("0x"u8).Hex(type, 4);
        }
        else
        {
            line.Text(name);
        }
    }
}
