using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>PIM, versions 1 and 2: RFC 7761.</summary>
internal sealed class Pim() : PayloadProtocol("PIM", "pim", "version", "type", "holdtime_s", "dr_priority", "generation_id",
    "upstream_neighbor", "numgroups")
{
    private const int HeaderLength = 4;
    private const int Hello = 0;
    private const int JoinPrune = 3;
    private const int MostOptions = 16;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && message[0] >> 4 is 1 or 2;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(message[0] >> 4);
        if (message[0] >> 4 == 1)
        {
            return;
        }

        ReadOnlySpan<byte> name = TypeName(message[0] & 15);
        line.Text(name.IsEmpty ? ", type "u8 : name);
        if (name.IsEmpty)
        {
            line.Number(message[0] & 15);
        }

        if ((message[0] & 15) is JoinPrune or 6 or 7)
        {
            ByteReader reader = new(message[HeaderLength..]);
            ReadOnlySpan<byte> neighbor = Unicast(ref reader);
            if (!neighbor.IsEmpty)
            {
                line.Text(", upstream-neighbor: "u8).Address(neighbor);
            }

            reader.U8();
            line.Text(", groups "u8).Number(reader.U8());
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0] >> 4);
        if (message[0] >> 4 == 1)
        {
            return;
        }

        fields.Number("type"u8, message[0] & 15);
        ByteReader reader = new(message[HeaderLength..]);
        switch (message[0] & 15)
        {
            case Hello:
                WriteOptions(fields, reader);
                break;
            case JoinPrune or 6 or 7:
                ReadOnlySpan<byte> neighbor = Unicast(ref reader);
                if (!neighbor.IsEmpty)
                {
                    fields.Address("upstream_neighbor"u8, neighbor);
                    reader.U8();
                    fields.Number("numgroups"u8, reader.U8());
                    fields.Number("holdtime_s"u8, reader.U16());
                }

                break;
        }
    }

    private static void WriteOptions(FieldWriter fields, ByteReader options)
    {
        uint seen = 0; // a member of an object must not come twice: the first counts
        for (int left = MostOptions; left > 0 && options.Has(4); left--)
        {
            int type = options.U16();
            ReadOnlySpan<byte> value = options.Take(options.U16());
            uint bit = type < 32 ? 1u << type : 0;
            if ((seen & bit) != 0)
            {
                continue;
            }

            seen |= bit;
            switch (type)
            {
                case 1 when value.Length == 2:
                    fields.Number("holdtime_s"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                    break;
                case 19 when value.Length == 4:
                    fields.Number("dr_priority"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                    break;
                case 20 when value.Length == 4:
                    fields.Number("generation_id"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                    break;
            }
        }
    }

    /// <summary>An encoded unicast address: its family, how it is encoded, the address.</summary>
    private static ReadOnlySpan<byte> Unicast(ref ByteReader reader)
    {
        byte family = reader.U8();
        return reader.U8() != 0 ? default : family switch { 1 => reader.Whole(4), 2 => reader.Whole(16), _ => default };
    }

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(int type) => type switch
    {
        Hello => ", Hello"u8,
        1 => ", Register"u8,
        2 => ", Register-Stop"u8,
        JoinPrune => ", Join / Prune"u8,
        4 => ", Bootstrap"u8,
        5 => ", Assert"u8,
        6 => ", Graft"u8,
        7 => ", Graft-ACK"u8,
        8 => ", Candidate RP Advertisement"u8,
        9 => ", State-Refresh"u8,
        10 => ", DF-Election"u8,
        _ => default,
    };
}
