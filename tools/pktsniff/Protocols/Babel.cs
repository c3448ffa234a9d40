using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Babel: RFC 8966. The messages of a packet by name.</summary>
internal sealed class Babel() : PayloadProtocol("Babel", "babel", "version", "bodylen", "message")
{
    private const int HeaderLength = 4;
    private const int MostMessages = 32;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message is [42, 2, _, _, ..];

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text(" 2 ("u8).Number(BinaryPrimitives.ReadUInt16BigEndian(message[2..])).Text(")"u8);
        ByteReader reader = Body(message);
        for (int left = MostMessages; !reader.IsAtEnd; left--)
        {
            if (left == 0)
            {
                line.Text(" ..."u8);
                return;
            }

            byte type = Next(ref reader);
            ReadOnlySpan<byte> name = TypeName(type);
            line.Text(name.IsEmpty ? " message "u8 : name);
            if (name.IsEmpty)
            {
                line.Number(type);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[1]);
        fields.Number("bodylen"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        fields.BeginList("message"u8);
        ByteReader reader = Body(message);
        for (int left = MostMessages; left > 0 && !reader.IsAtEnd; left--)
        {
            fields.Number(default, Next(ref reader));
        }

        fields.EndList();
    }

    private static ByteReader Body(ReadOnlySpan<byte> message) => new(message.Slice(HeaderLength,
        Math.Min(BinaryPrimitives.ReadUInt16BigEndian(message[2..]), message.Length - HeaderLength)));

    /// <summary>The type of the next message, all of which is passed; one of padding is a byte long.</summary>
    private static byte Next(ref ByteReader reader)
    {
        byte type = reader.U8();
        if (type != 0)
        {
            reader.Take(reader.U8());
        }

        return type;
    }

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        0 => " pad1"u8,
        1 => " padN"u8,
        2 => " ack-req"u8,
        3 => " ack"u8,
        4 => " hello"u8,
        5 => " ihu"u8,
        6 => " router-id"u8,
        7 => " nh"u8,
        8 => " update"u8,
        9 => " route-request"u8,
        10 => " seqno-request"u8,
        16 => " mac"u8,
        17 => " pc"u8,
        18 => " challenge request"u8,
        19 => " challenge reply"u8,
        _ => default,
    };
}
