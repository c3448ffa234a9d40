using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>LDP, the label distribution protocol: RFC 5036. The header and the first message.</summary>
internal sealed class Ldp() : PayloadProtocol("LDP", "ldp", "hdr.version", "hdr.pdu_len", "hdr.lsr", "hdr.label_space",
    "msg.type",
    "msg.id")
{
    private const int HeaderLength = 10;
    private const int MessageAt = 10;
    private const int MessageHeader = 8;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && message is [0, 1, ..] && BinaryPrimitives.ReadUInt16BigEndian(message[2..]) >= 6;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text(", Label-Space-ID: "u8).Address(message.Slice(4, 4)).Text(":"u8)
            .Number(BinaryPrimitives.ReadUInt16BigEndian(message[8..]));
        if (message.Length < MessageAt + MessageHeader)
        {
            return;
        }

        int type = BinaryPrimitives.ReadUInt16BigEndian(message[MessageAt..]) & 0x7fff;
        ReadOnlySpan<byte> name = type switch
        {
            0x001 => "Notification"u8,
            0x100 => "Hello"u8,
            0x200 => "Initialization"u8,
            0x201 => "Keepalive"u8,
            0x300 => "Address"u8,
            0x301 => "Address Withdraw"u8,
            0x400 => "Label Mapping"u8,
            0x401 => "Label Request"u8,
            0x402 => "Label Withdraw"u8,
            0x403 => "Label Release"u8,
            0x404 => "Label Abort Request"u8,
            _ => default,
        };
        line.Text(name.IsEmpty ? ", message 0x"u8 : ", "u8).Text(name);
        if (name.IsEmpty)
        {
            line.Hex((uint)type, 4);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Begin("hdr"u8);
        fields.Number("version"u8, BinaryPrimitives.ReadUInt16BigEndian(message));
        fields.Number("pdu_len"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        fields.Address("lsr"u8, message.Slice(4, 4));
        fields.Number("label_space"u8, BinaryPrimitives.ReadUInt16BigEndian(message[8..]));
        fields.End();
        if (message.Length >= MessageAt + MessageHeader)
        {
            fields.Begin("msg"u8);
            fields.Number("type"u8, BinaryPrimitives.ReadUInt16BigEndian(message[MessageAt..]) & 0x7fff);
            fields.Number("id"u8, BinaryPrimitives.ReadUInt32BigEndian(message[(MessageAt + 4)..]));
            fields.End();
        }
    }
}
