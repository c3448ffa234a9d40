namespace NetTools.EpollEcho.Http;

/// <summary>Reads a chunked body (RFC 9112, section 7.1), byte by byte where lines are concerned; keeps nothing.</summary>
internal struct HttpChunks
{
    private const int MaxLine = 4096; // of a size with its extensions
    private const int MaxSizeDigits = 15; // 60 bits

    private Part _part;
    private bool _anyInLine;
    private int _digits;
    private int _lineLength;
    private long _left;

    private enum Part : byte
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataEnd,
        DataEndLine,
        Trailer,
        TrailerEnd,
    }

    /// <summary>Reads on, to the end of a piece of data or of the body.</summary>
    /// <param name="bytes">What came; what was used is taken off its front.</param>
    /// <param name="data">The piece of data.</param>
    public HttpProgress Read(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> data)
    {
        data = default;
        while (bytes.Length > 0)
        {
            if (_part == Part.Data)
            {
                int part = (int)Math.Min(_left, bytes.Length);
                data = bytes[..part];
                bytes = bytes[part..];
                _left -= part;
                _part = _left == 0 ? Part.DataEnd : Part.Data;
                return HttpProgress.Body;
            }

            byte letter = bytes[0];
            bytes = bytes[1..];
            HttpProgress progress = Take(letter);
            if (progress != HttpProgress.NeedsMore)
            {
                return progress;
            }
        }

        return HttpProgress.NeedsMore;
    }

    private HttpProgress Take(byte letter)
    {
        if (_part is Part.Size or Part.Extension or Part.Trailer
            && ++_lineLength > (_part == Part.Trailer ? HttpAnswer.MaxHead : MaxLine))
        {
            return HttpProgress.Broken;
        }

        switch (_part)
        {
            case Part.Size when Digit(letter) is int digit and >= 0:
                _left = (_left << 4) | (long)digit;
                return ++_digits > MaxSizeDigits ? HttpProgress.Broken : HttpProgress.NeedsMore;
            case Part.Size when _digits > 0 && letter is (byte)';' or (byte)' ' or (byte)'\t' or (byte)'\r':
                return Next(letter == '\r' ? Part.SizeEnd : Part.Extension);
            case Part.Extension when letter != '\n':
                return letter == '\r' ? Next(Part.SizeEnd) : HttpProgress.NeedsMore;
            case Part.SizeEnd when letter == '\n':
                (_digits, _lineLength, _anyInLine) = (0, 0, false);
                return Next(_left > 0 ? Part.Data : Part.Trailer);
            case Part.DataEnd when letter == '\r':
                return Next(Part.DataEndLine);
            case Part.DataEndLine when letter == '\n':
                return Next(Part.Size);
            case Part.Trailer when letter != '\n':
                if (letter == '\r')
                {
                    return Next(Part.TrailerEnd);
                }

                _anyInLine = true;
                return HttpProgress.NeedsMore;
            case Part.TrailerEnd when letter == '\n':
                if (!_anyInLine)
                {
                    return HttpProgress.Complete;
                }

                _anyInLine = false;
                return Next(Part.Trailer);
            default:
                return HttpProgress.Broken;
        }
    }

    private HttpProgress Next(Part part)
    {
        _part = part;
        return HttpProgress.NeedsMore;
    }

    private static int Digit(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        _ => -1,
    };
}
