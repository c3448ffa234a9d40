using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>OpenFlow, versions 1.0 to 1.5: the header of the first message in a segment.</summary>
internal sealed class OpenFlow() : PayloadProtocol("OpenFlow", "openflow", "version", "type", "length", "xid")
{
    private const int HeaderLength = 8;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && message[0] is >= 1 and <= 6 && message[1] <= 35
        && BinaryPrimitives.ReadUInt16BigEndian(message[2..]) >= HeaderLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text(" 1."u8).Number(message[0] - 1);
        ReadOnlySpan<byte> name = message[1] switch
        {
            0 => ", HELLO"u8,
            1 => ", ERROR"u8,
            2 => ", ECHO_REQUEST"u8,
            3 => ", ECHO_REPLY"u8,
            5 => ", FEATURES_REQUEST"u8,
            6 => ", FEATURES_REPLY"u8,
            10 => ", PACKET_IN"u8,
            11 => ", FLOW_REMOVED"u8,
            12 => ", PORT_STATUS"u8,
            13 => ", PACKET_OUT"u8,
            14 => ", FLOW_MOD"u8,
            _ => default, // the numbers of others depend on the version
        };
        line.Text(name.IsEmpty ? ", type "u8 : name);
        if (name.IsEmpty)
        {
            line.Number(message[1]);
        }

        line.Text(", xid 0x"u8).Hex(BinaryPrimitives.ReadUInt32BigEndian(message[4..]), 8);
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0]);
        fields.Number("type"u8, message[1]);
        fields.Number("length"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        fields.Number("xid"u8, BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
    }
}
