using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// QUIC's long headers, and that a packet has a short one: RFC 8999, RFC 9000, RFC 9369. The rest is encrypted.
/// </summary>
internal sealed class Quic() : PayloadProtocol("QUIC", "quic", "header_form", "version", "long.packet_type", "dcid", "scid",
    "token_length", "length", "supported_version")
{
    private const uint Version1 = 1;
    private const uint Version2 = 0x6b3343cf;
    private const int LongestId = 20;
    private const int ShortestShort = 21;
    private const int MostPackets = 8;
    private const int MostVersions = 16;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length > 0 && ((message[0] & 0x80) == 0 ? (message[0] & 0x40) != 0 && message.Length >= ShortestShort
            : TryRead(message, out _));

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        ReadOnlySpan<byte> rest = message;
        for (int left = MostPackets; left > 0 && !rest.IsEmpty; left--)
        {
            if ((rest[0] & 0x80) == 0)
            {
                line.Text(left == MostPackets ? " short header"u8 : default);
                return;
            }

            if (!TryRead(rest, out QuicPacket packet))
            {
                return;
            }

            line.Text(left == MostPackets ? " "u8 : ", "u8).Text(TypeName(packet));
            if (left == MostPackets)
            {
                WriteVersion(line, packet.Version);
                line.Text(packet.Destination.IsEmpty ? default : ", dcid "u8).HexBytes(packet.Destination)
                    .Text(packet.Source.IsEmpty ? default : ", scid "u8)
                    .HexBytes(packet.Source);
            }

            rest = packet.Next;
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("header_form"u8, message[0] >> 7);
        if ((message[0] & 0x80) == 0 || !TryRead(message, out QuicPacket packet))
        {
            return;
        }

        fields.Number("version"u8, packet.Version);
        fields.Hex("dcid"u8, packet.Destination);
        fields.Hex("scid"u8, packet.Source);
        if (packet.Version == 0)
        {
            fields.BeginList("supported_version"u8);
            ByteReader versions = new(packet.Versions);
            for (int left = MostVersions; left > 0 && versions.Has(4); left--)
            {
                fields.Number(default, versions.U32());
            }

            fields.EndList();
            return;
        }

        fields.BeginList("long"u8);
        ReadOnlySpan<byte> rest = message;
        for (int left = MostPackets; left > 0 && TryRead(rest, out QuicPacket one); left--)
        {
            fields.Begin(default);
            fields.Number("packet_type"u8, one.Type);
            fields.End();
            rest = one.Next;
        }

        fields.EndList();
        if (packet.TokenLength >= 0)
        {
            fields.Number("token_length"u8, packet.TokenLength);
        }

        if (packet.Length >= 0)
        {
            fields.Number("length"u8, packet.Length);
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out QuicPacket packet)
    {
        packet = new QuicPacket { TokenLength = -1, Length = -1 };
        ByteReader reader = new(bytes);
        byte first = reader.U8();
        packet.Version = reader.U32();
        byte length = reader.U8();
        packet.Destination = reader.Take(length);
        byte sourceLength = reader.U8();
        packet.Source = reader.Take(sourceLength);
        if ((first & 0x80) == 0 || reader.IsCut || length > LongestId || sourceLength > LongestId || !IsVersion(packet.Version)
            || (packet.Version != 0 && (first & 0x40) == 0))
        {
            return false;
        }

        packet.Type = first >> 4 & 3;
        if (packet.Version == 0)
        {
            packet.Versions = reader.Rest;
            return true;
        }

        packet.Kind = packet.Version == Version2 ? packet.Type + 3 & 3 : packet.Type; // version 2 numbers them otherwise
        if (packet.Kind == QuicPacket.Retry)
        {
            return true;
        }

        if (packet.Kind == QuicPacket.Initial)
        {
            packet.TokenLength = Variable(ref reader);
            reader.Take(packet.TokenLength);
        }

        packet.Length = Variable(ref reader);
        reader.Take(packet.Length);
        packet.Next = reader.Rest;
        return true;
    }

    private static bool IsVersion(uint version) => version is 0 or Version1 or Version2 || version >> 8 == 0xff0000
        || (version & 0x0f0f0f0f) == 0x0a0a0a0a;

    /// <summary>An integer whose first two bits tell its length: RFC 9000 16.</summary>
    private static long Variable(ref ByteReader reader)
    {
        byte first = reader.U8();
        long value = first & 0x3f;
        for (int more = (1 << (first >> 6)) - 1; more > 0; more--)
        {
            value = value << 8 | reader.U8();
        }

        return value;
    }

    private static ReadOnlySpan<byte> TypeName(in QuicPacket packet) => packet.Version == 0 ? "version negotiation"u8
        : packet.Kind switch
        {
            QuicPacket.Initial => "Initial"u8,
            1 => "0-RTT"u8,
            2 => "Handshake"u8,
            _ => "Retry"u8,
        };

    private static void WriteVersion(LineBuffer line, uint version)
    {
        if (version is Version1 or Version2)
        {
            line.Text(version == Version1 ? ", version 1"u8 : ", version 2"u8);
        }
        else if (version != 0)
        {
            line.Text(", version 0x"u8).Hex(version, 8);
        }
    }

    private ref struct QuicPacket
    {
        public const int Initial = 0;
        public const int Retry = 3;

        public uint Version;

        /// <summary>The two bits of the header.</summary>
        public int Type;

        /// <summary>The type as version 1 numbers it.</summary>
        public int Kind;

        public ReadOnlySpan<byte> Destination;
        public ReadOnlySpan<byte> Source;
        public ReadOnlySpan<byte> Versions;
        public long TokenLength;
        public long Length;

        /// <summary>Other packets in the same datagram.</summary>
        public ReadOnlySpan<byte> Next;
    }
}
