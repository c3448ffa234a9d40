using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>IPsec's authentication header, behind which the packet goes on: RFC 4302.</summary>
internal static class Security
{
    private const int FixedLength = 12;

    /// <summary>Names of the fields.</summary>
    public static string[] FieldNames => ["ah.spi", "ah.sequence"];

    /// <summary>Adds the header of an IPv4 packet; over IPv6 it is one of the extension headers.</summary>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame)
    {
        if (frame.Authentication.Length >= FixedLength)
        {
            line.Text("AH spi 0x"u8).Hex(BinaryPrimitives.ReadUInt32BigEndian(frame.Authentication[4..]), 8)
                .Text(" seq "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(frame.Authentication[8..])).Text(", "u8);
        }
    }

    /// <summary>Writes the header's fields, where there is one.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (frame.Authentication.Length >= FixedLength)
        {
            fields.Begin("ah"u8);
            fields.Number("spi"u8, BinaryPrimitives.ReadUInt32BigEndian(frame.Authentication[4..]));
            fields.Number("sequence"u8, BinaryPrimitives.ReadUInt32BigEndian(frame.Authentication[8..]));
            fields.End();
        }
    }
}

/// <summary>
/// IPsec's encrypted payload, over IP or on UDP port 4500 where IKE leaves off: RFC 4303, RFC 3948. What it holds cannot be read.
/// </summary>
internal sealed class Esp() : PayloadProtocol("ESP", "esp", "spi", "sequence", "keepalive")
{
    private const int Length = 8;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        if (!frame.Has(FrameLayers.Udp))
        {
            return message.Length >= Length;
        }

        bool isPort = frame.SourcePort == Isakmp.TranslatedPort || frame.DestinationPort == Isakmp.TranslatedPort;
        return isPort && (IsKeepalive(message) || (message.Length >= Length && message is not [0, 0, 0, 0, ..]));
    }

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        if (IsKeepalive(message))
        {
            line.Text(" NAT keepalive"u8);
            return;
        }

        line.Text(" spi 0x"u8).Hex(BinaryPrimitives.ReadUInt32BigEndian(message), 8)
            .Text(" seq "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        if (IsKeepalive(message))
        {
            fields.Flag("keepalive"u8, true);
            return;
        }

        fields.Number("spi"u8, BinaryPrimitives.ReadUInt32BigEndian(message));
        fields.Number("sequence"u8, BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
    }

    /// <summary>A byte that keeps the entry of an address translator alive.</summary>
    private static bool IsKeepalive(ReadOnlySpan<byte> message) => message is [0xff];
}
