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

/// <summary>IPsec's encrypted payload: RFC 4303. What it holds cannot be read.</summary>
internal sealed class Esp : Protocol
{
    private const byte Number = 50;
    private const int Length = 8;

    /// <inheritdoc/>
    public override string Name => "ESP";

    /// <inheritdoc/>
    public override string[] FieldNames => ["esp.spi", "esp.sequence"];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) =>
        frame.Protocol == Number && frame.Transport.Length >= Length && frame.FragmentOffset == 0;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        line.Name("ESP"u8).Text(" spi 0x"u8).Hex(BinaryPrimitives.ReadUInt32BigEndian(frame.Transport), 8)
            .Text(" seq "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(frame.Transport[4..]));
        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        fields.Begin("esp"u8);
        fields.Number("spi"u8, BinaryPrimitives.ReadUInt32BigEndian(frame.Transport));
        fields.Number("sequence"u8, BinaryPrimitives.ReadUInt32BigEndian(frame.Transport[4..]));
        fields.End();
        return true;
    }
}
