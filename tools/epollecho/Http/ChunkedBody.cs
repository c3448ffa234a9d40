namespace NetTools.EpollEcho.Http;

/// <summary>
/// Chunk framing of request bodies (RFC 9112, 7.1). Lines must end in CR LF here: a bare LF is how requests are smuggled.
/// </summary>
internal static class ChunkedBody
{
    /// <summary>The longest line with the size of a chunk and its extensions, or of a trailer field, bytes.</summary>
    public const int MaxLine = 4096;

    /// <summary>More bytes are needed.</summary>
    public const int Incomplete = -1;

    /// <summary>The framing is broken.</summary>
    public const int Broken = -2;

    /// <summary>Reads the line that begins a chunk.</summary>
    /// <param name="input">From the first digit of the size.</param>
    /// <param name="length">Bytes of the line with its end.</param>
    /// <returns>
    /// The size of the chunk, 0 for the last; more than <see cref="HttpRequest.MaxBody"/> means too long; or a value above.
    /// </returns>
    public static int ReadSize(ReadOnlySpan<byte> input, out int length)
    {
        length = 0;
        int digits = 0;
        long size = 0;
        for (; digits < input.Length && char.IsAsciiHexDigit((char)input[digits]); digits++)
        {
            size = Math.Min((size << 4) + HexValue(input[digits]), int.MaxValue); // more than fits is too long in any case
        }

        ReadOnlySpan<byte> rest = input[digits..];
        if (rest.Length == 0)
        {
            return digits > MaxLine ? Broken : Incomplete;
        }

        int spaces = rest.IndexOfAnyExcept((byte)' ', (byte)'\t'); // tolerated before an extension only
        bool extension = spaces >= 0 && rest[spaces] == ';';
        if (digits == 0 || (!extension && spaces >= 0 && rest[0] != '\r'))
        {
            return Broken;
        }

        int end = ReadLine(input, out length);
        return end < 0 ? end : (int)size;
    }

    /// <summary>Reads a trailer field.</summary>
    /// <param name="input">From the beginning of a line.</param>
    /// <param name="length">Bytes of the line with its end.</param>
    /// <returns>
    /// Bytes without the end, 0 for the empty line after the last; or <see cref="Incomplete"/> or <see cref="Broken"/>.
    /// </returns>
    public static int ReadLine(ReadOnlySpan<byte> input, out int length)
    {
        length = 0;
        int end = input.IndexOfAny((byte)'\r', (byte)'\n');
        if (end > MaxLine || (end < 0 && input.Length > MaxLine) || (end >= 0 && input[end] == '\n')
            || (end >= 0 && end + 1 < input.Length && input[end + 1] != '\n'))
        {
            return Broken;
        }

        if (end < 0 || end + 1 == input.Length)
        {
            return Incomplete;
        }

        length = end + 2;
        return end;
    }

    /// <summary>Looks through a whole body before anything is answered.</summary>
    /// <param name="input">From the first chunk.</param>
    /// <param name="size">Bytes of data in it so far.</param>
    /// <returns>0 when it is complete, <see cref="Incomplete"/>, or the status that refuses it: 400 or 413.</returns>
    public static int Measure(ReadOnlySpan<byte> input, out int size)
    {
        size = 0;
        while (true)
        {
            int chunk = ReadSize(input, out int length);
            if (chunk < 0)
            {
                return chunk == Incomplete ? Incomplete : 400;
            }

            if (chunk > HttpRequest.MaxBody - size)
            {
                return 413;
            }

            input = input[length..];
            if (chunk == 0)
            {
                return MeasureTrailer(input);
            }

            size += chunk;
            if (input.Length < chunk + 2)
            {
                return input.Length > chunk && input[chunk] != '\r' ? 400 : Incomplete;
            }

            if (input[chunk] != '\r' || input[chunk + 1] != '\n')
            {
                return 400;
            }

            input = input[(chunk + 2)..];
        }
    }

    private static int MeasureTrailer(ReadOnlySpan<byte> input)
    {
        while (true)
        {
            int line = ReadLine(input, out int length);
            if (line <= 0)
            {
                return line == Broken ? 400 : line;
            }

            input = input[length..];
        }
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
