using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>VRRP, versions 2 and 3: RFC 3768, RFC 9568.</summary>
internal sealed class Vrrp() : PayloadProtocol("VRRP", "vrrp", "version", "type", "virt_rtr_id", "prio", "addr_count",
    "adver_int_s",
    "short_adver_int_cs", "ip_addr", "ipv6_addr")
{
    private const int HeaderLength = 8;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && message[0] >> 4 is 2 or 3;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(message[0] >> 4).Text((message[0] & 15) == 1 ? ", Advertisement, vrid "u8
            : ", unknown type, vrid "u8)
            .Number(message[1]).Text(", prio "u8).Number(message[2]).Text(", intvl "u8);
        if (message[0] >> 4 == 2)
        {
            line.Number(message[5]).Text("s"u8);
        }
        else
        {
            line.Number(Interval(message)).Text("cs"u8);
        }

        ByteReader addresses = new(message[HeaderLength..]);
        int length = frame.Has(FrameLayers.IPv4) ? 4 : 16;
        for (int left = message[3]; left > 0 && addresses.Has(length); left--)
        {
            line.Text(left == message[3] ? ", addrs "u8 : ","u8).Address(addresses.Whole(length));
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0] >> 4);
        fields.Number("type"u8, message[0] & 15);
        fields.Number("virt_rtr_id"u8, message[1]);
        fields.Number("prio"u8, message[2]);
        fields.Number("addr_count"u8, message[3]);
        if (message[0] >> 4 == 2)
        {
            fields.Number("adver_int_s"u8, message[5]);
        }
        else
        {
            fields.Number("short_adver_int_cs"u8, Interval(message));
        }

        fields.BeginList(frame.Has(FrameLayers.IPv4) ? "ip_addr"u8 : "ipv6_addr"u8);
        ByteReader addresses = new(message[HeaderLength..]);
        int length = frame.Has(FrameLayers.IPv4) ? 4 : 16;
        for (int left = message[3]; left > 0 && addresses.Has(length); left--)
        {
            fields.Address(default, addresses.Whole(length));
        }

        fields.EndList();
    }

    /// <summary>Hundredths of a second.</summary>
    private static int Interval(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[4..]) & 0xfff;
}
