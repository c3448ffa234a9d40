using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>PPP's own protocols, which set up the link: RFC 1661, RFC 1332, RFC 5072, RFC 1334, RFC 1994.</summary>
internal sealed class Ppp() : PayloadProtocol("PPP", "ppp", "protocol", "code", "identifier", "length")
{
    private const int PapProtocol = 0xc023;
    private const int ChapProtocol = 0xc223;
    private const int FirstNegotiation = 0x8000;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length > 1 && frame.EtherType == FrameDecoder.PppType;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        ByteReader reader = new(message);
        int protocol = ReadProtocol(ref reader);
        WriteProtocol(line.Text(" "u8), protocol);
        if (protocol >= FirstNegotiation && reader.Has(4))
        {
            byte code = reader.U8();
            byte id = reader.U8();
            ReadOnlySpan<byte> name = CodeName(protocol, code);
            line.Text(", "u8).Text(name.IsEmpty ? "code "u8 : name);
            if (name.IsEmpty)
            {
                line.Number(code);
            }

            line.Text(", id "u8).Number(id);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        ByteReader reader = new(message);
        int protocol = ReadProtocol(ref reader);
        fields.Number("protocol"u8, protocol);
        if (protocol >= FirstNegotiation && reader.Has(4))
        {
            fields.Number("code"u8, reader.U8());
            fields.Number("identifier"u8, reader.U8());
            fields.Number("length"u8, reader.U16());
        }
    }

    /// <summary>Adds a protocol of PPP by name and number.</summary>
    public static void WriteProtocol(LineBuffer line, int protocol)
    {
        ReadOnlySpan<byte> name = ProtocolName(protocol);
        line.Text(name).Text(name.IsEmpty ? "protocol 0x"u8 : " (0x"u8).Hex((uint)protocol, 4)
            .Text(name.IsEmpty ? default : ")"u8);
    }

    private static int ReadProtocol(ref ByteReader reader) => (reader.Rest[0] & 1) != 0 ? reader.U8() : reader.U16();

    private static ReadOnlySpan<byte> ProtocolName(int protocol) => protocol switch
    {
        0x21 => "IPv4"u8,
        0x57 => "IPv6"u8,
        0x281 => "MPLS"u8,
        0x3d => "multilink"u8,
        0xfd => "compressed"u8,
        0x8021 => "IPCP"u8,
        0x8057 => "IPV6CP"u8,
        0x80fd => "CCP"u8,
        0x8281 => "MPLSCP"u8,
        0xc021 => "LCP"u8,
        PapProtocol => "PAP"u8,
        0xc025 => "LQR"u8,
        ChapProtocol => "CHAP"u8,
        0xc227 => "EAP"u8,
        _ => default,
    };

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> CodeName(int protocol, byte code) => (protocol, code) switch
    {
        (PapProtocol, 1) => "Auth-Req"u8,
        (PapProtocol, 2) => "Auth-ACK"u8,
        (PapProtocol, 3) => "Auth-NACK"u8,
        (ChapProtocol, 1) => "Challenge"u8,
        (ChapProtocol, 2) => "Response"u8,
        (ChapProtocol, 3) => "Success"u8,
        (ChapProtocol, 4) => "Failure"u8,
        (PapProtocol or ChapProtocol, _) => default,
        (_, 1) => "Conf-Request"u8,
        (_, 2) => "Conf-Ack"u8,
        (_, 3) => "Conf-Nack"u8,
        (_, 4) => "Conf-Reject"u8,
        (_, 5) => "Term-Request"u8,
        (_, 6) => "Term-Ack"u8,
        (_, 7) => "Code-Reject"u8,
        (_, 8) => "Prot-Reject"u8,
        (_, 9) => "Echo-Request"u8,
        (_, 10) => "Echo-Reply"u8,
        (_, 11) => "Discard-Request"u8,
        _ => default,
    };
}
