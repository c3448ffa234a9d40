using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>IGMP of all versions: RFC 1112, RFC 2236, RFC 3376.</summary>
internal sealed class Igmp : Protocol
{
    private const byte Number = 2;
    private const int Length = 8;
    private const byte Query = 0x11;
    private const byte Report1 = 0x12;
    private const byte Report2 = 0x16;
    private const byte Leave = 0x17;
    private const byte Report3 = 0x22;
    private const int MostRecords = 32;

    /// <inheritdoc/>
    public override string Name => "IGMP";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "igmp.type", "igmp.max_response", "igmp.group", "igmp.records.type", "igmp.records.group", "igmp.records.sources",
    ];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => frame.Protocol == Number && frame.Transport.Length >= Length
        && frame.FragmentOffset == 0;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        ReadOnlySpan<byte> message = frame.Transport;
        if (!IsIn(frame))
        {
            return false;
        }

        line.Name("IGMP"u8).Text(message[0] switch
        {
            Query => " query"u8,
            Report1 => " v1 report"u8,
            Report2 => " v2 report"u8,
            Leave => " leave"u8,
            Report3 => " v3 report"u8,
            _ => " message"u8,
        });
        if (message[0] is Query or Report1 or Report2 or Leave)
        {
            line.Text(" "u8).Address(message.Slice(4, 4));
        }
        else if (message[0] == Report3)
        {
            GroupRecords records = Records(message);
            while (records.Next())
            {
                line.Text(", "u8).Text(records.Name).Text(" "u8).Address(records.Group);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> message = frame.Transport;
        if (!IsIn(frame))
        {
            return false;
        }

        fields.Begin("igmp"u8);
        fields.Number("type"u8, message[0]);
        if (message[0] == Query)
        {
            fields.Number("max_response"u8, message[1]); // 0.1 s, or a floating-point code from 128 on
        }

        if (message[0] is Query or Report1 or Report2 or Leave)
        {
            fields.Address("group"u8, message.Slice(4, 4));
        }
        else if (message[0] == Report3)
        {
            Records(message).Write(fields);
        }

        fields.End();
        return true;
    }

    private static GroupRecords Records(ReadOnlySpan<byte> message) =>
        new(message[Length..], Math.Min(MostRecords, (int)BinaryPrimitives.ReadUInt16BigEndian(message[6..])), addressLength: 4);
}
