using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>LACP, the slow protocol that aggregates links: IEEE 802.1AX. Others of the slow protocols by their number.</summary>
internal sealed class Lacp() : PayloadProtocol("LACP", "lacp", "slow_subtype", "version", "actor.sys_priority", "actor.sysid",
    "actor.key", "actor.port_priority", "actor.port", "actor.state", "partner.sys_priority", "partner.sysid", "partner.key",
    "partner.port_priority", "partner.port", "partner.state")
{
    private const int ActorAt = 4;
    private const int PartnerAt = 24;
    private const int InformationLength = 15;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) => message.Length >= 2;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        if (message[0] != 1)
        {
            line.Text(message[0] switch { 2 => ", Marker"u8, 3 => ", OAM"u8, 10 => ", ESMC"u8, _ => ", unknown subtype"u8 });
            return;
        }

        line.Text("v"u8).Number(message[1]);
        if (message.Length >= PartnerAt + InformationLength)
        {
            WriteInformation(line.Text(", actor "u8), message[ActorAt..]);
            WriteInformation(line.Text(", partner "u8), message[PartnerAt..]);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("slow_subtype"u8, message[0]);
        if (message[0] != 1)
        {
            return;
        }

        fields.Number("version"u8, message[1]);
        if (message.Length >= PartnerAt + InformationLength)
        {
            WriteInformation(fields, "actor"u8, message[ActorAt..]);
            WriteInformation(fields, "partner"u8, message[PartnerAt..]);
        }
    }

    private static void WriteInformation(LineBuffer line, ReadOnlySpan<byte> information)
    {
        line.Mac(information.Slice(2, 6)).Text(" key "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(information[8..]))
            .Text(" port "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(information[12..])).Text(" ["u8);
        ReadOnlySpan<byte> letters = "ATGSCDFE"u8; // as tshark has them, the lowest bit first
        for (int bit = 0; bit < letters.Length; bit++)
        {
            line.Text((information[14] >> bit & 1) != 0 ? letters.Slice(bit, 1) : default);
        }

        line.Text("]"u8);
    }

    private static void WriteInformation(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> information)
    {
        fields.Begin(name);
        fields.Number("sys_priority"u8, BinaryPrimitives.ReadUInt16BigEndian(information));
        fields.Mac("sysid"u8, information.Slice(2, 6));
        fields.Number("key"u8, BinaryPrimitives.ReadUInt16BigEndian(information[8..]));
        fields.Number("port_priority"u8, BinaryPrimitives.ReadUInt16BigEndian(information[10..]));
        fields.Number("port"u8, BinaryPrimitives.ReadUInt16BigEndian(information[12..]));
        fields.Number("state"u8, information[14]);
        fields.End();
    }
}
