using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>BGP: the messages in a segment that begins with one: RFC 4271.</summary>
internal sealed class Bgp() : PayloadProtocol("BGP", "bgp", "type", "length", "open.version", "open.myas", "open.holdtime_s",
    "open.identifier", "notify.major_error", "notify.minor_error", "withdrawn", "nlri_prefix", "continuation")
{
    private const int HeaderLength = 19;
    private const int MarkerLength = 16;
    private const int MostMessages = 64;
    private const int MostMessagesInText = 8;
    private const int MostPrefixes = 16;
    private const byte Open = 1;
    private const byte Update = 2;
    private const byte Notification = 3;

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => IsMessage(PayloadOf(frame));

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) => !message.IsEmpty;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        ByteReader reader = new(message);
        for (int left = MostMessagesInText; IsMessage(reader.Rest); left--)
        {
            if (left == 0)
            {
                line.Text(", ..."u8);
                return;
            }

            ByteReader body = Next(ref reader, out byte type);
            line.Text(", "u8).Text(TypeName(type));
            switch (type)
            {
                case Open when body.Has(10):
                    body.U8();
                    line.Text(" AS "u8).Number(body.U16()).Text(" hold "u8).Number(body.U16()).Text("s id "u8)
                        .Address(body.Whole(4));
                    break;
                case Notification when body.Has(2):
                    byte error = body.U8();
                    ReadOnlySpan<byte> name = ErrorName(error);
                    line.Text(" "u8).Text(name.IsEmpty ? "unknown error"u8 : name).Text(" ("u8).Number(error).Text("/"u8)
                        .Number(body.U8()).Text(")"u8);
                    break;
                case Update:
                    WritePrefixes(line, body);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        if (!IsMessage(message))
        {
            fields.Flag("continuation"u8, true);
            return;
        }

        WriteAll(fields, "type"u8, message, isLength: false);
        WriteAll(fields, "length"u8, message, isLength: true);
        ByteReader reader = new(message);
        bool opened = false; // a member of an object must not come twice: the first counts
        bool notified = false;
        bool updated = false;
        for (int left = MostMessages; left > 0 && IsMessage(reader.Rest); left--)
        {
            ByteReader body = Next(ref reader, out byte type);
            switch (type)
            {
                case Open when body.Has(10) && !opened:
                    opened = true;
                    fields.Begin("open"u8);
                    fields.Number("version"u8, body.U8());
                    fields.Number("myas"u8, body.U16());
                    fields.Number("holdtime_s"u8, body.U16());
                    fields.Address("identifier"u8, body.Whole(4));
                    fields.End();
                    break;
                case Notification when body.Has(2) && !notified:
                    notified = true;
                    fields.Begin("notify"u8);
                    fields.Number("major_error"u8, body.U8());
                    fields.Number("minor_error"u8, body.U8());
                    fields.End();
                    break;
                case Update when !updated:
                    updated = true;
                    WritePrefixes(fields, "withdrawn"u8, new ByteReader(body.Take(body.U16())));
                    body.Take(body.U16());
                    WritePrefixes(fields, "nlri_prefix"u8, body);
                    break;
            }
        }
    }

    private static void WriteAll(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, bool isLength)
    {
        ByteReader reader = new(message);
        fields.BeginList(name);
        for (int left = MostMessages; left > 0 && IsMessage(reader.Rest); left--)
        {
            int length = reader.Rest[MarkerLength] << 8 | reader.Rest[MarkerLength + 1];
            Next(ref reader, out byte type);
            fields.Number(default, isLength ? length : type);
        }

        fields.EndList();
    }

    private static void WritePrefixes(LineBuffer line, ByteReader body)
    {
        ByteReader withdrawn = new(body.Take(body.U16()));
        body.Take(body.U16());
        Span<byte> address = stackalloc byte[4];
        for (int left = MostPrefixes; left > 0 && TryPrefix(ref withdrawn, address, out byte bits); left--)
        {
            line.Text(" withdraw "u8).Address(address).Text("/"u8).Number(bits);
        }

        for (int left = MostPrefixes; left > 0 && TryPrefix(ref body, address, out byte bits); left--)
        {
            line.Text(" "u8).Address(address).Text("/"u8).Number(bits);
        }
    }

    private static void WritePrefixes(FieldWriter fields, ReadOnlySpan<byte> name, ByteReader prefixes)
    {
        Span<byte> address = stackalloc byte[4];
        fields.BeginList(name);
        for (int left = MostPrefixes; left > 0 && TryPrefix(ref prefixes, address, out byte bits); left--)
        {
            fields.Text(default, fields.Fresh().Address(address).Text("/"u8).Number(bits).Bytes);
        }

        fields.EndList();
    }

    /// <summary>A number of bits and as many bytes as they need: RFC 4271 4.3.</summary>
    private static bool TryPrefix(ref ByteReader reader, scoped Span<byte> address, out byte bits)
    {
        bits = reader.U8();
        ReadOnlySpan<byte> bytes = reader.Whole(Math.Min((int)bits, 32) + 7 >> 3);
        address.Clear();
        bytes.CopyTo(address);
        return !reader.IsCut && bits <= 32;
    }

    private static ByteReader Next(ref ByteReader reader, out byte type)
    {
        reader.Take(MarkerLength);
        int length = reader.U16();
        type = reader.U8();
        return new ByteReader(reader.Take(Math.Max(0, length - HeaderLength)));
    }

    private static bool IsMessage(ReadOnlySpan<byte> bytes) => bytes.Length >= HeaderLength
        && bytes[..MarkerLength].IndexOfAnyExcept((byte)0xff) < 0 && !TypeName(bytes[HeaderLength - 1]).IsEmpty;

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        Open => "Open Message"u8,
        Update => "Update Message"u8,
        Notification => "Notification Message"u8,
        4 => "Keepalive Message"u8,
        5 => "Route Refresh Message"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> ErrorName(byte error) => error switch
    {
        1 => "Message Header Error"u8,
        2 => "OPEN Message Error"u8,
        3 => "UPDATE Message Error"u8,
        4 => "Hold timer expired"u8,
        5 => "Finite State Machine Error"u8,
        6 => "Cease"u8,
        7 => "Route Refresh Message Error"u8,
        _ => default,
    };
}
