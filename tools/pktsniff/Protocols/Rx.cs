using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Rx, the calls of AFS: the header.</summary>
internal sealed class Rx() : PayloadProtocol("Rx", "rx", "type", "flags", "callnumber", "seq", "serial", "serviceid")
{
    private const int HeaderLength = 28;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && !TypeName(message[20]).IsEmpty;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame,
        TextStyle style) =>
        line.Text(" "u8).Text(TypeName(message[20])).Text(", call "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(message[8..]))
            .Text(", seq "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(message[12..])).Text(", service "u8)
            .Number(BinaryPrimitives.ReadUInt16BigEndian(message[26..]));

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("type"u8, message[20]);
        fields.Number("flags"u8, message[21]);
        fields.Number("callnumber"u8, BinaryPrimitives.ReadUInt32BigEndian(message[8..]));
        fields.Number("seq"u8, BinaryPrimitives.ReadUInt32BigEndian(message[12..]));
        fields.Number("serial"u8, BinaryPrimitives.ReadUInt32BigEndian(message[16..]));
        fields.Number("serviceid"u8, BinaryPrimitives.ReadUInt16BigEndian(message[26..]));
    }

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        1 => "data"u8,
        2 => "ack"u8,
        3 => "busy"u8,
        4 => "abort"u8,
        5 => "ackall"u8,
        6 => "challenge"u8,
        7 => "response"u8,
        8 => "debug"u8,
        13 => "version"u8,
        _ => default,
    };
}
