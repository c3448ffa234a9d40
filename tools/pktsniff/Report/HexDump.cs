using NetTools.PktSniff.Capture;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>A packet's bytes: rows of sixteen with their offset in hex, with or without text, or as text alone.</summary>
internal static class HexDump
{
    private const int Row = 16;
    private const int TextColumn = 42;
    private const int LongestLine = 8192;

    /// <summary>Writes the rows.</summary>
    public static void Write(Output output, LineBuffer line, ReadOnlySpan<byte> bytes, HexStyle style)
    {
        line.Clear();
        if (style == HexStyle.Text)
        {
            WriteText(output, line, bytes);
            return;
        }

        for (int offset = 0; offset < bytes.Length; offset += Row)
        {
            ReadOnlySpan<byte> row = bytes[offset..Math.Min(bytes.Length, offset + Row)];
            line.Text("\t0x"u8).Hex((uint)offset, offset > ushort.MaxValue ? 5 : 4).Text(": "u8);
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

            if (style == HexStyle.HexAndText)
            {
                for (; column < TextColumn; column++)
                {
                    line.Text(" "u8);
                }

                foreach (byte value in row)
                {
                    line.Text(value is > 0x20 and < 0x7f ? new ReadOnlySpan<byte>(in value) : "."u8);
                }
            }

            line.End(output);
        }
    }

    /// <summary>Line ends stay, a return before one goes, and what could move a terminal becomes a dot.</summary>
    private static void WriteText(Output output, LineBuffer line, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            if (line.Bytes.Length >= LongestLine)
            {
                line.End(output);
            }

            if (value == (byte)'\n')
            {
                line.End(output);
            }
            else if (value != '\r' || i + 1 == bytes.Length || bytes[i + 1] != '\n')
            {
                line.Text(value is >= 0x20 and < 0x7f or (byte)'\t' ? new ReadOnlySpan<byte>(in value) : "."u8);
            }
        }

        line.End(output);
    }
}
