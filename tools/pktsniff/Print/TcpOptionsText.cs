using System.Buffers.Binary;

namespace NetTools.PktSniff.Print;

/// <summary>The options of a TCP header in tcpdump's words: RFC 9293 3.2, RFC 7323, RFC 2018.</summary>
internal static class TcpOptionsText
{
    /// <summary>Adds <c>, options [mss 1460,sackOK,...]</c>; nothing when there are none.</summary>
    public static void Write(LineBuffer line, ReadOnlySpan<byte> options)
    {
        if (options.IsEmpty)
        {
            return;
        }

        line.Text(", options ["u8);
        bool first = true;
        while (!options.IsEmpty && options[0] != 0)
        {
            int length = options[0] == 1 ? 1 : options.Length >= 2 ? options[1] : 0;
            line.Text(first ? default : ","u8);
            first = false;
            if (length < (options[0] == 1 ? 1 : 2) || length > options.Length)
            {
                line.Text("bad"u8);
                break;
            }

            WriteOne(line, options[0], options[Math.Min(2, length)..length]);
            options = options[length..];
        }

        line.Text(first ? "eol]"u8 : "]"u8);
    }

    private static void WriteOne(LineBuffer line, byte kind, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case 1:
                line.Text("nop"u8);
                break;
            case 2 when value.Length == 2:
                line.Text("mss "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case 3 when value.Length == 1:
                line.Text("wscale "u8).Number(value[0]);
                break;
            case 4 when value.Length == 0:
                line.Text("sackOK"u8);
                break;
            case 5 when value.Length % 8 == 0:
                line.Text("sack"u8);
                for (; value.Length >= 8; value = value[8..])
                {
                    line.Text(" "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(value)).Text(":"u8)
                        .Number(BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                }

                break;
            case 8 when value.Length == 8:
                line.Text("TS val "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(value)).Text(" ecr "u8)
                    .Number(BinaryPrimitives.ReadUInt32BigEndian(value[4..]));
                break;
            case 19:
                line.Text("md5"u8);
                break;
            case 28 when value.Length == 2:
                line.Text("uto "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case 29:
                line.Text("tcp-ao"u8);
                break;
            case 30:
                line.Text("mptcp"u8);
                break;
            case 34:
                line.Text("tfo "u8).HexBytes(value);
                break;
            default:
                line.Text("option "u8).Number(kind).Text(value.IsEmpty ? default : " "u8).HexBytes(value);
                break;
        }
    }
}
