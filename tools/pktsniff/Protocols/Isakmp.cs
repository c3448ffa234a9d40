using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>ISAKMP and IKEv2, whose header is the same; on port 4500 behind four zeros: RFC 2408, RFC 7296, RFC 3948.</summary>
internal sealed class Isakmp() : PayloadProtocol("ISAKMP", "isakmp", "ispi", "rspi", "nextpayload", "version", "exchangetype",
    "flags", "messageid", "length")
{
    /// <summary>Where IKE and ESP share a port, for the sake of address translation.</summary>
    public const ushort TranslatedPort = 4500;

    private const int HeaderLength = 28;
    private const int MarkLength = 4;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        Header(message, frame) is { Length: >= HeaderLength } header && header[17] >> 4 is 1 or 2;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        ReadOnlySpan<byte> header = Header(message, frame);
        uint id = BinaryPrimitives.ReadUInt32BigEndian(header[20..]);
        if (header[17] >> 4 == 1)
        {
            line.Text(id == 0 ? " phase 1"u8 : " phase 2/others"u8);
        }

        ReadOnlySpan<byte> name = ExchangeName(header[17] >> 4, header[18]);
        line.Text(name.IsEmpty ? " exchange "u8 : name);
        if (name.IsEmpty)
        {
            line.Number(header[18]);
        }

        if (header[17] >> 4 == 2)
        {
            line.Text("["u8).Text((header[19] & 8) != 0 ? "I"u8 : default).Text((header[19] & 0x20) != 0 ? "R"u8 : default)
                .Text("], id "u8).Number(id);
        }
        else
        {
            line.Text((header[19] & 1) != 0 ? "[E]"u8 : default);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> header = Header(message, frame);
        fields.Hex("ispi"u8, header[..8]);
        fields.Hex("rspi"u8, header.Slice(8, 8));
        fields.Number("nextpayload"u8, header[16]);
        fields.Number("version"u8, header[17]);
        fields.Number("exchangetype"u8, header[18]);
        fields.Number("flags"u8, header[19]);
        fields.Number("messageid"u8, BinaryPrimitives.ReadUInt32BigEndian(header[20..]));
        fields.Number("length"u8, BinaryPrimitives.ReadUInt32BigEndian(header[24..]));
    }

    /// <summary>The message; empty when the datagram is one of ESP.</summary>
    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        frame.SourcePort != TranslatedPort && frame.DestinationPort != TranslatedPort ? message
        : message is [0, 0, 0, 0, ..] ? message[MarkLength..] : default;

    private static ReadOnlySpan<byte> ExchangeName(int version, byte type) => (version, type) switch
    {
        (_, 0) => " none"u8,
        (1, 1) => " base"u8,
        (1, 2) => " ident"u8,
        (1, 3) => " auth"u8,
        (1, 4) => " agg"u8,
        (1, 5) => " inf"u8,
        (1, 32) => " oakley-quick"u8,
        (1, 33) => " oakley-newgroup"u8,
        (2, 34) => " ikev2_init"u8,
        (2, 35) => " ikev2_auth"u8,
        (2, 36) => " child_sa"u8,
        (2, 37) => " inf2"u8,
        _ => default,
    };
}
