using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The options of a TCP header, in tcpdump's words: RFC 9293 3.2, RFC 7323, RFC 2018.</summary>
internal static class TcpOptions
{
    private const byte Mss = 2;
    private const byte WindowScale = 3;
    private const byte SackPermitted = 4;
    private const byte Sack = 5;
    private const byte Timestamps = 8;

    private const byte UserTimeout = 28;
    private const byte FastOpen = 34;

    /// <summary>Adds <c>, options [mss 1460,sackOK,...]</c>; nothing when there are none.</summary>
    /// <param name="line">The line.</param>
    /// <param name="bytes">The options.</param>
    /// <param name="first">The sequence number to count acknowledged bytes from; 0 for numbers as they are.</param>
    public static void WriteText(LineBuffer line, ReadOnlySpan<byte> bytes, uint first)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        line.Text(", options ["u8);
        bool any = false;
        OptionReader options = new(bytes);
        for (; options.Next(); any = true)
        {
            WriteOne(line.Text(any ? ","u8 : default), options.Kind, options.Value, first);
        }

        if (options.IsBroken)
        {
            line.Text(any ? ",bad"u8 : "bad"u8);
        }
        else if (options.IsEnded)
        {
            line.Text(any ? ",eol"u8 : "eol"u8);
        }

        line.Text("]"u8);
    }

    /// <summary>Writes the options as a list; nothing when there are none.</summary>
    public static void WriteFields(FieldWriter fields, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        fields.BeginList("options"u8);
        OptionReader options = new(bytes);
        while (options.Next())
        {
            fields.Begin(default);
            WriteOne(fields, options.Kind, options.Value);
            fields.End();
        }

        fields.EndList();
    }

    private static void WriteOne(LineBuffer line, byte kind, ReadOnlySpan<byte> value, uint first)
    {
        switch (kind)
        {
            case Mss or UserTimeout when value.Length == 2:
                line.Text(Name(kind)).Text(" "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case WindowScale when value.Length == 1:
                line.Text("wscale "u8).Number(value[0]);
                break;
            case SackPermitted when value.Length == 0:
            case OptionReader.NoOperation or 19 or 29 or 30:
                line.Text(Name(kind));
                break;
            case Sack when value.Length % 8 == 0:
                line.Text("sack "u8).Number(value.Length / 8).Text(" "u8);
                for (; value.Length >= 8; value = value[8..])
                {
                    line.Text("{"u8).Number(BinaryPrimitives.ReadUInt32BigEndian(value) - first).Text(":"u8)
                        .Number(BinaryPrimitives.ReadUInt32BigEndian(value[4..]) - first).Text("}"u8);
                }

                break;
            case Timestamps when value.Length == 8:
                line.Text("TS val "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(value)).Text(" ecr "u8)
                    .Number(BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                break;
            case FastOpen:
                line.Text("tfo "u8).HexBytes(value);
                break;
            default:
                line.Text("option "u8).Number(kind).Text(value.IsEmpty ? default : " "u8).HexBytes(value);
                break;
        }
    }

    private static void WriteOne(FieldWriter fields, byte kind, ReadOnlySpan<byte> value)
    {
        fields.Number("kind"u8, kind);
        fields.Name("name"u8, Name(kind));
        switch (kind)
        {
            case Mss when value.Length == 2:
                fields.Number("mss"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case WindowScale when value.Length == 1:
                fields.Number("window_scale"u8, value[0]);
                break;
            case Sack when value.Length % 8 == 0:
                fields.BeginList("sack_blocks"u8);
                for (; !value.IsEmpty; value = value[8..])
                {
                    fields.Begin(default);
                    fields.Number("left"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                    fields.Number("right"u8, BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                    fields.End();
                }

                fields.EndList();
                break;
            case Timestamps when value.Length == 8:
                fields.Number("timestamp"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                fields.Number("timestamp_echo"u8, BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                break;
            default:
                if (!value.IsEmpty)
                {
                    fields.Hex("value"u8, value);
                }

                break;
        }
    }

    /// <summary>The name of an option; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> Name(byte kind) => kind switch
    {
        OptionReader.NoOperation => "nop"u8,
        Mss => "mss"u8,
        WindowScale => "wscale"u8,
        SackPermitted => "sackOK"u8,
        Sack => "sack"u8,
        Timestamps => "TS"u8,
        19 => "md5"u8,
        UserTimeout => "uto"u8,
        29 => "tcp-ao"u8,
        30 => "mptcp"u8,
        FastOpen => "tfo"u8,
        _ => default,
    };
}
