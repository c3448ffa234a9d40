using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>RADIUS, its accounting and its dynamic authorization: RFC 2865, RFC 2866, RFC 5176.</summary>
internal sealed class Radius() : PayloadProtocol("RADIUS", "radius", "code", "id", "length", "User_Name", "NAS_IP_Address",
    "NAS_Identifier", "Calling_Station_Id", "Called_Station_Id", "Acct_Session_Id", "Acct_Status_Type", "Framed-IP-Address",
    "Reply_Message")
{
    private const int HeaderLength = 20;
    private const int MostAttributes = 64;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && !CodeName(message[0]).IsEmpty
        && BinaryPrimitives.ReadUInt16BigEndian(message[2..]) >= HeaderLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text(", "u8).Text(CodeName(message[0])).Text(" ("u8).Number(message[0]).Text("), id: 0x"u8).Hex(message[1], 2);
        ByteReader attributes = Attributes(message);
        for (int left = MostAttributes; left > 0 && attributes.Has(2); left--)
        {
            byte type = attributes.U8();
            ReadOnlySpan<byte> value = attributes.Take(attributes.U8() - 2);
            if (type is 1 or 31)
            {
                line.Text(type == 1 ? ", user "u8 : ", from "u8).Printable(value);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("code"u8, message[0]);
        fields.Number("id"u8, message[1]);
        fields.Number("length"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        ulong seen = 0; // a member of an object must not come twice: the first counts
        ByteReader attributes = Attributes(message);
        for (int left = MostAttributes; left > 0 && attributes.Has(2); left--)
        {
            byte type = attributes.U8();
            ReadOnlySpan<byte> value = attributes.Take(attributes.U8() - 2);
            ulong bit = type < 64 ? 1UL << type : 0;
            if (bit == 0 || (seen & bit) != 0)
            {
                continue;
            }

            seen |= bit;
            ReadOnlySpan<byte> name = AttributeName(type);
            if (name.IsEmpty)
            {
                continue;
            }

            switch (type)
            {
                case 4 or 8 when value.Length == 4:
                    fields.Address(name, value);
                    break;
                case 40 when value.Length == 4:
                    fields.Number(name, BinaryPrimitives.ReadUInt32BigEndian(value));
                    break;
                case not (4 or 8 or 40):
                    fields.Wire(name, value);
                    break;
            }
        }
    }

    private static ByteReader Attributes(ReadOnlySpan<byte> message) =>
        new(message[HeaderLength..Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(message[2..]), HeaderLength, message.Length)]);

    private static ReadOnlySpan<byte> AttributeName(byte type) => type switch
    {
        1 => "User_Name"u8,
        4 => "NAS_IP_Address"u8,
        8 => "Framed-IP-Address"u8,
        18 => "Reply_Message"u8,
        30 => "Called_Station_Id"u8,
        31 => "Calling_Station_Id"u8,
        32 => "NAS_Identifier"u8,
        40 => "Acct_Status_Type"u8,
        44 => "Acct_Session_Id"u8,
        _ => default,
    };

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> CodeName(byte code) => code switch
    {
        1 => "Access-Request"u8,
        2 => "Access-Accept"u8,
        3 => "Access-Reject"u8,
        4 => "Accounting-Request"u8,
        5 => "Accounting-Response"u8,
        11 => "Access-Challenge"u8,
        12 => "Status-Server"u8,
        13 => "Status-Client"u8,
        40 => "Disconnect-Request"u8,
        41 => "Disconnect-ACK"u8,
        42 => "Disconnect-NAK"u8,
        43 => "CoA-Request"u8,
        44 => "CoA-ACK"u8,
        45 => "CoA-NAK"u8,
        _ => default,
    };
}
