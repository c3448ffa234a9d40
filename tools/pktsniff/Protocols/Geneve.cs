using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Geneve: RFC 8926.</summary>
internal sealed class Geneve() : PayloadProtocol("Geneve", "geneve", "version", "vni", "proto_type", "options_length")
{
    /// <summary>IANA's port.</summary>
    public const ushort Port = 6081;

    private const int HeaderLength = 8;

    /// <summary>What stands behind the header and its options, where it is decoded.</summary>
    public static bool TryEnter(ReadOnlySpan<byte> payload, ref Tunnel tunnel)
    {
        if (payload.Length < HeaderLength || payload[0] >> 6 != 0)
        {
            return false;
        }

        ushort type = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        tunnel.Name = "geneve"u8;
        tunnel.Key = Identifier(payload);
        tunnel.Type = type;
        tunnel.Inner = payload[Math.Min(HeaderLength + OptionsLength(payload), payload.Length)..];
        tunnel.EtherType = type is Linux.ETH_P_TEB or Linux.ETH_P_IP or Linux.ETH_P_IPV6 or Linux.ETH_P_MPLS_UC ? type
            : (ushort)0;
        return true;
    }

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && frame.DestinationPort == Port;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        int flags = message[1] >> 6;
        line.Text(", flags ["u8).Text(flags switch { 0 => "none"u8, 1 => "C"u8, 2 => "O"u8, _ => "OC"u8 })
            .Text("], vni 0x"u8).Hex((uint)Identifier(message),
                1 + (31 - (int)uint.LeadingZeroCount((uint)Identifier(message) | 1)) / 4);
        Llc.WriteEtherType(line.Text(", proto "u8), BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        if (OptionsLength(message) > 0)
        {
            line.Text(", options "u8).Number(OptionsLength(message)).Text(" bytes"u8);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0] >> 6);
        fields.Number("vni"u8, Identifier(message));
        fields.Number("proto_type"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        fields.Number("options_length"u8, OptionsLength(message));
    }

    private static int OptionsLength(ReadOnlySpan<byte> header) => (header[0] & 0x3f) * 4;

    private static long Identifier(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header[4..]) >> 8;
}
