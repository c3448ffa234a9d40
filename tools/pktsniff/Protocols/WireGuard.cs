using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>WireGuard's messages: the type, who sends it and to whom. The rest is encrypted.</summary>
internal sealed class WireGuard() : PayloadProtocol("WireGuard", "wg", "type", "sender", "receiver", "counter")
{
    private const ushort Port = 51820;
    private const byte Initiation = 1;
    private const byte Response = 2;
    private const byte Cookie = 3;
    private const byte Data = 4;
    private const int InitiationLength = 148;
    private const int ResponseLength = 92;
    private const int CookieLength = 64;
    private const int ShortestData = 32;

    /// <inheritdoc/>
    /// <remarks>Three zeros and a length that goes with the type; data on its own port only.</remarks>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message is [_, 0, 0, 0, ..] && (message[0], message.Length) switch
        {
            (Initiation, InitiationLength) or (Response, ResponseLength) or (Cookie, CookieLength) => true,
            (Data, >= ShortestData) => frame.SourcePort == Port || frame.DestinationPort == Port,
            _ => false,
        };

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text(message[0] switch
        {
            Initiation => " handshake initiation, sender 0x"u8,
            Response => " handshake response, sender 0x"u8,
            Cookie => " cookie reply, receiver 0x"u8,
            _ when message.Length == ShortestData => " keepalive, receiver 0x"u8,
            _ => " transport data, receiver 0x"u8,
        }).Hex(Index(message, 4), 8);
        switch (message[0])
        {
            case Response:
                line.Text(", receiver 0x"u8).Hex(Index(message, 8), 8);
                break;
            case Data:
                line.Text(", counter "u8).Unsigned(Counter(message));
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("type"u8, message[0]);
        if (message[0] is Initiation or Response)
        {
            fields.Number("sender"u8, Index(message, 4));
        }

        if (message[0] is not Initiation)
        {
            fields.Number("receiver"u8, Index(message, message[0] == Response ? 8 : 4));
        }

        if (message[0] == Data)
        {
            fields.Digits("counter"u8, fields.Fresh().Unsigned(Counter(message)).Bytes);
        }
    }

    private static uint Index(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt32LittleEndian(message[at..]);

    private static ulong Counter(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt64LittleEndian(message[8..]);
}
