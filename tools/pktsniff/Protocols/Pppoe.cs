using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>PPP over Ethernet, discovery and session: RFC 2516.</summary>
internal sealed class Pppoe() : PayloadProtocol("PPPoE", "pppoe",
    "code", "session_id", "payload_length", "service_name", "ac_name", "host_uniq", "error",
    "missing_bytes")
{
    private const int HeaderLength = 6;
    private const int MostTags = 32;
    private const int ServiceName = 0x101;
    private const int ConcentratorName = 0x102;
    private const int HostUnique = 0x103;

    /// <summary>The PPP packet of a session.</summary>
    public static bool TryEnter(ReadOnlySpan<byte> packet, ref Tunnel tunnel)
    {
        if (packet.Length < HeaderLength || packet[1] != 0)
        {
            return false;
        }

        tunnel.Name = "pppoe"u8;
        tunnel.Inner = Payload(packet);
        tunnel.EtherType = FrameDecoder.PppType;
        return true;
    }

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        ReadOnlySpan<byte> name = CodeName(message[1]);
        line.Text(name.IsEmpty && message[1] != 0 ? " code 0x"u8 : name);
        if (name.IsEmpty && message[1] != 0)
        {
            line.Hex(message[1], 2);
        }

        int session = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if (session != 0)
        {
            line.Text(" [ses 0x"u8).Hex((uint)session, session > 0xfff ? 4 : session > 0xff ? 3 : session > 15 ? 2 : 1)
                .Text("]"u8);
        }

        int missing = Missing(message);
        if (missing > 0)
        {
            line.Text(", "u8).Number(missing).Text(" bytes of its payload missing"u8);
        }

        if (frame.EtherType == Linux.ETH_P_PPP_SES)
        {
            return;
        }

        ByteReader tags = new(Payload(message));
        for (int left = MostTags; left > 0 && tags.Has(4); left--)
        {
            WriteTag(line, tags.U16(), tags.Take(tags.U16()));
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("code"u8, message[1]);
        fields.Number("session_id"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        fields.Number("payload_length"u8, BinaryPrimitives.ReadUInt16BigEndian(message[4..]));
        int missing = Missing(message);
        if (missing > 0)
        {
            fields.Number("missing_bytes"u8, missing);
        }

        if (frame.EtherType == Linux.ETH_P_PPP_SES)
        {
            return;
        }

        ByteReader tags = new(Payload(message));
        int seen = 0; // a member of an object must not come twice: the first counts
        for (int left = MostTags; left > 0 && tags.Has(4); left--)
        {
            int tag = tags.U16();
            ReadOnlySpan<byte> value = tags.Take(tags.U16());
            int bit = tag switch { ServiceName => 1, ConcentratorName => 2, HostUnique => 4, > 0x200 => 8, _ => 0 };
            if ((seen & bit) != 0)
            {
                continue;
            }

            seen |= bit;
            switch (bit)
            {
                case 1:
                    fields.Wire("service_name"u8, value);
                    break;
                case 2:
                    fields.Wire("ac_name"u8, value);
                    break;
                case 4:
                    fields.Hex("host_uniq"u8, value);
                    break;
                case 8:
                    fields.Wire("error"u8, value);
                    break;
            }
        }
    }

    /// <summary>By how much the header claims more payload than is here; the frame may itself be captured in part.</summary>
    private static int Missing(ReadOnlySpan<byte> packet) =>
        Math.Max(0, BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) - (packet.Length - HeaderLength));

    private static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> packet) =>
        packet.Slice(HeaderLength, Math.Min(BinaryPrimitives.ReadUInt16BigEndian(packet[4..]), packet.Length - HeaderLength));

    /// <summary>In tcpdump's form: <c> [AC-Name "one"]</c>.</summary>
    private static void WriteTag(LineBuffer line, int tag, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> name = tag switch
        {
            0 => "EOL"u8,
            ServiceName => "Service-Name"u8,
            ConcentratorName => "AC-Name"u8,
            HostUnique => "Host-Uniq"u8,
            0x104 => "AC-Cookie"u8,
            0x105 => "Vendor-Specific"u8,
            0x110 => "Relay-Session-ID"u8,
            0x120 => "PPP-Max-Payload"u8,
            0x201 => "Service-Name-Error"u8,
            0x202 => "AC-System-Error"u8,
            0x203 => "Generic-Error"u8,
            _ => default,
        };
        line.Text(" ["u8).Text(name.IsEmpty ? "tag 0x"u8 : name);
        if (name.IsEmpty)
        {
            line.Hex((uint)tag, 4);
        }

        if (tag is ServiceName or ConcentratorName or > 0x200 && !value.IsEmpty)
        {
            line.Text(" \""u8).Printable(value[..Math.Min(value.Length, 80)]).Text("\""u8);
        }
        else if (!value.IsEmpty)
        {
            line.Text(" 0x"u8).HexBytes(value[..Math.Min(value.Length, 20)]);
        }

        line.Text("]"u8);
    }

    private static ReadOnlySpan<byte> CodeName(byte code) => code switch
    {
        0x09 => " PADI"u8,
        0x07 => " PADO"u8,
        0x19 => " PADR"u8,
        0x65 => " PADS"u8,
        0xa7 => " PADT"u8,
        _ => default,
    };
}
