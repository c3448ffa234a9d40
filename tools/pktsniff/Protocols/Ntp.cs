using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>NTP: RFC 5905.</summary>
internal sealed class Ntp() : PayloadProtocol("NTP", "ntp", "flags.li", "flags.vn", "flags.mode", "stratum", "ppoll", "precision",
    "rootdelay_s", "rootdispersion_s", "refid", "reftime_s", "org_s", "rec_s", "xmt_s")
{
    private const int Length = 48;
    private const int ShortestLength = 12;
    private const int Control = 6;
    private const double FixedPoint = 65536;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= ShortestLength && Version(message) is >= 1 and <= 4 && Mode(message) is > 0;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(Version(message)).Text(", "u8).Text(Mode(message) switch
        {
            1 => "symmetric active"u8,
            2 => "symmetric passive"u8,
            3 => "Client"u8,
            4 => "Server"u8,
            5 => "Broadcast"u8,
            Control => "Control Message"u8,
            _ => "Reserved"u8,
        });
        if (IsPlain(message))
        {
            line.Text(message[0] >> 6 == 3 ? ", not synchronized"u8 : default).Text(", stratum "u8).Number(message[1]);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Begin("flags"u8);
        fields.Number("li"u8, message[0] >> 6);
        fields.Number("vn"u8, Version(message));
        fields.Number("mode"u8, Mode(message));
        fields.End();
        if (!IsPlain(message))
        {
            return;
        }

        fields.Number("stratum"u8, message[1]);
        fields.Number("ppoll"u8, (sbyte)message[2]);
        fields.Number("precision"u8, (sbyte)message[3]);
        WriteSeconds(fields, "rootdelay_s"u8, message[4..]);
        WriteSeconds(fields, "rootdispersion_s"u8, message[8..]);
        if (message[1] <= 1)
        {
            fields.Wire("refid"u8, message.Slice(12, 4).TrimEnd((byte)0));
        }
        else
        {
            fields.Address("refid"u8, message.Slice(12, 4));
        }

        WriteTime(fields, "reftime_s"u8, message[16..]);
        WriteTime(fields, "org_s"u8, message[24..]);
        WriteTime(fields, "rec_s"u8, message[32..]);
        WriteTime(fields, "xmt_s"u8, message[40..]);
    }

    private static int Version(ReadOnlySpan<byte> message) => message[0] >> 3 & 7;

    private static int Mode(ReadOnlySpan<byte> message) => message[0] & 7;

    private static bool IsPlain(ReadOnlySpan<byte> message) => message.Length >= Length && Mode(message) < Control;

    /// <summary>A number of seconds with 16 bits behind the point.</summary>
    private static void WriteSeconds(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        long micros = (long)(BinaryPrimitives.ReadUInt32BigEndian(bytes) / FixedPoint * 1e6);
        fields.Digits(name, fields.Fresh().Number(micros / 1_000_000).Text("."u8).Padded((uint)(micros % 1_000_000), 6).Bytes);
    }

    /// <summary>Seconds since 1900, or since 2036 when the first bit is clear, as seconds since 1970; 0 is unknown.</summary>
    private static void WriteTime(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        const long to1970 = 2_208_988_800;
        uint seconds = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        uint fraction = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (seconds == 0 && fraction == 0)
        {
            fields.Null(name);
            return;
        }

        long since1970 = seconds - to1970 + (seconds < 0x8000_0000 ? 1L << 32 : 0);
        uint nanos = (uint)(fraction * 1_000_000_000UL >> 32);
        fields.Digits(name, fields.Fresh().Number(since1970).Text("."u8).Padded(nanos, 9).Bytes);
    }
}
