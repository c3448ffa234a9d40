using NetTools.Terminal;

namespace NetTools.PktSniff.Print;

/// <summary>Bytes in rows of sixteen: offset, hex, and printable characters when asked for.</summary>
internal static class HexDump
{
    private const int Row = 16;
    private const int TextColumn = 41;

    /// <summary>Writes the rows.</summary>
    public static void Write(Output output, LineBuffer line, ReadOnlySpan<byte> bytes, bool withText)
    {
        for (int offset = 0; offset < bytes.Length; offset += Row)
        {
            ReadOnlySpan<byte> row = bytes[offset..Math.Min(bytes.Length, offset + Row)];
            line.Clear();
            line.Text("\t0x"u8).Hex((uint)offset, 4).Text(": "u8);
            int column = 0;
            for (int i = 0; i < row.Length; i++)
            {
                if (i % 2 == 0)
                {
                    line.Text(" "u8);
                    column++;
                }

                line.Hex(row[i], 2);
                column += 2;
            }

            if (withText)
            {
                for (; column < TextColumn; column++)
                {
                    line.Text(" "u8);
                }

                foreach (byte value in row)
                {
                    line.Text(value is >= 0x21 and < 0x7f ? new ReadOnlySpan<byte>(in value) : "."u8);
                }
            }

            line.End(output);
        }
    }
}
